"""The smart join: coded pictures are copied where possible; see README.md in this folder.

* clip, coded, pattern: clips as a join sees them, and the coding that most of them have
* join, splice, parameter_sets: the film
* verify: the check before the film is put in place
"""
