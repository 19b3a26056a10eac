"""A cut or a transition of a film, and what differs between both sides."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from shotgraph.media.quality.cut_sides import CutNumbers


class FilmCut(BaseModel):
    """Where one clip of a film gives way to the next.

    Attributes:
        before: The step that made the clip before it, or the file.
        after: The same of the clip after it.
        frame: The film's first frame of the clip after it alone, from 0.
        kind: ``cut``, or the transition; both clips are in `overlap` frames of that.
        numbers: What differs between their ends, as the clips are; None if one was not looked at.
        matched_delta_e: What is left of the colours' difference where they were matched.
    """

    # What a later shotgraph writes besides, an older one need not know.
    model_config = ConfigDict(frozen=True, extra="ignore")

    before: str
    after: str
    frame: int
    kind: str = "cut"
    overlap: int = 0
    numbers: CutNumbers | None = None
    matched_delta_e: float | None = None

    def line(self) -> str:
        """Say what differs."""
        if self.numbers is None:
            return "not measured"
        matched = self.matched_delta_e
        said = self.numbers.line() + (f"; matched to {matched:.1f} ΔE" if matched else "")
        ends = f"the ends of the clips, under {self.overlap} frames of {self.kind}: "
        return f"{ends}{said}" if self.overlap else said

    def as_json(self) -> dict[str, Any]:
        """It as ``run --json`` prints it."""
        step = {"motion_step": self.numbers.motion_step} if self.numbers is not None else {}
        said = self.model_dump(mode="json", exclude={"numbers"})
        numbers = self.numbers.model_dump(mode="json") if self.numbers is not None else {}
        return {**said, **numbers, **step, "says": self.line()}
