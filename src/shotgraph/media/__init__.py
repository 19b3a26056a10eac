"""Clips and films: read, cut and joined with ffmpeg.

* binary, process, concurrency, progress: ffmpeg, run within limits
* source, integrity, reader, probe, info: a file that is not trusted, and what is in it as a medium
* display, audio_tracks: which part is shown, which way up, and which of its sounds is heard
* output: files that are written completely or not at all
* trim, conform, split, reshape, continuing: changes to one clip
* reshaped, pieces: what such changes make of it, in frames
* hold, held: stills, and frames that stand
* title, title_timing, lettering, font_file: texts on clips and cards
* target_format, picture, framing, sound: one format for the clips of a film
* colours: HDR, wide colours and transparency, the same in every step
* treatment: what was done to clips, in words
* smart: joins that copy coded pictures
* transition, dissolve: how a clip becomes the next; joins that mix pictures
* soundtrack: music and voices
* profiles, mastering, measured_delivery: files of a film for those who take it, measured
* sheets: pictures of films for people
* quality: what a model returns, looked at: black, frozen, flickering, cut, silent …
"""
