"""The arguments of the steps that this machine does itself."""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shotgraph.media_ref import Video
from shotgraph.spec.seconds import Seconds, seconds_text


class _LocalArguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TrimArguments(_LocalArguments):
    """Cut a piece out of a video, to the frame."""

    video: Video = Field(description="The video to cut from.")
    start: Seconds = Field(
        default=0, validate_default=True, description="Where the piece starts, in seconds."
    )
    seconds: Seconds | None = Field(default=None, description="How long the piece is, in seconds.")
    end: Seconds | None = Field(default=None, description="Where the piece ends, in seconds.")

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.seconds is None) == (self.end is None):
            said = "neither is given" if self.seconds is None else "both are given"
            raise PydanticCustomError(
                "length",
                "trim takes one of seconds and end, and {said}",
                {"field": "seconds", "said": said},
            )
        if self.length() <= 0:
            raise PydanticCustomError(
                "length",
                "the piece starts at {start} s and ends at {end} s; it must be longer than 0",
                {
                    "field": "seconds" if self.end is None else "end",
                    "start": seconds_text(self.start),
                    "end": seconds_text(self.start + self.length()),
                },
            )
        return self

    def length(self) -> Seconds:
        """Seconds of the piece."""
        if self.seconds is not None:
            return self.seconds
        assert self.end is not None  # noqa: S101  one of the two is set
        return self.end - self.start


def _frame_at(value: Any) -> Any:
    counted = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if value in ("first", "last") or counted:
        return value
    raise PydanticCustomError("frame", 'is no frame; write "first", "last" or a number from 0 up')


FrameAt: TypeAlias = Annotated[Literal["first", "last"] | int, BeforeValidator(_frame_at)]


class FrameArguments(_LocalArguments):
    """Take one frame out of a video, as an image."""

    video: Video = Field(description="The video to take it from.")
    at: FrameAt = Field(
        default="last", description="first, last, or the number of the frame, counted from 0."
    )


class TransitionArguments(_LocalArguments):
    """How one clip gives way to the next."""

    kind: Literal["cut", "dissolve"] = Field(default="cut", description="cut or dissolve.")
    seconds: Seconds = Field(
        default=0, validate_default=True, description="How long a dissolve takes, in seconds."
    )

    @model_validator(mode="after")
    def _dissolves_take_time(self) -> Self:
        if (self.kind == "dissolve") != (self.seconds > 0):
            said = (
                "a dissolve needs seconds above 0"
                if self.kind == "dissolve"
                else "a cut takes no seconds, a dissolve does"
            )
            raise PydanticCustomError("transition", "{said}", {"field": "seconds", "said": said})
        return self


class ConcatArguments(_LocalArguments):
    """Join clips into one film."""

    clips: list[Video] = Field(min_length=1, description="The clips, in order.")
    transition: TransitionArguments = Field(
        default=TransitionArguments(), description="Between each two clips; a cut by default."
    )
