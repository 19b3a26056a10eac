"""A few seconds of a film that move, in a file that is small enough for any page.

An animated WebP, because an image is what every place shows: a README at a forge, a page in a
browser, an artifact of Prefect in Markdown. An mp4 of the same size would hold more, and is shown
only in the browser.
"""

import asyncio
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.media.sheets.animated import Coarseness, animated
from shotgraph.media.sheets.choice import at_times, read_moments
from shotgraph.media.sheets.picture_file import check_suffix
from shotgraph.media.sheets.stills import take_stills
from shotgraph.media.target import target as replacing

MOST_BYTES = 60_000
LONG_SIDE_PX = 320
_SECONDS, _EXCERPTS = 5, 5
_A_SECOND = 10
_FRAME_MS = 1000 // _A_SECOND
# Tried in order.
_STEPS = [
    Coarseness(*each)
    for each in (
        (320, 60, 1),
        (320, 40, 1),
        (320, 25, 1),
        (240, 25, 1),
        (240, 25, 2),
        (160, 20, 2),
        (160, 5, 2),
    )
]
_METHOD = 4


async def preview(film: Path, target: Path, *, most_bytes: int = MOST_BYTES) -> MediaInfo:
    """Make an animated picture of at most 5 s, without sound, that repeats for ever.

    A longer film is shown by five parts of one second, from its start to its end. Size and quality
    go down until the picture is small enough.

    Args:
        film: A video.
        target: The picture, .webp; what was there is replaced.
        most_bytes: How large it may be.

    Raises:
        MediaError: The film can't be read, `target` is not allowed, or the picture is still too
            large at the lowest quality.
    """
    check_suffix(target, ".webp")
    moments = await asyncio.to_thread(read_moments, film)
    choice, repeats = at_times(moments, wanted_times(moments.clip.info.duration))
    with replacing(target) as part:
        stills = await take_stills(choice, part, long_side_px=LONG_SIDE_PX)
        pictures = [still.picture for still in stills]
        lasting_ms = [_FRAME_MS * often for often in repeats]
        coded = await asyncio.to_thread(_small_enough, pictures, lasting_ms, most_bytes)
        # Not in a thread: that would go on after a cancellation, and make the file again.
        part.write_bytes(coded)
        return await probe(part)


def wanted_times(duration: Fraction) -> list[Fraction]:
    """The moments that are shown, a tenth of a second apart inside each part."""
    if duration <= _SECONDS:
        frames = max(1, int(duration * _A_SECOND))
        return [Fraction(frame, _A_SECOND) for frame in range(frames)]
    starts = [part * (duration - 1) / (_EXCERPTS - 1) for part in range(_EXCERPTS)]
    return [start + Fraction(frame, _A_SECOND) for start in starts for frame in range(_A_SECOND)]


def _small_enough(
    pictures: Sequence[Image.Image], lasting_ms: Sequence[int], most_bytes: int
) -> bytes:
    for coarseness in _STEPS:
        coded = animated(pictures, lasting_ms, coarseness, method=_METHOD)
        if len(coded) <= most_bytes:
            return coded
    raise MediaError(
        f"a preview of this film takes {len(coded)} bytes at the lowest quality; "
        f"{most_bytes} are allowed"
    )
