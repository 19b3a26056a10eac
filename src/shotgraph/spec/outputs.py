"""What a ``fal`` step takes from a reply, as it is written: one path, or several by name."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from shotgraph.endpoints.documented_outputs import documented_output
from shotgraph.endpoints.openapi import BadSchema, document_in
from shotgraph.endpoints.output import Output, canonical_path
from shotgraph.model.references import MediaKind, media_kind_of_output

KindAt: TypeAlias = Callable[[str], MediaKind | None]
"""Tells what stands at a path of a reply; None where that is not known."""

MOST_OUTPUTS = 16
_KINDS = ("video", "image", "audio")
_PATH_SCHEMA = {"type": "string", "examples": ["video", "audio.url", "images[0]"]}
_SAID_SCHEMA = {
    "type": "object",
    "properties": {"path": _PATH_SCHEMA, "kind": {"enum": list(_KINDS)}},
    "required": ["path"],
    "additionalProperties": False,
}
OUTPUT_SCHEMA: dict[str, Any] = {
    "anyOf": [
        _PATH_SCHEMA,
        _SAID_SCHEMA,
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"anyOf": [_PATH_SCHEMA, _SAID_SCHEMA]},
        },
    ],
}
"""How it is written, for editors."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def kinds_in(schema: Any, endpoint: Any) -> KindAt:
    """Give what an endpoint's document says of the files in a reply.

    Args:
        schema: The document's file, if there is one.
        endpoint: The endpoint's id, if it is one.
    """

    def kind_at(path: str) -> MediaKind | None:
        if not isinstance(schema, str | Path) or not isinstance(endpoint, str):
            return None
        try:
            return documented_output(document_in(Path(schema)), endpoint, path).kind
        except BadSchema:
            return None  # the step's own check says so

    return kind_at


def read_outputs(value: Any, kind_at: KindAt = lambda path: None) -> list[Output]:
    """Read what is taken from a reply.

    Args:
        value: ``audio.url``; ``{path: result, kind: video}``; ``{audio: audio, cover: …}``; or
            what this gave before.
        kind_at: What is known of a path that does not tell by itself what stands there.

    Raises:
        PydanticCustomError: It is none of these.
    """
    if isinstance(value, list | tuple) and value:
        return [_again(item) for item in value]
    if isinstance(value, str) or (isinstance(value, dict) and isinstance(value.get("path"), str)):
        return [_output(None, value, kind_at)]
    if not isinstance(value, dict) or not 1 <= len(value) <= MOST_OUTPUTS:
        raise _wrong(
            f"is no output; write a path such as audio.url, or 1 to {MOST_OUTPUTS} of them by name"
        )
    return [_output(name, item, kind_at) for name, item in value.items()]


def _again(item: Any) -> Output:
    try:
        return Output.model_validate(item)
    except ValidationError:
        raise _wrong("is no output; write a path such as audio.url") from None


def _output(name: Any, written: Any, kind_at: KindAt) -> Output:
    spec = {"path": written} if isinstance(written, str) else written
    if not isinstance(spec, dict) or not spec.keys() <= {"path", "kind"}:
        raise _wrong("is no output; write a path, or {path: result, kind: video}")
    path = canonical_path(spec["path"]) if isinstance(spec.get("path"), str) else None
    if path is None:
        raise _wrong("is no path into a reply; write one such as video, audio.url or images[0]")
    kind = spec["kind"] if "kind" in spec else media_kind_of_output(path) or kind_at(path)
    if kind is None:
        said = f'"{path}" ' if name is not None else ""
        raise _wrong(
            f"{said}does not tell what kind of medium it is. A step takes videos, images and "
            f"sounds from a reply; if one is there, write {{path: {path}, kind: video}}, or kind: "
            "image, or kind: audio"
        )
    if kind not in _KINDS:
        raise _wrong(f"is of no kind that is known; kind is one of {', '.join(_KINDS)}")
    if name is not None and not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise _wrong("has a name that is none; write letters, digits and '_', at most 64")
    return Output(name=name or kind, path=path, kind=kind)


def _wrong(said: str) -> PydanticCustomError:
    return PydanticCustomError("output", said)
