"""Content keys: equal data gives the same text, whatever its order or spelling, and one hash."""

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NewType

from pydantic import BaseModel

from shotgraph.endpoints import AnyArguments
from shotgraph.model.references import Asset, MediaRef
from shotgraph.model.walk import fields_of, walk


def canonical_json(value: Any) -> str:
    """Write data as JSON with sorted keys, NFC text, exact numbers, and media by their sha256.

    A field that is None or an empty list is omitted, like an absent field.

    Raises:
        TypeError: A value has no exact form, such as a float, or is a file or URL with bytes that
            are not known yet.
    """
    plain = walk(value, _by_bytes, _exact, fields=_fields, rebuilt=_without_empty)
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _by_bytes(ref: MediaRef) -> dict[str, str]:
    if not isinstance(ref, Asset):
        raise TypeError(f"the bytes of {ref!r} are not known yet, so it can't be in a key")
    return {"sha256": ref.sha256}


def _exact(value: Any) -> str | int | None:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Fraction | Decimal):
        return str(Fraction(value))
    raise TypeError(f"{type(value).__name__} has no exact form for a key")


def _fields(model: BaseModel) -> dict[str, Any]:
    return model.exact() if isinstance(model, AnyArguments) else fields_of(model)


def _without_empty(old: Any, new: Any) -> Any:
    if isinstance(new, list):
        return new
    return {_exact(name): item for name, item in new.items() if item is not None and item != []}


Key = NewType("Key", str)
"""64 hexadecimal digits."""


def content_key(recipe: str, arguments: BaseModel, *, take: int = 1, backend: str = "") -> Key:
    """Make the key of a job.

    Args:
        recipe: The endpoint's full id, or the name and version of a local step.
        arguments: The arguments, with every medium as an asset; URLs and paths never enter a key.
        take: The number of the generation of the same job, from 1.
        backend: The server that draws, so that a rehearsal's clips never pass for paid clips. Empty
            for local steps, since their results depend only on their inputs.
    """
    job = {"recipe": recipe, "arguments": arguments, "take": take, "backend": backend}
    text = canonical_json(["shotgraph job 1", job])
    return Key(hashlib.sha256(text.encode()).hexdigest())


def text_key(what: str, texts: Sequence[str]) -> Key:
    """Make a key from texts.

    Args:
        what: The kind of the key, and its version.
        texts: The texts; their order counts.
    """
    return Key(hashlib.sha256(canonical_json([what, *texts]).encode()).hexdigest())
