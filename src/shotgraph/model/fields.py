"""Where media stand inside the arguments of a step: found, and replaced."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar, get_args, get_origin

from pydantic import BaseModel

from shotgraph.model.free_json import TakesAnywhere
from shotgraph.model.references import (
    Asset,
    MediaKind,
    MediaRef,
    StepOutput,
    Takes,
    media_kind_of_argument,
)
from shotgraph.model.walk import FieldPath, each_value, is_ref, walk

Arguments = TypeVar("Arguments", bound=BaseModel)

Found: TypeAlias = tuple[FieldPath, MediaKind | None, MediaRef]
"""Where a medium stands, the kind that is wanted there (None: any), and what is there."""


def media_in(arguments: BaseModel) -> Iterator[Found]:
    """Go through the media of some arguments: where each stands, what is wanted, what is there."""
    for path, value in each_value(arguments):
        if is_ref(value):
            kind, is_free = _wanted(type(arguments), path)
            if is_free and isinstance(value, Asset | StepOutput):
                kind = value.kind
            if is_free or kind is not None:
                yield path, kind, value


@lru_cache(4096)
def _wanted(model: type[BaseModel], path: FieldPath) -> tuple[MediaKind | None, bool]:
    """Tell which kind is wanted at a path, and whether it is inside of free JSON."""
    return media_kind_at(model, path), takes_anywhere(model, path)


def with_media(arguments: Arguments, replaced: Callable[[MediaRef], MediaRef]) -> Arguments:
    """Copy some arguments with every medium replaced; which fields were set stays known."""
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
