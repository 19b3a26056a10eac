"""What the arguments of every Kling O1 endpoint have in common."""

import re
from collections.abc import Iterable, Iterator
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

from shotgraph.model.references import Image

Prompt: TypeAlias = Annotated[str, StringConstraints(min_length=1, strict=True)]
LONG_PROMPT = 2_500
"""Characters. The Kling endpoints that document a limit name this one (types of fal's JavaScript
client, 2026-11); for Kling O1 none is documented."""
Duration: TypeAlias = Literal["3", "4", "5", "6", "7", "8", "9", "10"]
"""Seconds, as the strings that fal documents."""

# In any case of its letters, where it can't be the end of an e-mail's name.
_TAG = re.compile(r"@(Video|Image|Element)(\d{1,9})|(?<!\w)@(?i:(video|image|element))(\d{1,9})")


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
    """Refuse a model for all that is wrong with it.

    Args:
        findings: Each has in its context the `field` that it is about, and under `by` the fields
            out of whose values it follows.
        model: What is refused.

    Raises:
        ValidationError: There are findings.
    """
    details = [InitErrorDetails(type=finding, input=model) for finding in findings]
    if details:
        raise ValidationError.from_exception_data(type(model).__name__, details)


def _counted(number: int, what: str) -> str:
    noun = what.lower()
    return {0: f"no {noun} is", 1: f"only one {noun} is"}.get(number, f"only {number} {noun}s are")
