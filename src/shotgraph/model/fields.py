"""Where media stand inside the arguments of a step: found, and replaced."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeAlias, TypeVar, get_args, get_origin

from pydantic import BaseModel

from shotgraph.model.free_json import TakesAnywhere
from shotgraph.model.references import (
    Asset,
    LocalFile,
    MediaKind,
    MediaRef,
    RemoteUrl,
    StepOutput,
    Takes,
    media_kind_of_argument,
)

FieldPath: TypeAlias = tuple[str | int, ...]
Arguments = TypeVar("Arguments", bound=BaseModel)

_REFS = (Asset, LocalFile, RemoteUrl, StepOutput)


Found: TypeAlias = tuple[FieldPath, MediaKind | None, MediaRef]
"""Where a medium stands, the kind that is wanted there (None: any), and what is there."""


def media_in(arguments: BaseModel) -> Iterator[Found]:
    """Go through the media of some arguments: where each stands, what is wanted, what is there."""
    for name, wanted in _wanted(type(arguments)).items():
        value = getattr(arguments, name, None)
        if value is not None and type(value) is not str:
            yield from _media_in_value(value, wanted, (name,))


@cache
def _wanted(model: type[BaseModel]) -> dict[str, MediaKind | None]:
    return {
        name: _takes(field.metadata) or _takes_inside(field.annotation)
        for name, field in model.model_fields.items()
    }


def _media_in_value(value: Any, wanted: MediaKind | None, path: FieldPath) -> Iterator[Found]:
    if isinstance(value, _REFS):
        if wanted is not None:
            yield path, wanted, value
    elif isinstance(value, BaseModel):
        for inner, kind, ref in media_in(value):
            yield (*path, *inner), kind, ref
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _media_in_value(item, wanted, (*path, number))
    elif isinstance(value, dict):
        yield from _media_in_json(value, path)


def _media_in_json(value: Any, path: FieldPath) -> Iterator[Found]:
    """Go through free JSON: a medium's own kind is wanted, else the one that its name says."""
    if isinstance(value, Asset | StepOutput):
        yield path, value.kind, value
    elif isinstance(value, _REFS):
        yield path, media_kind_of_argument(path), value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _media_in_json(item, (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _media_in_json(item, (*path, number))


def with_media(arguments: Arguments, replaced: Callable[[MediaRef], MediaRef]) -> Arguments:
    """Copy some arguments with every medium replaced; which fields were set stays known."""
    changed = {
        name: _replaced(getattr(arguments, name), replaced) for name in arguments.model_fields_set
    }
    return arguments.model_copy(update=changed)


def _replaced(value: Any, replaced: Callable[[MediaRef], MediaRef]) -> Any:
    if isinstance(value, _REFS):
        return replaced(value)
    if isinstance(value, BaseModel):
        return with_media(value, replaced)
    if isinstance(value, list):
        return [_replaced(item, replaced) for item in value]
    if isinstance(value, dict):
        return {name: _replaced(item, replaced) for name, item in value.items()}
    return value


def media_kind_at(model: type[BaseModel], path: FieldPath) -> MediaKind | None:
    """Tell which kind of media the field at this path takes; None where it takes none."""
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
    """Tell whether this path leads into free JSON, where a medium may stand under any name."""
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
    """Tell which model reads the mapping at this path; None where no mapping belongs."""
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
