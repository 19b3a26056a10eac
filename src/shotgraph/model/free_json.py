"""Any JSON with media anywhere inside: read once, exact, and nothing else than JSON."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from shotgraph.model.references import (
    Asset,
    LocalFile,
    MediaRef,
    media_kind_of_argument,
    media_ref,
)
from shotgraph.model.walk import FieldPath

MOST_LEVELS = 32

_ASSET = frozenset(Asset.model_fields)


class TakesAnywhere:
    """Marks a field that holds free JSON, in which media may stand anywhere."""


def read_free_json(value: Any) -> Any:
    """Read a mapping of free JSON.

    A text under a name that says so (``image_url``) is a medium, as is a path object and what a
    task made, wherever they stand. Numbers are exact: ``1.0`` is 1, and a float is the decimal
    that it is written as.

    Raises:
        PydanticCustomError: Something in it is no JSON; the message names the place.
    """
    if not isinstance(value, dict):
        raise PydanticCustomError("dict_type", "Input should be a valid dictionary")
    return _read(value, ())


FreeJson: TypeAlias = Annotated[
    dict[str, Any],
    BeforeValidator(read_free_json),
    TakesAnywhere(),
    WithJsonSchema({"type": "object"}),
]


def _read(value: Any, path: FieldPath) -> Any:
    if len(path) > MOST_LEVELS:
        raise _wrong(path, f"it is nested in more than {MOST_LEVELS} levels")
    if isinstance(value, MediaRef) or value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, Decimal | float):
        return _number(value, path)
    if isinstance(value, Path):
        return LocalFile(file=value)
    if isinstance(value, dict):
        return _mapping(value, path)
    if isinstance(value, list | tuple):
        return [_read(item, (*path, number)) for number, item in enumerate(value)]
    raise _wrong(path, f"{type(value).__name__} is no JSON, and no medium")


def _mapping(value: dict[Any, Any], path: FieldPath) -> Any:
    if value.keys() >= _ASSET:
        return media_ref(value)
    for name in value:
        if not isinstance(name, str):
            raise _wrong(path, f"a name in it is {type(name).__name__}; allowed: text")
    return {_text(name, ()): _read(item, (*path, name)) for name, item in value.items()}


def _text(value: str, path: FieldPath) -> Any:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _wrong(path, "the text has half of a character in it") from None
    if media_kind_of_argument(path) is None:
        return value
    if not value:
        raise _wrong(path, "the text is empty; write a reference, a path or an https URL")
    return media_ref(value)


def _number(value: Decimal | float, path: FieldPath) -> int | Decimal:
    exact = Decimal(repr(value)) if isinstance(value, float) else value
    if not exact.is_finite() or exact.adjusted() > 30:
        raise _wrong(path, f"{value} is no number that JSON has room for")
    return int(exact) if exact == exact.to_integral_value() else exact.normalize()


def _wrong(path: FieldPath, said: str) -> PydanticCustomError:
    return PydanticCustomError(
        "free_json",
        "{place}: {said}",
        {"place": shown_path(path) or "arguments", "said": said},
    )


def shown_path(path: FieldPath) -> str:
    """Write a path the way that it is written in a file: ``options.pictures[0]``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def as_number(value: Any) -> Any:
    """Give an exact decimal as the number that JSON has; any other scalar as it is."""
    return float(value) if isinstance(value, Decimal) else value
