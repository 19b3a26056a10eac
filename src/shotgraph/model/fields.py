"""Find and replace media in arguments: in a model's fields and in free JSON."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from shotgraph.model.references import (
    Asset,
    LocalFile,
    MediaKind,
    MediaRef,
    StepOutput,
    Takes,
    media_kind_of_argument,
    media_ref,
)
from shotgraph.model.walk import FieldPath, each_value, is_ref, walk

Arguments = TypeVar("Arguments", bound=BaseModel)

Found: TypeAlias = tuple[FieldPath, MediaKind | None, MediaRef]
"""The path of a medium, the kind that its field takes (None for any), and the reference."""


def media_in(arguments: BaseModel) -> Iterator[Found]:
    """Yield every medium in arguments: its path, the kind that its field takes, the reference."""
    for path, value in each_value(arguments):
        if is_ref(value):
            kind, is_free = _wanted(type(arguments), path)
            if is_free and isinstance(value, Asset | StepOutput):
                kind = value.kind
            if is_free or kind is not None:
                yield path, kind, value


@lru_cache(4096)
def _wanted(model: type[BaseModel], path: FieldPath) -> tuple[MediaKind | None, bool]:
    """Tell the kind of media that a path takes, and whether it leads into free JSON."""
    return media_kind_at(model, path), takes_anywhere(model, path)


def with_media(arguments: Arguments, replaced: Callable[[MediaRef], MediaRef]) -> Arguments:
    """Copy arguments with every medium replaced. The copy has the same set fields."""
    copied: Arguments = walk(arguments, replaced, fields=set_fields_of, rebuilt=_copied)
    return copied


def set_fields_of(model: BaseModel) -> dict[str, Any]:
    """Give the fields of a model that were set, in the order of its class."""
    is_set = model.model_fields_set
    return {name: getattr(model, name) for name in type(model).model_fields if name in is_set}


def _copied(old: Any, new: Any) -> Any:
    if isinstance(old, BaseModel):
        return old.model_copy(update=new)
    return tuple(new) if isinstance(old, tuple) else new


def media_kind_at(model: type[BaseModel], path: FieldPath) -> MediaKind | None:
    """Tell the kind of media that the field at this path takes; None if it takes none."""
    field = model.model_fields.get(str(path[0])) if path else None
    if field is None:
        return None
    if takes_anywhere(model, path):
        return media_kind_of_argument(path[1:])
    if (kind := _takes(field.metadata) or _takes_inside(field.annotation)) is not None:
        return kind
    nested = _nested_model(field.annotation)
    rest = path[2:] if len(path) > 1 and isinstance(path[1], int) else path[1:]
    return media_kind_at(nested, rest) if nested is not None else None


def takes_anywhere(model: type[BaseModel], path: FieldPath) -> bool:
    """Tell whether this path leads into free JSON, where any name may hold a medium."""
    field = model.model_fields.get(str(path[0])) if len(path) > 1 else None
    return field is not None and any(isinstance(mark, TakesAnywhere) for mark in field.metadata)


def wants_list(model: type[BaseModel], path: FieldPath) -> bool:
    """Tell whether the field at this path takes a list; an item of a list does not."""
    reader = model_at(model, path[:-1])
    field = reader.model_fields.get(str(path[-1])) if reader is not None else None
    if field is None or isinstance(path[-1], int):
        return False
    return list in (get_origin(field.annotation), *map(get_origin, get_args(field.annotation)))


def model_at(model: type[BaseModel], path: FieldPath) -> type[BaseModel] | None:
    """Find the model that reads the mapping at this path; None if the field takes no mapping."""
    if not path:
        return model
    field = model.model_fields.get(str(path[0]))
    if field is None or media_kind_at(model, path[:1]) is not None:
        return None
    nested = _nested_model(field.annotation)
    rest = path[2:] if len(path) > 1 and isinstance(path[1], int) else path[1:]
    return model_at(nested, rest) if nested is not None else None


def _takes(metadata: Any) -> MediaKind | None:
    return next((mark.kind for mark in metadata if isinstance(mark, Takes)), None)


def _takes_inside(annotation: Any) -> MediaKind | None:
    if (found := _takes(getattr(annotation, "__metadata__", ()))) is not None:
        return found
    inside = (_takes_inside(part) for part in get_args(annotation))
    return next((kind for kind in inside if kind is not None), None)


def _nested_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = (_nested_model(part) for part in get_args(annotation))
    return next((model for model in inside if model is not None), None)


MOST_LEVELS = 32

_ASSET = frozenset(Asset.model_fields)


class TakesAnywhere:
    """Marks a field that holds free JSON, with media anywhere in it."""


def read_free_json(value: Any) -> Any:
    """Read a mapping of free JSON.

    A text is a medium if its name means one (``image_url``). A path object and a task's result are
    media under any name. Numbers are exact: ``1.0`` is 1, and a float is read as the decimal that
    Python prints for it.

    Raises:
        PydanticCustomError: A value in it is no JSON; the message names its path.
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
    """Write a path as in a pipeline file: ``options.pictures[0]``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def as_number(value: Any) -> Any:
    """Convert an exact decimal to a JSON number; give any other scalar unchanged."""
    return float(value) if isinstance(value, Decimal) else value
