"""Compare both sides of a cut, and find jumps where a shot continues another."""

from collections.abc import Sequence
from fractions import Fraction
from statistics import median

from PIL import Image
from pydantic import BaseModel, ConfigDict

from shotgraph.media.quality.flaw import Flaw
from shotgraph.media.quality.measures import END_SIZE, Measures, SeenFrame
from shotgraph.media.quality.thresholds import SEAM_COLOUR, SEAM_MOTION, SEAM_RATIO
from shotgraph.media.seams import (
    CONTINUES,
    Side,
    colour_difference,
    likeness,
    luma_step,
    side_of,
)

_NEAR = 6
"""The number of frames on each side for the measure of motion."""


class CutNumbers(BaseModel):
    """The differences between the last picture before a cut and the first one after it.

    Attributes:
        luma_step: The brightness of the second picture minus that of the first, of 255.
        delta_e: CIEDE2000 between their mean colours.
        motion_before: The median change from frame to frame before the cut, of 255.
        motion_after: The same after the cut.
        likeness: The correlation of their brightness, -1 to 1.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    luma_step: float
    delta_e: float
    motion_before: float
    motion_after: float
    likeness: float

    @property
    def motion_step(self) -> float:
        """The motion after the cut minus the motion before, of 255."""
        return round(self.motion_after - self.motion_before, 2)

    @property
    def continues(self) -> bool:
        """Whether both pictures show the same scene."""
        return self.likeness >= CONTINUES

    def line(self) -> str:
        """The differences in one line for messages."""
        return (
            f"{self.delta_e:.1f} ΔE, brightness {self.luma_step:+.1f}, motion "
            f"{self.motion_step:+.1f} of 255"
        )


def cut_numbers(before: Measures, after: Measures) -> CutNumbers:
    """Compare the end of a clip with the beginning of the next one."""
    last, first = _side(before.last), _side(after.first)
    return CutNumbers(
        luma_step=round(luma_step(last, first), 1),
        delta_e=round(colour_difference(last, first), 2),
        motion_before=_usual(before.frames[1:][-_NEAR:]),
        motion_after=_usual(after.frames[1 : 1 + _NEAR]),
        likeness=round(likeness(last, first), 3),
    )


def seam_flaw(numbers: CutNumbers, matched_delta_e: float | None = None) -> Flaw | None:
    """Find the fault of a cut at which a shot continues another; None if there is none.

    Args:
        numbers: The differences at the cut.
        matched_delta_e: The difference of colour in the film, if the colours were matched.
    """
    colour = numbers.delta_e if matched_delta_e is None else matched_delta_e
    said = []
    if not numbers.continues:
        said.append(
            f"it shows another picture: the likeness is {numbers.likeness:.2f}, and at least "
            f"{CONTINUES:g} is expected"
        )
    if colour > SEAM_COLOUR.value:
        said.append(
            f"its colour jumps by {colour:.1f} ΔE, brightness by {numbers.luma_step:+.1f} of 255; "
            f"{SEAM_COLOUR.value:g} ΔE at most are expected"
        )
    slow, fast = sorted((numbers.motion_before, numbers.motion_after))
    if fast - slow > SEAM_MOTION.value and fast > SEAM_RATIO.value * slow:
        said.append(
            f"its motion jumps from {numbers.motion_before:.1f} to "
            f"{numbers.motion_after:.1f} of 255"
        )
    if not said:
        return None
    what = f"where it continues the previous shot, {'; '.join(said)}"
    return Flaw(kind="seam", begin_s=Fraction(0), end_s=Fraction(0), what=what)


def _side(rgb: bytes) -> Side:
    return side_of(Image.frombytes("RGB", END_SIZE, rgb))


def _usual(frames: Sequence[SeenFrame]) -> float:
    return round(median(frame.change for frame in frames), 2) if frames else 0.0
