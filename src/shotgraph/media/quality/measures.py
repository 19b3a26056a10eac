"""A clip in numbers, a few for each frame and each tenth of a second of its sound.

They are measured once for each content and kept. The faults are computed from them each time, which
takes milliseconds: so limits can change, and no clip is decoded again.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

WIDTH, HEIGHT = 96, 54
"""The size of the small grey picture for most measures; its pixels are 13 x 13 of 1280 x 720."""
GRID = (8, 5)
"""Columns and rows of the cells in which motion is measured."""
END_SIZE = (16, 9)
"""The size of the colour pictures of a clip's first and last frame."""
SOUND_STEP_S = Fraction(1, 10)


@dataclass(frozen=True)
class SeenFrame:
    """One frame; brightness is 0 to 255, black to white.

    Attributes:
        at_s: Seconds on the clip's clock.
        luma: The mean brightness.
        dark: The share of black pixels, 0 to 1.
        change: The mean difference to the previous frame; 0 for the first.
        most: The largest difference of a small pixel to the previous frame.
        over: The mean difference to the frame two before; 0 for the first two.
        motion: The root of the mean difference to the previous frame in each cell of `GRID`, times
            16, by rows.
    """

    at_s: Fraction
    luma: float
    dark: float
    change: float
    most: int
    over: float
    motion: bytes


@dataclass(frozen=True)
class HeardStep:
    """A tenth of a second of sound.

    Attributes:
        peak: The largest sample, 0 to 32768.
        clipped: Samples in runs of three and more at full scale.
    """

    peak: int
    clipped: int


@dataclass(frozen=True)
class Measures:
    """A clip, or a stretch of one.

    Attributes:
        frames: The frames in order.
        frame_s: Seconds from one frame to the next.
        sound: The steps of sound in order, from `sound_from_s` on; empty if there is no sound.
        sound_from_s: The beginning of the first step, in seconds.
        first: The first picture of the stretch, `END_SIZE`, RGB, by rows.
        last: The last picture of the stretch, in the same form.
    """

    frames: tuple[SeenFrame, ...] = ()
    frame_s: Fraction = Fraction(1, 24)
    sound: tuple[HeardStep, ...] = ()
    sound_from_s: Fraction = Fraction(0)
    first: bytes = b""
    last: bytes = b""

    @property
    def end_s(self) -> Fraction:
        """The end of the last picture, in seconds."""
        return self.frames[-1].at_s + self.frame_s if self.frames else Fraction(0)

    def as_json(self) -> dict[str, Any]:
        """Give the measures as JSON for a record."""
        return {
            "frames": [
                [str(one.at_s), one.luma, one.dark, one.change, one.most, one.over]
                for one in self.frames
            ],
            "motion": _text(b"".join(one.motion for one in self.frames)),
            "frame_s": str(self.frame_s),
            "sound": [[one.peak, one.clipped] for one in self.sound],
            "sound_from_s": str(self.sound_from_s),
            "first": _text(self.first),
            "last": _text(self.last),
        }

    @classmethod
    def of_json(cls, said: dict[str, Any]) -> "Measures":
        """Read measures from the JSON of `as_json`."""
        cells, motion = GRID[0] * GRID[1], base64.b64decode(said["motion"])
        return cls(
            tuple(
                SeenFrame(Fraction(at_s), luma, dark, change, most, over, motion[at : at + cells])
                for at, (at_s, luma, dark, change, most, over) in zip(
                    range(0, len(motion), cells), said["frames"], strict=True
                )
            ),
            Fraction(said["frame_s"]),
            tuple(HeardStep(peak, clipped) for peak, clipped in said["sound"]),
            Fraction(said["sound_from_s"]),
            base64.b64decode(said["first"]),
            base64.b64decode(said["last"]),
        )

    @classmethod
    def joined(cls, stretches: Sequence["Measures"]) -> "Measures":
        """Put the stretches of one clip together, in order."""
        if len(stretches) == 1:
            return stretches[0]
        return cls(
            tuple(frame for one in stretches for frame in one.frames),
            stretches[0].frame_s,
            tuple(step for one in stretches for step in one.sound),
            stretches[0].sound_from_s,
            stretches[0].first,
            stretches[-1].last,
        )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
