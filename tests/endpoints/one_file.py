"""An endpoint in a file of its own: all that a contributor writes."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from pydantic import Field

from shotgraph.endpoints.arguments import VIDEO_INPUT, Duration, InputLimits, Wire
from shotgraph.endpoints.endpoint import Endpoint, KindWords, PriceRule
from shotgraph.model.references import Video


class SlowDownArguments(Wire):
    """Slow a video down."""

    video: Video = Field(alias="video_url", description="What is slowed down.")
    duration: Duration = Field(default="5", description="Seconds of the result.")
    smooth: bool = Field(default=True, strict=True, description="Draw frames in between.")


WORDS = KindWords(
    done="Slowed down",
    synonyms=("slow_motion", "slowmo"),
    examples=({"video": "$shot", "duration": "8"},),
)

ENDPOINTS = (
    Endpoint(
        id="example/slow-down",
        kind="slow_down",
        tier="standard",
        arguments=SlowDownArguments,
        price=PriceRule(Decimal("0.05"), "chosen", "2026-11", "example.test/slow-down"),
        limits=InputLimits(video=replace(VIDEO_INPUT, max_duration=Fraction(30))),
    ),
)
