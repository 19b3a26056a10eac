"""The smart join: coded pictures are copied where possible; see README.md in this folder.

* clip, coded, pattern: the clips of a join, their coded pictures, the coding that most of them have
* join, splice: make the film
* verify, run_ends: the check before the film is put in place, and the decoding of its seams
* due, small_picture, mixed, seeing, tint: the comparison of each frame with the clips
* due_sound, hearing: the comparison of the sound with the clips
* labels: the colours and tracks that the file declares
"""
