"""What fal's pages say of every Kling O1 endpoint, as data (read in 2026-11)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

SECONDS = ("3", "4", "5", "6", "7", "8", "9", "10")


@dataclass(frozen=True)
class DocumentedField:
    """One input field under fal's own name."""

    kind: str
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Documented:
    """One endpoint: its fields, its ids and dollars per second by tier."""

    kind: str
    ids: dict[str, str]
    usd_per_second: dict[str, Decimal]
    billed_on: str
    fields: dict[str, DocumentedField]
    most_pictures: int
    videos: int


PROMPT = DocumentedField("string", required=True)
VIDEO = DocumentedField("file", required=True)
IMAGES = DocumentedField("list of files")
ELEMENTS = DocumentedField("list of elements")
DURATION = DocumentedField("choice", default="5", choices=SECONDS)

DOCUMENTED = [
    Documented(
        kind="edit",
        ids={
            "standard": "fal-ai/kling-video/o1/standard/video-to-video/edit",
            "pro": "fal-ai/kling-video/o1/video-to-video/edit",
        },
        usd_per_second={"standard": Decimal("0.126"), "pro": Decimal("0.168")},
        billed_on="input",
        fields={
            "prompt": PROMPT,
            "video_url": VIDEO,
            "keep_audio": DocumentedField("boolean", default=False),
            "image_urls": IMAGES,
            "elements": ELEMENTS,
        },
        most_pictures=4,
        videos=1,
    ),
    Documented(
        kind="reference",
        ids={
            "standard": "fal-ai/kling-video/o1/standard/video-to-video/reference",
            "pro": "fal-ai/kling-video/o1/video-to-video/reference",
        },
        usd_per_second={"standard": Decimal("0.126"), "pro": Decimal("0.168")},
        billed_on="chosen",
        fields={
            "prompt": PROMPT,
            "video_url": VIDEO,
            "keep_audio": DocumentedField("boolean", default=False),
            "image_urls": IMAGES,
            "elements": ELEMENTS,
            "aspect_ratio": DocumentedField(
                "choice", default="auto", choices=("auto", "16:9", "9:16", "1:1")
            ),
            "duration": DURATION,
        },
        most_pictures=4,
        videos=1,
    ),
    Documented(
        kind="image_to_video",
        ids={
            "standard": "fal-ai/kling-video/o1/standard/image-to-video",
            "pro": "fal-ai/kling-video/o1/image-to-video",
        },
        usd_per_second={"standard": Decimal("0.084"), "pro": Decimal("0.112")},
        billed_on="chosen",
        fields={
            "prompt": PROMPT,
            "start_image_url": DocumentedField("file", required=True),
            "end_image_url": DocumentedField("file"),
            "duration": DURATION,
        },
        most_pictures=2,
        videos=0,
    ),
    Documented(
        kind="reference_to_video",
        ids={
            "standard": "fal-ai/kling-video/o1/standard/reference-to-video",
            "pro": "fal-ai/kling-video/o1/reference-to-video",
        },
        usd_per_second={"standard": Decimal("0.084"), "pro": Decimal("0.112")},
        billed_on="chosen",
        fields={
            "prompt": PROMPT,
            "image_urls": IMAGES,
            "elements": ELEMENTS,
            "duration": DURATION,
            "aspect_ratio": DocumentedField(
                "choice", default="16:9", choices=("16:9", "9:16", "1:1")
            ),
        },
        most_pictures=7,
        videos=0,
    ),
]

ELEMENT = {
    "frontal_image_url": DocumentedField("file", required=True),
    "reference_image_urls": IMAGES,
}
MOST_VIEWS_OF_AN_ELEMENT = 3
