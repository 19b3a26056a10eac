"""What each kind of step looks like, for editors to show and to fill in."""

from collections.abc import Mapping
from typing import Any

STEP_EXAMPLES: Mapping[str, list[dict[str, Any]]] = {
    "edit": [{"video": "$shot", "prompt": "Repaint it as an oil painting", "keep_audio": True}],
    "reference": [
        {
            "video": "$shot",
            "prompt": "Based on @Video1, generate the next shot.",
            "duration": "5",
        }
    ],
    "image_to_video": [
        {"start_image": "stills/lamp.png", "prompt": "The camera goes round it.", "duration": "5"}
    ],
    "reference_to_video": [
        {"images": ["stills/lamp.png"], "prompt": "@Image1 on a desk at night", "duration": "5"}
    ],
    "fal": [
        {
            "endpoint": "fal-ai/flux/dev",
            "arguments": {"prompt": "A lamp on a desk", "image_size": "landscape_16_9"},
            "output": "images[0]",
            "price_usd": "0.05",
        }
    ],
    "trim": [{"video": "$shot", "start": 1, "seconds": 3}, {"video": "$shot", "end": 2.5}],
    "frame": [{"video": "$shot", "at": "last"}],
    "concat": [
        {"clips": ["$shot", "$next"], "transition": {"kind": "dissolve", "seconds": 0.5}},
        {"clips": "$shots", "format": {"width": 1920, "fps": 24}, "loudness": -16},
    ],
    "soundtrack": [{"video": "$film", "audio": "sounds/waltz.m4a", "mode": "mix", "loop": True}],
    "approve": [{"video": "$next", "message": "Is this the harbour?"}],
    "use": [{"file": "titles.yaml", "params": {"clip": "$film"}}],
}
"""By kind; the first is the one that is filled in."""
