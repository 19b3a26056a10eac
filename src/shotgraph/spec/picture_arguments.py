"""The arguments of steps that change the picture or the time of one clip: hold, speed, crop."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from shotgraph.media.framing import Fit, Framing, Window
from shotgraph.media.held import LEAST_PUSH, MOST_PUSH, Push
from shotgraph.media.reshaped import FASTEST_SPEED, SLOWEST_SPEED, SpeedSound
from shotgraph.media.target_format import WantedFormat
from shotgraph.model.references import Image, MediaRef, Video
from shotgraph.spec.exact_numbers import FrameRate, LastingSeconds, exact_number
from shotgraph.spec.local_fields import (
    AUDIO_TRACK,
    BACKGROUND,
    AspectRatio,
    AudioTrack,
    Focus,
    FrameAt,
    HexColour,
    LocalArguments,
    PlaceExtent,
    Side,
    SideExtent,
    at_least_a_frame,
    check_focus,
    focus_of,
    refuse_all,
    refused_by,
)


def _factor(least: Fraction, most: Fraction) -> Any:
    def read(value: Any) -> Fraction:
        exact = exact_number(value)
        if exact is None or not least <= exact <= most:
            said = {"least": f"{float(least):g}", "most": f"{float(most):g}"}
            raise PydanticCustomError(
                "factor", "is no such factor; write a number from {least} to {most}", said
            )
        return exact

    number = {"type": "number", "minimum": float(least), "maximum": float(most)}
    text = {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,9}|/[1-9][0-9]{0,8})?$"}
    return (
        BeforeValidator(read),
        PlainSerializer(str),
        WithJsonSchema({"anyOf": [number, text]}),
    )


Factor: TypeAlias = Annotated[Fraction, *_factor(SLOWEST_SPEED, FASTEST_SPEED)]
PushFactor: TypeAlias = Annotated[Fraction, *_factor(LEAST_PUSH, MOST_PUSH)]


class HoldArguments(LocalArguments):
    """Show an image, or one frame of a video, for some seconds, without sound."""

    video: Video | None = Field(
        default=None, description="The video with the frame to hold; or give an image."
    )
    image: Image | None = Field(default=None, description="The image to show.")
    at: FrameAt | None = Field(
        default=None,
        description="For a video: first, last, or the number of the frame, counted from 0; last by "
        "default.",
    )
    seconds: LastingSeconds = Field(
        description="How long the picture is shown, in seconds: 1/120 to 3600."
    )
    push: PushFactor | None = Field(
        default=None,
        description="A slow zoom: how many times as large the picture is at the end, such as 1.1; "
        "below 1 the picture begins large; 0.25 to 4. By default nothing moves.",
    )
    focus: Focus | None = Field(
        default=None,
        description="The point that a push moves towards, and that stays in view with fit: crop, "
        "as shares of width and height; [0.5, 0.5] by default, the middle.",
    )
    fit: Fit | None = Field(
        default=None,
        description="How an image of another shape fills the picture: pad (the default), crop or "
        "blur, as in concat.",
    )
    like: Video | None = Field(
        default=None, description="For an image: a video that gives the size and the frame rate."
    )
    width: Side | None = Field(
        default=None, description="For an image: pixels; even, 16 to 7680. By default its own size."
    )
    height: Side | None = Field(default=None, description="For an image: pixels, as width.")
    fps: FrameRate | None = Field(
        default=None, description="For an image: frames per second, 1 to 120; 24 by default."
    )
    background: HexColour | None = Field(
        default=None,
        description="The colour behind a transparent picture, and of the margins with fit: pad; "
        "black by default.",
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        wrong = [
            PydanticCustomError("hold", "{said}", {"field": field, "by": (), "said": said})
            for field, said in self._at_odds()
        ]
        if self.push is None:
            wrong += refused_by(lambda: check_focus(self.focus, self.fit))
        wrong += refused_by(lambda: at_least_a_frame(self.seconds))
        refuse_all(wrong)
        return self

    def _at_odds(self) -> Iterator[tuple[str, str]]:
        """The fields that don't go with the others, each with the reason."""
        given = [
            name
            for name in ("like", "width", "height", "fps", "fit")
            if getattr(self, name) is not None
        ]
        if self.video is None and self.image is None:
            yield "video", "hold takes one of video and image, and neither is given"
        elif self.video is not None and self.image is not None:
            yield "image", "hold takes one of video and image, and both are given"
        elif self.video is not None:
            for name in given:
                yield name, f"a frame of a video keeps the video's size and rate; leave {name} out"
        elif self.at is not None:
            yield "at", "an image has one frame; leave at out"
        if self.video is None and self.like is not None:
            for name in given:
                if name not in ("like", "fit"):
                    yield name, f"like gives the size and the rate; leave {name} out"

    def wanted(self) -> WantedFormat:
        """The size and the rate that are given for an image."""
        return WantedFormat(self.width, self.height, self.fps)

    def moved(self) -> Push:
        """How the picture moves."""
        return Push(self.push or Fraction(1), focus_of(self.focus))

    def framing(self) -> Framing:
        """How an image fills the picture."""
        return framing_of(self.fit, self.focus, self.background)

    def seen(self) -> MediaRef:
        """The medium to hold: `video` or `image`."""
        found = self.image if self.video is None else self.video
        assert found is not None  # noqa: S101  one of the two is set
        return found


def framing_of(fit: Fit | None, focus: list[Fraction] | None, background: str | None) -> Framing:
    """How pictures of another shape fill a film; `background` is used only with pad."""
    margin = background if fit == "pad" else None
    return Framing(fit or "pad", focus_of(focus), margin)


class SpeedArguments(LocalArguments):
    """Show a video faster or slower, at its own frame rate."""

    video: Video = Field(description="The video.")
    factor: Factor = Field(
        description="The speed as a factor: 2 makes it half as long, 0.5 twice as long; 0.05 to 20."
    )
    sound: SpeedSound = Field(
        default="keep",
        description="keep the sound, at its pitch, as fast as the picture; or drop it.",
    )
    audio_track: AudioTrack | None = AUDIO_TRACK
    background: HexColour | None = BACKGROUND


class CropArguments(LocalArguments):
    """Cut a rectangle from the picture of a video; all frames and the sound stay."""

    video: Video = Field(description="The video.")
    aspect_ratio: AspectRatio | None = Field(
        default=None,
        description='The shape of the largest rectangle that fits, such as "9:16"; 1:20 to 20:1. '
        "Or give width and height.",
    )
    width: SideExtent | None = Field(
        default=None,
        description="The rectangle's width: an even number of pixels from 16 up, or a share "
        "such as 50%.",
    )
    height: SideExtent | None = Field(default=None, description="The rectangle's height, as width.")
    left: PlaceExtent | None = Field(
        default=None,
        description="The rectangle's distance from the left: an even number of pixels, or a "
        "share; by default the rectangle lies around the focus.",
    )
    top: PlaceExtent | None = Field(
        default=None, description="The rectangle's distance from the top, as left."
    )
    focus: Focus | None = Field(
        default=None,
        description="The point in the rectangle's middle, as far as the picture allows, as shares "
        "of width and height; [0.5, 0.5] by default, the middle.",
    )
    audio_track: AudioTrack | None = AUDIO_TRACK
    background: HexColour | None = BACKGROUND

    @model_validator(mode="after")
    def _one_rectangle(self) -> Self:
        sides = (self.width, self.height)
        placed = self.left is not None or self.top is not None
        field, said = "", ""
        if self.aspect_ratio is None and None in sides:
            field = "height" if self.width is not None else "width"
            missing = "neither is given" if sides == (None, None) else f"{field} is not given"
            said = f"takes an aspect_ratio, or a width and a height, and {missing}"
            field = "aspect_ratio" if sides == (None, None) else field
        elif self.aspect_ratio is not None and sides != (None, None):
            field, said = "aspect_ratio", "takes an aspect_ratio, or a width and a height, not both"
        elif self.aspect_ratio is not None and placed:
            field = "left" if self.left is not None else "top"
            said = "of an aspect_ratio lies around its focus; remove left and top"
        elif self.focus is not None and placed:
            field, said = "focus", "is placed by left and top, or around a focus, not by both"
        if said:
            by = ("aspect_ratio", "width", "height", "left", "top", "focus")
            context = {"field": field, "by": by, "said": said}
            raise PydanticCustomError("crop", "crop {said}", context)
        return self

    def window(self) -> Window:
        """The rectangle to keep."""
        placed = self.left is not None or self.top is not None
        return Window(
            width=self.width,
            height=self.height,
            left=self.left if self.left is not None or not placed else 0,
            top=self.top if self.top is not None or not placed else 0,
            aspect_ratio=self.aspect_ratio,
            focus=focus_of(self.focus),
        )
