"""Match the colours of a shot to the end of the shot that it continues, and measure each cut."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path

from shotgraph.media.seams import (
    Coded,
    Side,
    colour_difference,
    continues,
    grade_of,
    likeness,
    luma_step,
    side_of,
)
from shotgraph.media.smart.clip import Clip, Shot, read_clip
from shotgraph.media.treatment import Seam
from shotgraph.media.trim import coded_frame, shown_frame

_MATCHED = 1.0
"""The CIEDE2000 below which no shot is changed: nobody sees it, and coding again loses more."""


async def matched(
    shots: Sequence[Shot], *, is_exact: bool = False
) -> tuple[list[Shot], tuple[Seam, ...]]:
    """Grade each shot that continues the shot before, so that their colours match at the cut.

    The grade fades out over the shot, so that its end doesn't change: the next shot may have been
    made from that end. A hard cut is never changed.

    Args:
        shots: The shots of a film, in order.
        is_exact: Whether colours are converted without rounding errors.

    Returns:
        The shots with their grades, and the cuts between them.

    Raises:
        MediaError: A clip can't be decoded.
    """
    ends = [await _ends(shot.clip) for shot in shots]
    begins = list(accumulate(shot.frames for shot in shots))
    graded, seams = [shots[0]], []
    for number, ((_, before), (after, _)) in enumerate(pairwise(ends), start=1):
        shot = shots[number]
        seam = Seam(
            clip=number + 1,
            frame=begins[number - 1],
            continues=continues(before, after),
            likeness=round(likeness(before, after), 3),
            luma_step=round(luma_step(before, after), 1),
            delta_e=round(colour_difference(before, after), 2),
        )
        if seam.continues and seam.delta_e >= _MATCHED:
            before_it = shots[number - 1].clip
            end = Coded.of(await coded_frame(before_it, _last(before_it), is_exact=is_exact))
            begin = Coded.of(await coded_frame(shot.clip, 0, is_exact=is_exact))
            shot = replace(shot, grade=grade_of(end, begin))
        graded.append(shot)
        seams.append(seam)
    return graded, tuple(seams)


async def measured(seams: Sequence[Seam], shots: Sequence[Shot], film: Path) -> tuple[Seam, ...]:
    """Add to each matched cut the colour difference that is left in the film.

    Raises:
        MediaError: The film can't be decoded.
    """
    if not any(shot.grade for shot in shots):
        return tuple(seams)
    clip = await asyncio.to_thread(read_clip, film)
    found = []
    for seam in seams:
        if shots[seam.clip - 1].grade is None:
            found.append(seam)
            continue
        before = side_of(await shown_frame(clip, seam.frame - 1))
        after = side_of(await shown_frame(clip, seam.frame))
        left = round(colour_difference(before, after), 2)
        found.append(seam.model_copy(update={"matched_delta_e": left}))
    return tuple(found)


async def _ends(clip: Clip) -> tuple[Side, Side]:
    return side_of(await shown_frame(clip, 0)), side_of(await shown_frame(clip, _last(clip)))


def _last(clip: Clip) -> int:
    return clip.info.frames - 1
