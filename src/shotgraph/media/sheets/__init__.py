"""Pictures that show clips and films to people.

* sheet: contact sheet, filmstrip, poster, before and after; the layout of pictures on a sheet
* preview: animated pictures of a few seconds in 60 kB, and thumbnails
* stills: the choice of frames, and their decoding
"""
