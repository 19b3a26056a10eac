"""One text for equal data, whatever its order or spelling."""

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NewType

from pydantic import BaseModel

from shotgraph.endpoints import AnyArguments
from shotgraph.model.references import Asset, LocalFile, RemoteUrl, StepOutput


def canonical_json(value: Any) -> str:
    """Write data as JSON with sorted keys, NFC text, exact numbers, and media by their sha256.

    A field that is None or an empty list is left out: it says as little as an absent one.

    Raises:
        TypeError: Something in it has no exact form, such as a float, or is a file or URL whose
            bytes are not known yet.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Fraction | Decimal):
        return str(Fraction(value))
    if isinstance(value, Asset):
        return {"sha256": value.sha256}
    if isinstance(value, LocalFile | RemoteUrl | StepOutput):
        raise TypeError(f"the bytes of {value!r} are not known yet, so it can't be in a key")
    if isinstance(value, AnyArguments):
        return _plain(value.exact())
    if isinstance(value, BaseModel):
        return _plain({name: getattr(value, name) for name in type(value).model_fields})
    if isinstance(value, dict):
        plain = {_plain(key): _plain(item) for key, item in value.items()}
        return {key: item for key, item in plain.items() if item is not None and item != []}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no exact form for a key")


Key = NewType("Key", str)
"""64 hexadecimal digits."""


def content_key(recipe: str, arguments: BaseModel, *, take: int = 1, backend: str = "") -> Key:
    """Make the key of a job.

    Args:
        recipe: The endpoint's full id, or the name and version of a local step.
        arguments: With every medium an asset; URLs and paths never enter a key.
        take: Which generation of the same job, from 1.
        backend: Who draws it: a rehearsal's clips can never pass for paid ones. Empty for local
            steps: what they make depends on their inputs alone.
    """
    job = {"recipe": recipe, "arguments": arguments, "take": take, "backend": backend}
    text = canonical_json(["shotgraph job 1", job])
    return Key(hashlib.sha256(text.encode()).hexdigest())


def text_key(what: str, texts: Sequence[str]) -> Key:
    """Make a key of some texts.

    Args:
        what: What it is a key of, and the version of that.
        texts: In order.
    """
    return Key(hashlib.sha256(canonical_json([what, *texts]).encode()).hexdigest())
