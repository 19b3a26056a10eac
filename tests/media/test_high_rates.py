"""Each step at each high rate: as many frames as there should be, each when it is due.

ffmpeg reads a picture as a film of 25 frames a second. Where a frame of the film lasts less than
that, the last one was written once more, and the film failed its check.
"""

import os
from collections.abc import Awaitable, Callable
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.media.conform import conform_clip
from shotgraph.media.framing import Framing, Window
from shotgraph.media.held import Push
from shotgraph.media.hold import hold_frame, hold_still
from shotgraph.media.info import MediaInfo
from shotgraph.media.lettering import Lettering
from shotgraph.media.reshape import crop, speed
from shotgraph.media.smart.join import concat
from shotgraph.media.target_format import TargetFormat, WantedFormat
from shotgraph.media.title import title, title_card
from shotgraph.media.title_timing import TitleTiming
from shotgraph.media.transition import Transition
from shotgraph.media.trim import extract_frame, trim
from tests.media.coded_clips import codes, read_codes, write_clip

FULL = bool(os.environ.get("SHOTGRAPH_MEDIA_FULL"))
RATES = (48, 50, Fraction(60_000, 1001), 60, 120)
FRAMES = 12
Step = Callable[[Path, Path, Fraction], Awaitable[MediaInfo]]
SMALL = Lettering(".", size=8, place="top-left")


def _held(clip: Path, made: Path, rate: Fraction) -> Awaitable[MediaInfo]:
    return hold_frame(clip, made, at="last", seconds=FRAMES / rate)


def _held_for_one_frame(clip: Path, made: Path, rate: Fraction) -> Awaitable[MediaInfo]:
    return hold_frame(clip, made, at=3, seconds=1 / rate)


def _pushed(clip: Path, made: Path, rate: Fraction) -> Awaitable[MediaInfo]:
    return hold_frame(clip, made, at="last", seconds=FRAMES / rate, push=Push(Fraction(1001, 1000)))


async def _held_still(clip: Path, made: Path, rate: Fraction) -> MediaInfo:
    still = made.with_suffix(".png")
    await extract_frame(clip, still, at=3)
    target = TargetFormat(320, 180, rate)
    return await hold_still(still, made, target, seconds=FRAMES / rate)


def _titled(clip: Path, made: Path, rate: Fraction) -> Awaitable[MediaInfo]:
    return title(clip, made, SMALL, TitleTiming(2 / rate, 5 / rate, 2 / rate, 2 / rate))


def _card(clip: Path, made: Path, rate: Fraction) -> Awaitable[MediaInfo]:
    return title_card(made, TargetFormat(320, 180, rate), SMALL, TitleTiming(seconds=FRAMES / rate))


def _cropped(clip: Path, made: Path, rate: Fraction) -> Awaitable[MediaInfo]:
    return crop(clip, made, Window(Fraction(1), Fraction(1)))


def _faster(clip: Path, made: Path, rate: Fraction) -> Awaitable[MediaInfo]:
    return speed(clip, made, Fraction(2))


def _slower(clip: Path, made: Path, rate: Fraction) -> Awaitable[MediaInfo]:
    return speed(clip, made, Fraction(1, 2))


def _trimmed(clip: Path, made: Path, rate: Fraction) -> Awaitable[MediaInfo]:
    return trim(clip, made, start=3 / rate, seconds=5 / rate)


async def _joined_with_a_still(clip: Path, made: Path, rate: Fraction) -> MediaInfo:
    held = made.with_suffix(".held.mp4")
    await _held_for_one_frame(clip, held, rate)
    return await concat([clip, held, clip], made)


def _coded(clip: Path, made: Path, rate: Fraction) -> Awaitable[MediaInfo]:
    """Twice as wide, so that all is coded, and the margins are blurred."""
    wanted = WantedFormat(640, 180, rate)
    return concat([clip], made, wanted=wanted, framing=Framing("blur"))


def _overlapping(clip: Path, made: Path, rate: Fraction) -> Awaitable[MediaInfo]:
    return concat([clip, clip], made, transition=Transition(kind="wipeup", seconds=4 / rate))


def _fitted(clip: Path, made: Path, rate: Fraction) -> Awaitable[MediaInfo]:
    return conform_clip(clip, made, TargetFormat(320, 180, rate), first=3, frames=5)


def _sent(clip: Path, made: Path, rate: Fraction) -> Awaitable[MediaInfo]:
    """As a model takes it."""
    return conform_clip(clip, made, TargetFormat(320, 180, rate / 2), first=0, frames=FRAMES // 2)


_ALL = list(range(FRAMES))
STEPS: dict[str, tuple[Step, list[int] | int]] = {
    "hold": (_held, [FRAMES - 1] * FRAMES),
    "hold for one frame": (_held_for_one_frame, [3]),
    "hold with a push": (_pushed, [FRAMES - 1] * FRAMES),
    "hold of an image": (_held_still, [3] * FRAMES),
    "title": (_titled, _ALL),
    "title card": (_card, FRAMES),
    "crop": (_cropped, _ALL),
    "twice as fast": (_faster, _ALL[::2]),
    "half as fast": (_slower, sorted(_ALL * 2)),
    "trim": (_trimmed, _ALL[3:8]),
    "concat with a still": (_joined_with_a_still, [*_ALL, 3, *_ALL]),
    "concat, blurred": (_coded, FRAMES),
    "concat, overlapping": (_overlapping, 2 * FRAMES - 4),
    "a shot of an edit": (_fitted, _ALL[3:8]),
    "a shot at half the rate": (_sent, _ALL[::2]),
}
# Of each rate, and of each step: ffmpeg takes half a second for each of 75.
IN_CI = {(rate, "hold") for rate in RATES} | {(Fraction(120), step) for step in STEPS}


@pytest.mark.media
@pytest.mark.parametrize(
    ("rate", "step"),
    [(Fraction(rate), step) for rate in RATES for step in STEPS if FULL or (rate, step) in IN_CI],
)
async def test_every_frame_of_every_step(rate: Fraction, step: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=7, frames=FRAMES, rate=rate)
    make, wanted = STEPS[step]

    made = await make(clip, tmp_path / "y.mp4", rate)

    if isinstance(wanted, int):
        assert made.frames == wanted
    else:
        assert read_codes(tmp_path / "y.mp4") == codes(7, wanted)
    assert made.constant_frame_rate
    assert made.frame_rate == rate or made.frames == 1 or step == "a shot at half the rate"
