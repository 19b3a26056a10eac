"""Make a shot from images and elements, without a video."""

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from shotgraph.endpoints.arguments import Duration, Element, KlingArguments
from shotgraph.endpoints.endpoint import Endpoint, KindWords, PriceRule
from shotgraph.model.references import Image


class ReferenceToVideoArguments(KlingArguments):
    """Generate a shot that keeps to reference images and elements."""

    max_pictures: ClassVar[int] = 7

    images: list[Image] | None = Field(
        default=None,
        alias="image_urls",
        description="Reference images, @Image1 and so on; at most 7 together with the elements.",
    )
    elements: list[Element] | None = Field(
        default=None, description="Characters and objects, @Element1 and so on."
    )
    duration: Duration = Field(default="5", description="Seconds of the shot.")
    aspect_ratio: Literal["16:9", "9:16", "1:1"] = Field(
        default="16:9", description="The shape of the frame."
    )

    def doubt(self) -> str:
        """A doubt if there are no pictures: then words alone define the shot."""
        if self.images or self.elements:
            return ""
        return (
            "the step has neither images nor elements as references, and is paid for all the same"
        )


WORDS = KindWords(
    done="From pictures",
    synonyms=(
        "generate",
        "text_to_video",
    ),
    examples=(
        {"images": ["stills/lamp.png"], "prompt": "@Image1 on a desk at night", "duration": "5"},
    ),
)

_PAGE = "fal.ai/models/fal-ai/kling-video/o1/{}reference-to-video"

ENDPOINTS = (
    Endpoint(
        id="fal-ai/kling-video/o1/standard/reference-to-video",
        kind="reference_to_video",
        tier="standard",
        arguments=ReferenceToVideoArguments,
        price=PriceRule(
            Decimal("0.084"), "chosen", "2026-11, third party", _PAGE.format("standard/")
        ),
    ),
    Endpoint(
        id="fal-ai/kling-video/o1/reference-to-video",
        kind="reference_to_video",
        tier="pro",
        arguments=ReferenceToVideoArguments,
        price=PriceRule(Decimal("0.112"), "chosen", "2026-11", _PAGE.format("")),
    ),
)
