"""Animate from a first frame, to a last frame if one is given."""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from shotgraph.endpoints.arguments import Duration, KlingArguments
from shotgraph.endpoints.endpoint import Endpoint, KindWords, PriceRule
from shotgraph.model.references import Image


class ImageToVideoArguments(KlingArguments):
    """Animate from a start image, towards an end image if one is given."""

    max_pictures: ClassVar[int] = 2

    start_image: Image = Field(
        alias="start_image_url",
        description="The first frame: at most 10 MB, at least 300 px a side, ratio 0.40 to 2.50.",
    )
    end_image: Image | None = Field(
        default=None, alias="end_image_url", description="The last frame; same limits."
    )
    duration: Duration = Field(default="5", description="Seconds of the shot.")

    def _given(self) -> dict[str, int]:
        return {"Video": 0, "Image": 2 if self.end_image else 1, "Element": 0}


WORDS = KindWords(
    done="From a picture",
    synonyms=(
        "animate",
        "i2v",
        "img2vid",
        "img2video",
    ),
    examples=(
        {
            "start_image": "stills/lamp.png",
            "prompt": "The camera goes round it.",
            "duration": "5",
        },
    ),
)

_PAGE = "fal.ai/models/fal-ai/kling-video/o1/{}image-to-video"

ENDPOINTS = (
    Endpoint(
        id="fal-ai/kling-video/o1/standard/image-to-video",
        kind="image_to_video",
        tier="standard",
        arguments=ImageToVideoArguments,
        price=PriceRule(Decimal("0.084"), "chosen", "2026-11", _PAGE.format("standard/")),
    ),
    Endpoint(
        id="fal-ai/kling-video/o1/image-to-video",
        kind="image_to_video",
        tier="pro",
        arguments=ImageToVideoArguments,
        price=PriceRule(Decimal("0.112"), "chosen", "2026-11, unconfirmed", _PAGE.format("")),
    ),
)
