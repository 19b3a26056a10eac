"""Media that an endpoint would refuse: brought inside its limits, and what it makes brought back.

* video_fit, image_fit: what has to be done; nothing is touched
* cuts:    where a long shot is cut
* prepare: the jobs that it becomes, and the media they take
* draw:    a job of any media → its result: fitted, bought piece by piece, joined again

`draw` is imported from its own file: it brings all that speaks to fal, and a plan needs none of it.
"""

from shotgraph.fitting.cuts import cuts_in, cuts_of, known_cuts
from shotgraph.fitting.image_fit import ImageFit, fit_image
from shotgraph.fitting.prepare import OF_LONG, find_fits, piece_jobs
from shotgraph.fitting.video_fit import Piece, VideoFit, fit_video

__all__ = [
    "OF_LONG",
    "ImageFit",
    "Piece",
    "VideoFit",
    "cuts_in",
    "cuts_of",
    "find_fits",
    "fit_image",
    "fit_video",
    "known_cuts",
    "piece_jobs",
]
