"""What the arguments of every Kling O1 endpoint have in common."""

import re
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from shotgraph.media_ref import Image

Prompt: TypeAlias = Annotated[str, StringConstraints(min_length=1, strict=True)]
Duration: TypeAlias = Literal["3", "4", "5", "6", "7", "8", "9", "10"]
"""Seconds, as the strings that fal documents."""

_TAG = re.compile(r"@(Video|Image|Element)(\d+)")


class Wire(BaseModel):
    """Fields by our names (``video``) or by fal's (``video_url``, as aliases)."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, loc_by_alias=False
    )


class Element(Wire):
    """A character or an object, by pictures of it."""

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
    """The arguments of one endpoint; every tag in the prompt must name something given."""

    videos_given: ClassVar[int] = 0
    max_pictures: ClassVar[int] = 0

    prompt: Prompt = Field(
        description="What to draw. @Video1, @Image1 and @Element1 name what is given, in order."
    )

    def _given(self) -> dict[str, int]:
        images = getattr(self, "images", None) or []
        elements = getattr(self, "elements", None) or []
        return {"Video": self.videos_given, "Image": len(images), "Element": len(elements)}

    @model_validator(mode="after")
    def _pictures_within_limit(self) -> Self:
        given = self._given()
        pictures = given["Image"] + given["Element"]
        if pictures > self.max_pictures:
            raise PydanticCustomError(
                "too_many_pictures",
                "{images} images and {elements} elements are {pictures} together; "
                "this endpoint takes at most {most}",
                {
                    "field": "images" if given["Image"] >= given["Element"] else "elements",
                    "images": given["Image"],
                    "elements": given["Element"],
                    "pictures": pictures,
                    "most": self.max_pictures,
                },
            )
        return self

    @model_validator(mode="after")
    def _tags_name_what_is_given(self) -> Self:
        given = self._given()
        for tag in _TAG.finditer(self.prompt):
            what, number = tag.group(1), int(tag.group(2))
            if not 1 <= number <= given[what]:
                raise PydanticCustomError(
                    "unknown_tag",
                    "the prompt names {tag}, and {count} given",
                    {"field": "prompt", "tag": tag.group(0), "count": _counted(given[what], what)},
                )
        return self


def _counted(number: int, what: str) -> str:
    noun = what.lower()
    return {0: f"no {noun} is", 1: f"only one {noun} is"}.get(number, f"only {number} {noun}s are")
