"""The smart join: coded pictures are copied where possible; see README.md in this folder.

* clip, coded, pattern: clips as a join sees them, the coding that most of them have, its headers
* join, splice: the film
* verify, run_ends: the check before the film is put in place, and what is shown at its seams
* due, small_picture, mixed, seeing, tint: what is due at each frame, and whether it is shown
"""
