"""What a ``fal`` step takes from a reply, as it is written: one path, or several by name."""

import re
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from shotgraph.endpoints.output import Output, canonical_path
from shotgraph.media_words import media_kind_of_output

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


def read_outputs(value: Any) -> list[Output]:
    """Read what is taken from a reply.

    Args:
        value: ``audio.url``; ``{path: result, kind: video}``; ``{audio: audio, cover: …}``; or
            what this gave before.

    Raises:
        PydanticCustomError: It is none of these.
    """
    if isinstance(value, list | tuple) and value:
        return [_again(item) for item in value]
    if isinstance(value, str) or (isinstance(value, dict) and isinstance(value.get("path"), str)):
        return [_output(None, value)]
    if not isinstance(value, dict) or not 1 <= len(value) <= MOST_OUTPUTS:
        raise _wrong(
            f"is no output; write a path such as audio.url, or 1 to {MOST_OUTPUTS} of them by name"
        )
    return [_output(name, item) for name, item in value.items()]


def _again(item: Any) -> Output:
    try:
        return Output.model_validate(item)
    except ValidationError:
        raise _wrong("is no output; write a path such as audio.url") from None


def _output(name: Any, written: Any) -> Output:
    spec = {"path": written} if isinstance(written, str) else written
    if not isinstance(spec, dict) or not spec.keys() <= {"path", "kind"}:
        raise _wrong("is no output; write a path, or {path: result, kind: video}")
    path = canonical_path(spec["path"]) if isinstance(spec.get("path"), str) else None
    if path is None:
        raise _wrong("is no path into a reply; write one such as video, audio.url or images[0]")
    kind = spec.get("kind", media_kind_of_output(path))
    if kind is None:
        raise _wrong(
            f"does not tell what kind of medium it is; write {{path: {path}, kind: video}}, or "
            "kind: image, or kind: audio"
        )
    if kind not in _KINDS:
        raise _wrong(f"is of no kind that is known; kind is one of {', '.join(_KINDS)}")
    if name is not None and not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise _wrong("has a name that is none; write letters, digits and '_', at most 64")
    return Output(name=name or kind, path=path, kind=kind)


def _wrong(said: str) -> PydanticCustomError:
    return PydanticCustomError("output", said)
