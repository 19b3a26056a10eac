"""Every model whose arguments go into a key, with a value and another one for each field."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pydantic import BaseModel

from shotgraph.endpoints import ENDPOINTS
from shotgraph.spec import STEP_KINDS
from tests.endpoints.examples import ALL, asset

OTHER_PICTURES = {
    "images": [asset(4), asset(3)],
    "elements": [{"frontal_image": asset(5), "reference_images": [asset(6)]}],
}
OTHER: dict[str, Any] = {
    **OTHER_PICTURES,
    "prompt": "Something else",
    "video": asset(90, "video"),
    "keep_audio": False,
    "aspect_ratio": "16:9",
    "duration": "4",
    "start_image": asset(91),
    "end_image": asset(92),
}
TRIM = {
    "video": asset(1, "video"),
    "start": "1/3",
    "seconds": 2,
    "audio_track": 2,
    "background": "#ffffff",
}
TRIM_TO_END = {
    "video": asset(1, "video"),
    "start": "1/3",
    "end": 2,
    "audio_track": 2,
    "background": "#ffffff",
}
FRAME = {"video": asset(1, "video"), "at": 12, "background": "#ffffff"}
CONCAT = {
    "clips": [asset(1, "video"), asset(2, "video")],
    "transition": {"kind": "dissolve", "seconds": "0.5"},
}
CONCAT_TO = {
    **CONCAT,
    "format": {"width": 1280, "height": 720, "fps": 24},
    "loudness": -16,
    "audio_track": 2,
    "background": "#ffffff",
    "fit": "crop",
    "focus": ["0.5", "1/3"],
}
CROP = {
    "video": asset(1, "video"),
    "width": "25%",
    "height": 360,
    "left": 16,
    "top": "10%",
    "audio_track": 2,
    "background": "#ffffff",
}
CROP_TO_SHAPE = {"video": asset(1, "video"), "aspect_ratio": "9:16", "focus": [0, 1]}
HOLD_FRAME = {
    "video": asset(1, "video"),
    "at": 12,
    "seconds": 2,
    "push": "1.1",
    "focus": [0, 1],
    "background": "#ffffff",
}
HOLD_STILL = {
    "image": asset(3),
    "seconds": 2,
    "fit": "blur",
    "width": 1280,
    "height": 720,
    "fps": 24,
}
HOLD_LIKE = {"image": asset(3), "seconds": 2, "like": asset(1, "video")}
SPEED = {
    "video": asset(1, "video"),
    "factor": "0.5",
    "sound": "drop",
    "audio_track": 2,
    "background": "#ffffff",
}
TITLE = {
    "video": asset(1, "video"),
    "text": "Harbour",
    "font": asset(7, "font"),
    "size": 40,
    "position": "top",
    "colour": "#ff0000",
    "box": {"colour": "#000000", "opacity": "0.5"},
    "shadow": False,
    "start": 1,
    "seconds": 2,
    "fade_in": "0.5",
    "fade_out": "0.25",
    "audio_track": 2,
}
OTHER_TITLE = {
    "video": asset(90, "video"),
    "text": "Another",
    "font": asset(90, "font"),
    "size": "40%",
    "position": ["0.5", 0],
    "colour": "#00ff00",
    "box": {"colour": "#000000", "opacity": "0.6"},
    "shadow": True,
    "start": "1.5",
    "seconds": 3,
    "fade_in": "0.75",
    "fade_out": "0.5",
    "audio_track": 1,
}
CARD = {
    "text": "The end",
    "seconds": 2,
    "width": 640,
    "height": 360,
    "fps": 24,
    "background": "#ffffff",
}
CARD_LIKE = {"text": "The end", "seconds": 2, "like": asset(1, "video")}
SOUNDTRACK = {
    "video": asset(1, "video"),
    "audio": asset(2, "audio"),
    "mode": "duck",
    "gain_db": -6,
    "start": "1/2",
    "loop": True,
    "fade_out": 2,
    "loudness": "-16.5",
    "audio_track": 2,
}
OTHER_SOUND = {
    "video": asset(90, "video"),
    "mode": "mix",
    "gain_db": "-6.1",
    "start": 0,
    "loop": False,
    "fade_out": 1,
    "loudness": -16,
    "audio_track": 1,
}


@dataclass(frozen=True)
class Recipe:
    """One recipe: its name, its model, every field set, and another value for every field."""

    name: str
    model: type[BaseModel]
    fields: dict[str, Any]
    other: dict[str, Any]


def _of_endpoints() -> list[Recipe]:
    return [
        Recipe(
            name=endpoint.id,
            model=endpoint.arguments,
            fields=ALL[endpoint.kind],
            other={name: OTHER[name] for name in ALL[endpoint.kind]},
        )
        for endpoint in ENDPOINTS.values()
    ]


LOCAL = [
    Recipe(
        "local/trim@1",
        STEP_KINDS["trim"].arguments,
        TRIM,
        {
            "video": asset(90, "video"),
            "start": 0,
            "seconds": Fraction(2001, 1000),
            "audio_track": 1,
            "background": "#00ff00",
        },
    ),
    Recipe(
        "local/trim@1 to an end",
        STEP_KINDS["trim"].arguments,
        TRIM_TO_END,
        {
            "video": asset(90, "video"),
            "start": 0,
            "end": "2.5",
            "audio_track": 1,
            "background": "#00ff00",
        },
    ),
    Recipe(
        "local/frame@1",
        STEP_KINDS["frame"].arguments,
        FRAME,
        {"video": asset(90, "video"), "at": "last", "background": "#00ff00"},
    ),
    Recipe(
        "local/concat@1",
        STEP_KINDS["concat"].arguments,
        CONCAT,
        {
            "clips": [asset(2, "video"), asset(1, "video")],
            "transition": {"kind": "dissolve", "seconds": "0.25"},
        },
    ),
    Recipe(
        "local/concat@1 to a format",
        STEP_KINDS["concat"].arguments,
        CONCAT_TO,
        {
            "clips": [asset(2, "video"), asset(1, "video")],
            "transition": {"kind": "wipeleft", "seconds": "0.5"},
            "format": {"width": 1280, "height": 720, "fps": "23.976"},
            "loudness": -14,
            "audio_track": 1,
            "background": "#00ff00",
            "fit": "blur",
            "focus": ["0.5", "0.3"],
        },
    ),
    Recipe(
        "local/concat@1 matched",
        STEP_KINDS["concat"].arguments,
        {"clips": [asset(1, "video"), asset(2, "video")], "match": "colour"},
        {"clips": [asset(2, "video"), asset(1, "video")], "match": None},
    ),
    Recipe(
        "local/crop@1",
        STEP_KINDS["crop"].arguments,
        CROP,
        {
            "video": asset(90, "video"),
            "width": 26,
            "height": "1%",
            "left": 18,
            "top": 10,
            "audio_track": 1,
            "background": "#00ff00",
        },
    ),
    Recipe(
        "local/crop@1 to a shape",
        STEP_KINDS["crop"].arguments,
        CROP_TO_SHAPE,
        {"video": asset(90, "video"), "aspect_ratio": "9:15", "focus": [1, 0]},
    ),
    Recipe(
        "local/hold@1",
        STEP_KINDS["hold"].arguments,
        HOLD_FRAME,
        {
            "video": asset(90, "video"),
            "at": "last",
            "seconds": 3,
            "push": "1.2",
            "focus": [1, 0],
            "background": "#00ff00",
        },
    ),
    Recipe(
        "local/hold@1 of a still",
        STEP_KINDS["hold"].arguments,
        HOLD_STILL,
        {
            "image": asset(90),
            "seconds": 3,
            "fit": "crop",
            "width": 640,
            "height": 360,
            "fps": 25,
        },
    ),
    Recipe(
        "local/hold@1 like a clip",
        STEP_KINDS["hold"].arguments,
        HOLD_LIKE,
        {"image": asset(90), "seconds": 3, "like": asset(90, "video")},
    ),
    Recipe(
        "local/speed@1",
        STEP_KINDS["speed"].arguments,
        SPEED,
        {
            "video": asset(90, "video"),
            "factor": 2,
            "sound": "keep",
            "audio_track": 1,
            "background": "#00ff00",
        },
    ),
    Recipe("local/title@1", STEP_KINDS["title"].arguments, TITLE, OTHER_TITLE),
    Recipe(
        "local/title@1 of a card",
        STEP_KINDS["title"].arguments,
        CARD,
        {
            "text": "the end",
            "seconds": 3,
            "width": 642,
            "height": 358,
            "fps": 25,
            "background": "#00ff00",
        },
    ),
    Recipe(
        "local/title@1 like a clip",
        STEP_KINDS["title"].arguments,
        CARD_LIKE,
        {"text": "the end", "seconds": 3, "like": asset(90, "video")},
    ),
    Recipe(
        "local/soundtrack@1",
        STEP_KINDS["soundtrack"].arguments,
        SOUNDTRACK,
        {**OTHER_SOUND, "audio": asset(90, "audio")},
    ),
    Recipe(
        "local/soundtrack@1 with a voice",
        STEP_KINDS["soundtrack"].arguments,
        {**{name: SOUNDTRACK[name] for name in OTHER_SOUND}, "voice": asset(2, "audio")},
        {**OTHER_SOUND, "voice": asset(90, "audio")},
    ),
]
RECIPES = [*_of_endpoints(), *LOCAL]
