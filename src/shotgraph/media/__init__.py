"""Clips and films: read, cut, join, with ffmpeg held on a short lead.

* binary:  which ffmpeg, and is it good enough
* source:  opening a file that we do not trust
* target:  writing a file that is whole or absent
* process: running ffmpeg; slots: how many at a time; leash: that none outlives us
* probe:   what a file holds, counted
* trim, frame, concat: what is done to clips
* sheets: what films look like at a glance
"""
