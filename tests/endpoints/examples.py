"""Arguments for tests: the least that each endpoint takes, and all that it takes."""

from typing import Any

from shotgraph.endpoints import KINDS, KlingArguments
from shotgraph.model.references import Asset, MediaKind, Sha256


def asset(number: int, kind: MediaKind = "image") -> Asset:
    """Make the asset of some bytes that are nowhere."""
    content_type = "video/mp4" if kind == "video" else "image/png"
    sha256 = Sha256(f"{number:064x}")
    return Asset(sha256=sha256, kind=kind, size_bytes=1000 + number, content_type=content_type)


LEAST: dict[str, dict[str, Any]] = {
    "edit": {"prompt": "Paint it", "video": asset(1, "video")},
    "reference": {"prompt": "Go on", "video": asset(1, "video")},
    "image_to_video": {"prompt": "Move", "start_image": asset(2)},
    "reference_to_video": {"prompt": "A harbour"},
}
PICTURES: dict[str, Any] = {
    "images": [asset(3), asset(4)],
    "elements": [{"frontal_image": asset(5), "reference_images": [asset(6), asset(7)]}],
}
ALL: dict[str, dict[str, Any]] = {
    "edit": {**LEAST["edit"], **PICTURES, "keep_audio": True},
    "reference": {
        **LEAST["reference"],
        **PICTURES,
        "keep_audio": True,
        "aspect_ratio": "9:16",
        "duration": "10",
    },
    "image_to_video": {**LEAST["image_to_video"], "end_image": asset(8), "duration": "10"},
    "reference_to_video": {
        **LEAST["reference_to_video"],
        **PICTURES,
        "aspect_ratio": "1:1",
        "duration": "3",
    },
}


def arguments(kind: str, **changed: Any) -> KlingArguments:
    """Make the least arguments of a kind of step, with some fields more, or others."""
    return _read(kind, {**LEAST[kind], **changed})


def all_arguments(kind: str, **changed: Any) -> KlingArguments:
    """Make arguments with every field set."""
    return _read(kind, {**ALL[kind], **changed})


def _read(kind: str, fields: dict[str, Any]) -> KlingArguments:
    read = KINDS[kind]["standard"].arguments.model_validate(fields)
    assert isinstance(read, KlingArguments)
    return read
