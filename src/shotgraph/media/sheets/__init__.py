"""Pictures of clips and films for people.

* sheet: contact sheet, filmstrip, poster, before and after; pictures on one sheet
* preview: a few seconds that move, in 60 kB, and thumbnails
* stills: the frames that are shown
"""
