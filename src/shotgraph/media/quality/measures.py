"""A clip in numbers, a few for each frame and each tenth of a second of its sound.

They are measured once for each content and kept; what is wrong with a clip is worked out of them
anew each time, which takes milliseconds, so that limits can change and nothing is decoded again.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

WIDTH, HEIGHT = 96, 54
"""Of the small grey picture of which most is measured; a pixel of it is 13 x 13 of 1280 x 720."""
GRID = (8, 5)
"""Columns and rows in which it is measured where something moves."""
END_SIZE = (16, 9)
"""Of the first and the last picture of a clip, in colour."""
SOUND_STEP_S = Fraction(1, 10)


@dataclass(frozen=True)
class SeenFrame:
    """One frame; brightness is 0 to 255, black to white.

    Attributes:
        at_s: Seconds on the clip's clock.
        luma: The mean brightness.
        dark: How much of it is black, 0 to 1.
        change: The mean difference to the frame before; 0 for the first.
        most: The largest difference to the frame before, of any small pixel.
        over: The mean difference to the frame before the last; 0 for the first two.
        motion: The root of the mean difference to the frame before in each cell of `GRID`, times
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
        frames: In order.
        frame_s: Seconds from one frame to the next.
        sound: In order, from `sound_from_s` on; empty where there is no sound.
        sound_from_s: When the first begins.
        first: The first picture, `END_SIZE`, RGB, by rows; of a later stretch as well.
        last: The last picture.
    """

    frames: tuple[SeenFrame, ...] = ()
    frame_s: Fraction = Fraction(1, 24)
    sound: tuple[HeardStep, ...] = ()
    sound_from_s: Fraction = Fraction(0)
    first: bytes = b""
    last: bytes = b""

    @property
    def end_s(self) -> Fraction:
        """When the last picture ends."""
        return self.frames[-1].at_s + self.frame_s if self.frames else Fraction(0)

    def as_json(self) -> dict[str, Any]:
        """As it is put on record."""
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
        """Read what `as_json` gave."""
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
