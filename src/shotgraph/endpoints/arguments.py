"""The arguments of Kling's endpoints, and the limits of their media."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from shotgraph.media.info import MediaInfo
from shotgraph.model.references import Image, MediaKind, one


@dataclass(frozen=True)
class VideoLimits:
    """Limits of a video input: sides in pixels, durations in seconds, rates in frames a second."""

    containers: tuple[str, ...] = ("mp4", "mov")
    max_bytes: int = 200 * 1000 * 1000
    min_side_px: int = 720
    max_side_px: int = 2160
    min_duration: Fraction = Fraction(3)
    max_duration: Fraction = Fraction(1005, 100)
    min_frame_rate: Fraction = Fraction(24)
    max_frame_rate: Fraction = Fraction(60)
    source: str = "fal.ai/models/fal-ai/kling-video/o1/standard/video-to-video/edit, 2026-11"


@dataclass(frozen=True)
class ImageLimits:
    """Limits of an image input: sides in pixels, ratio as width over height."""

    max_bytes: int = 10 * 1000 * 1000
    min_side_px: int = 300
    min_ratio: Fraction = Fraction(2, 5)
    max_ratio: Fraction = Fraction(5, 2)
    source: str = "fal.ai/models/fal-ai/kling-video/o1/image-to-video, 2026-11"


VIDEO_INPUT = VideoLimits()
IMAGE_INPUT = ImageLimits()


@dataclass(frozen=True)
class InputLimits:
    """The limits of an endpoint. Media outside of them are made to fit, or refused."""

    video: VideoLimits = VIDEO_INPUT
    image: ImageLimits = IMAGE_INPUT


KLING_O1 = InputLimits()


Prompt: TypeAlias = Annotated[str, StringConstraints(min_length=1, strict=True)]
LONG_PROMPT = 2_500
"""In characters. The Kling endpoints with a documented limit have this limit (types of fal's
JavaScript client, 2026-11); for Kling O1 no limit is documented."""
Duration: TypeAlias = Literal["3", "4", "5", "6", "7", "8", "9", "10"]
"""Seconds, as the strings that fal documents."""

# In lower case too, but only if no word comes before the "@": that may be an e-mail address.
_TAG = re.compile(r"@(Video|Image|Element)(\d{1,9})|(?<!\w)@(?i:(video|image|element))(\d{1,9})")


class Wire(BaseModel):
    """Fields with our names (``video``), and fal's names (``video_url``) as aliases."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, loc_by_alias=False
    )


class Element(Wire):
    """A character or an object, shown in pictures."""

    frontal_image: Image = Field(
        alias="frontal_image_url", description="The element from the front."
    )
    reference_images: list[Image] | None = Field(
        default=None,
        alias="reference_image_urls",
        min_length=1,
        max_length=3,
        description="The element from other sides; 1 to 3 images.",
    )


class KlingArguments(Wire):
    """The arguments of one endpoint; each tag in the prompt must name a given medium."""

    videos_given: ClassVar[int] = 0
    max_pictures: ClassVar[int] = 0

    prompt: Prompt = Field(
        description="The instruction in words. @Video1, @Image1 and @Element1 name the given "
        "media, in order."
    )

    def doubt(self) -> str:
        """A warning about arguments that the author probably did not intend; '' if none."""
        return ""

    def _given(self) -> dict[str, int]:
        images = getattr(self, "images", None) or []
        elements = getattr(self, "elements", None) or []
        return {"Video": self.videos_given, "Image": len(images), "Element": len(elements)}

    @model_validator(mode="after")
    def _prompt_and_pictures(self) -> Self:
        refuse([*self._too_many_pictures(), *self._wrong_tags()], self)
        return self

    def _too_many_pictures(self) -> Iterator[PydanticCustomError]:
        given = self._given()
        pictures = given["Image"] + given["Element"]
        if pictures > self.max_pictures:
            yield PydanticCustomError(
                "too_many_pictures",
                "{images} images and {elements} elements are {pictures} together; "
                "this endpoint takes at most {most}",
                {
                    "field": "images" if given["Image"] >= given["Element"] else "elements",
                    "by": ("images", "elements"),
                    "images": given["Image"],
                    "elements": given["Element"],
                    "pictures": pictures,
                    "most": self.max_pictures,
                },
            )

    def _wrong_tags(self) -> Iterator[PydanticCustomError]:
        given = self._given()
        for found in {found[0]: found for found in _TAG.finditer(self.prompt)}.values():
            what, number = (found[1] or found[3]).capitalize(), int(found[2] or found[4])
            tag = f"@{what}{number}"
            if not 1 <= number <= given[what]:
                yield PydanticCustomError(
                    "unknown_tag",
                    "the prompt names {tag}, and {count} given",
                    {
                        "field": "prompt",
                        "by": ("images", "elements"),
                        "part": found[0],
                        "tag": found[0],
                        "count": _counted(given[what], what),
                    },
                )
            elif found[0] != tag:
                yield PydanticCustomError(
                    "misspelt_tag",
                    "the prompt says {text}, which is no tag; a tag is written {tag}",
                    {
                        "field": "prompt",
                        "by": (),
                        "part": found[0],
                        "text": found[0],
                        "tag": tag,
                        "nearest": tag,
                    },
                )


def refuse(findings: Iterable[PydanticCustomError], model: BaseModel) -> None:
    """Raise one error with all findings about a model.

    Args:
        findings: The findings. The context of each has the wrong `field`, and under `by` the fields
            that cause the finding.
        model: The model that is refused.

    Raises:
        ValidationError: There are findings.
    """
    details = [InitErrorDetails(type=finding, input=model) for finding in findings]
    if details:
        raise ValidationError.from_exception_data(type(model).__name__, details)


def _counted(number: int, what: str) -> str:
    noun = what.lower()
    return {0: f"no {noun} is", 1: f"only one {noun} is"}.get(number, f"only {number} {noun}s are")


def misfits(info: MediaInfo, wanted: MediaKind, limits: InputLimits = KLING_O1) -> list[str]:
    """List the properties of a medium that an endpoint refuses, in words; empty if none."""
    if info.kind != wanted:
        return [f"it holds {one(info.kind)}, and {one(wanted)} is wanted"]
    if wanted == "video":
        return video_misfits(info, limits.video)
    return image_misfits(info, limits.image) if wanted == "image" else []


def video_misfits(info: MediaInfo, limits: VideoLimits = VIDEO_INPUT) -> list[str]:
    """List the properties of a video that are outside of the limits, in words."""
    found = []
    if info.container not in limits.containers:
        found.append(f"its format is {info.container}; allowed: {', '.join(limits.containers)}")
    found += _too_large(info.size_bytes, limits.max_bytes)
    for side, pixels in (("wide", info.width), ("high", info.height)):
        if not limits.min_side_px <= pixels <= limits.max_side_px:
            found.append(
                f"it is {pixels} px {side}; allowed: {limits.min_side_px} to {limits.max_side_px}"
            )
    if said := length_misfit(info.duration, limits):
        found.append(said)
    rate = info.frame_rate or Fraction(0)
    if not limits.min_frame_rate <= rate <= limits.max_frame_rate:
        found.append(
            f"it has {_number(rate)} frames a second; allowed: "
            f"{_number(limits.min_frame_rate)} to {_number(limits.max_frame_rate)}"
        )
    return found


def length_misfit(seconds: Fraction, limits: VideoLimits = VIDEO_INPUT) -> str:
    """Say how a video's length is outside of the limits; '' if it is within them."""
    if limits.min_duration <= seconds <= limits.max_duration:
        return ""
    return (
        f"it lasts {_number(seconds)} s; allowed: "
        f"{_number(limits.min_duration)} to {_number(limits.max_duration)}"
    )


def image_misfits(info: MediaInfo, limits: ImageLimits = IMAGE_INPUT) -> list[str]:
    """List the properties of an image that are outside of the limits, in words."""
    found = _too_large(info.size_bytes, limits.max_bytes)
    if min(info.width, info.height) < limits.min_side_px:
        found.append(
            f"it is {info.width} x {info.height} px; allowed: at least {limits.min_side_px} a side"
        )
    ratio = Fraction(info.width, info.height)
    if not limits.min_ratio <= ratio <= limits.max_ratio:
        found.append(
            f"it is {_number(ratio)} times as wide as high; allowed: "
            f"{_number(limits.min_ratio)} to {_number(limits.max_ratio)}"
        )
    return found


def _too_large(size_bytes: int, most: int) -> list[str]:
    if size_bytes <= most:
        return []
    size_mb, most_mb = (_number(Fraction(size, 10**6)) for size in (size_bytes, most))
    return [f"it has {size_mb} MB; allowed: at most {most_mb}"]


def _number(value: Fraction) -> str:
    """Write a number to a millionth, so that a value just outside a limit does not look inside."""
    return f"{float(value):.6f}".rstrip("0").rstrip(".")
