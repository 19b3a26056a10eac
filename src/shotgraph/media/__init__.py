"""Clips and films: read, cut and joined with ffmpeg.

* binary, process, concurrency, progress: ffmpeg, run within limits
* source, integrity, reader, probe, info: read an untrusted file, and describe its medium
* display, audio_tracks: the part of a picture that is shown, its orientation, its sound track
* start_timecode, timecode_reading: the time that a camera gave to a clip's first frame
* output: files that are written completely or not at all
* trim, conform, split, reshape, continuing: changes to one clip
* reshaped, pieces: the results of such changes, in frames
* hold, held: stills, and frames that are held
* title, title_timing, lettering, font_file: texts on clips and cards
* target_format, picture, framing, sound: one format for the clips of a film
* colours: one conversion of HDR, wide colours and transparency for every step
* treatment: the changes to clips, in words
* smart: joins that copy coded pictures
* transition, dissolve: how a clip becomes the next; joins that mix pictures
* soundtrack: music and voices
* profiles, mastering, measured_delivery: files of a film for delivery, and their measurements
* sheets: pictures of films for people
* quality: checks of a model's clips: black, frozen, flickering, cut, silent …
"""
