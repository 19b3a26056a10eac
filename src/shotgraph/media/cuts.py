"""Where a clip shows another picture from one frame to the next."""

import re
import tempfile
from fractions import Fraction
from pathlib import Path

import ffmpeg

from shotgraph.media.clip import Clip
from shotgraph.media.film import allowance_s
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.rate import frames_in
from shotgraph.media.source import source
from shotgraph.media.work import Work

# Of ffmpeg's `scdet`: 10 finds 6 of 6 cuts in 35 s of film; it sees brightness, and no hue.
_THRESHOLD = 10
_WIDTH = 320
# A flash gives two cuts, and a fast pan several; the first of a group is the cut.
_APART = Fraction(1, 2)
_CUT = re.compile(r"^lavfi\.scd\.time=([0-9.]+)$", re.MULTILINE)


async def find_cuts(clip: Clip, rate: Fraction) -> list[int]:
    """Find the frames, counted at `rate`, that begin another picture.

    Takes about a sixth of the clip's length at 1920 x 1080.

    Raises:
        MediaError: The clip can't be decoded.
    """
    with tempfile.TemporaryDirectory(prefix="shotgraph-") as room:
        found = Path(room) / "cuts"
        picture = (
            source(clip.path, an=None)["v:0"]
            .filter("setpts", "PTS-STARTPTS")
            .filter("scale", w=_WIDTH, h=-2)
            .filter("scdet", threshold=_THRESHOLD)
            .filter("metadata", mode="print", key="lavfi.scd.time", file=str(found))
        )
        nowhere = ffmpeg.output(picture, "-", f="null", fps_mode="passthrough")
        duration = clip.info.duration
        work = Work("looking where the clip is cut", duration)
        await run_ffmpeg(nowhere, timeout_s=allowance_s(duration), work=work)
        said = found.read_text(encoding="ascii") if found.exists() else ""
    times = [Fraction(time) for time in _CUT.findall(said)]
    return _apart([frames_in(time, rate) for time in times], rate)


def _apart(cuts: list[int], rate: Fraction) -> list[int]:
    kept: list[int] = []
    for cut in cuts:
        if not kept or cut - kept[-1] >= rate * _APART:
            kept.append(cut)
    return kept
