"""Repaint a shot: same motion, same length, another look."""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from shotgraph.endpoints.arguments import Element, KlingArguments
from shotgraph.endpoints.endpoint import Endpoint, KindWords, PriceRule
from shotgraph.model.references import Image, Video


class EditArguments(KlingArguments):
    """Edit a video by words, keeping its motion."""

    videos_given: ClassVar[int] = 1
    max_pictures: ClassVar[int] = 4

    video: Video = Field(
        alias="video_url",
        description="The shot. fal takes mp4 or mov, 3 to 10.05 s, 720 to 2160 px a side, 24 to 60 "
        "frames a second, at most 200 MB; other videos are made to fit.",
    )
    keep_audio: bool = Field(default=False, strict=True, description="Keep the sound of the shot.")
    images: list[Image] | None = Field(
        default=None,
        alias="image_urls",
        description="Reference images, @Image1 and so on; at most 4 together with the elements.",
    )
    elements: list[Element] | None = Field(
        default=None, description="Characters and objects, @Element1 and so on."
    )


WORDS = KindWords(
    done="Repainted",
    synonyms=(
        "repaint",
        "restyle",
        "video_to_video",
    ),
    examples=({"video": "$shot", "prompt": "Repaint it as an oil painting", "keep_audio": True},),
)

_PAGE = "fal.ai/models/fal-ai/kling-video/o1/{}video-to-video/edit"

ENDPOINTS = (
    Endpoint(
        id="fal-ai/kling-video/o1/standard/video-to-video/edit",
        kind="edit",
        tier="standard",
        arguments=EditArguments,
        price=PriceRule(Decimal("0.126"), "input", "2026-11", _PAGE.format("standard/")),
        long_video="split",
        repaints=True,
    ),
    Endpoint(
        id="fal-ai/kling-video/o1/video-to-video/edit",
        kind="edit",
        tier="pro",
        arguments=EditArguments,
        price=PriceRule(Decimal("0.168"), "input", "2026-11", _PAGE.format("")),
        long_video="split",
        repaints=True,
    ),
)
