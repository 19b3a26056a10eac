"""Clips and films: read, cut and joined with ffmpeg.

* binary, process, concurrency, progress: ffmpeg, run within limits
* source, integrity, reader, probe, info: a file that is not trusted, and what is in it
* medium: an asset, and what probing found in it
* output: files that are written completely or not at all
* trim, conform, split: changes to one clip
* target_format, picture, sound, coding: one format for the clips of a film
* smart: joins that copy coded pictures
* dissolve: joins that mix pictures
* soundtrack, loudness: music and voices
* sheets: pictures of films for people
"""
