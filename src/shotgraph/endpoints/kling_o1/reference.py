"""Make the next shot: same style, same people, after the given one."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from shotgraph.endpoints.arguments import Duration
from shotgraph.endpoints.endpoint import Endpoint, KindWords, PriceRule
from shotgraph.endpoints.kling_o1.edit import EditArguments


class ReferenceArguments(EditArguments):
    """Generate a new shot from a video's style, motion and content."""

    aspect_ratio: Literal["auto", "16:9", "9:16", "1:1"] = Field(
        default="auto", description="auto takes the ratio nearest to the video's."
    )
    duration: Duration = Field(default="5", description="Seconds of the new shot.")


WORDS = KindWords(
    done="Next shot",
    synonyms=(
        "extend",
        "continue",
        "extension",
        "next_shot",
    ),
    examples=(
        {
            "video": "$shot",
            "prompt": "Based on @Video1, generate the next shot.",
            "duration": "5",
        },
    ),
)

_PAGE = "fal.ai/models/fal-ai/kling-video/o1/{}video-to-video/reference"

ENDPOINTS = (
    Endpoint(
        id="fal-ai/kling-video/o1/standard/video-to-video/reference",
        kind="reference",
        tier="standard",
        arguments=ReferenceArguments,
        price=PriceRule(Decimal("0.126"), "chosen", "2026-11", _PAGE.format("standard/")),
    ),
    Endpoint(
        id="fal-ai/kling-video/o1/video-to-video/reference",
        kind="reference",
        tier="pro",
        arguments=ReferenceArguments,
        price=PriceRule(Decimal("0.168"), "chosen", "2026-11", _PAGE.format("")),
    ),
)
