"""Walk over arguments: models, mappings and lists, with references and scalars in them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias, TypeGuard, get_args

from pydantic import BaseModel

from shotgraph.model.references import Asset, MediaRef

FieldPath: TypeAlias = tuple[str | int, ...]
"""The names and list positions that lead to a value, from the outside in."""


_REFS = frozenset(get_args(MediaRef))
_SCALARS = frozenset({str, int, bool, type(None), Decimal, Fraction})


def is_ref(value: Any) -> TypeGuard[MediaRef]:
    """Tell whether a value is a reference to a medium."""
    # Called for every value of a thousand steps; `isinstance` with a model is far slower.
    its_type = type(value)
    return its_type in _REFS or (its_type not in _SCALARS and isinstance(value, Asset))


def fields_of(model: BaseModel) -> dict[str, Any]:
    """Give every field of a model, in the order of its class.

    The stand-in for a step with a wrong body may lack a field.
    """
    values = model.__dict__
    return {name: values[name] for name in type(model).model_fields if name in values}


def _same(value: Any) -> Any:
    return value


def _new(old: Any, new: Any) -> Any:
    return new


def walk(
    value: Any,
    on_ref: Callable[[MediaRef], Any],
    on_scalar: Callable[[Any], Any] = _same,
    *,
    fields: Callable[[BaseModel], Mapping[str, Any]] = fields_of,
    rebuilt: Callable[[Any, Any], Any] = _new,
) -> Any:
    """Make a new tree from an old one, which is not changed.

    Args:
        value: A model, mapping, list or tuple; or a reference or scalar alone.
        on_ref: Gives the new value for a reference to a medium.
        on_scalar: Gives the new value for any other value without values inside.
        fields: Gives the fields of a model that are walked, under their new names.
        rebuilt: Gives the new value for a model, mapping or list. It gets the old value, and a new
            dict or list of the new values inside.
    """
    if type(value) in _SCALARS:
        return on_scalar(value)
    if is_ref(value):
        return on_ref(value)
    if isinstance(value, list | tuple):
        items = [walk(item, on_ref, on_scalar, fields=fields, rebuilt=rebuilt) for item in value]
        return rebuilt(value, items)
    if not isinstance(value, dict | BaseModel):
        return on_scalar(value)
    inside = value if isinstance(value, dict) else fields(value)
    named = {
        name: walk(item, on_ref, on_scalar, fields=fields, rebuilt=rebuilt)
        for name, item in inside.items()
    }
    return rebuilt(value, named)


def each_value(value: Any, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Any]]:
    """Yield each model, mapping, list, reference and scalar of a tree, from the outside in.

    Args:
        value: The tree.
        path: The path of the tree itself; the paths of its values begin with it.
    """
    yield path, value
    inside: Iterable[tuple[str | int, Any]]
    if isinstance(value, list | tuple):
        inside = enumerate(value)
    elif isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, BaseModel) and not is_ref(value):
        inside = fields_of(value).items()
    else:
        return
    for part, item in inside:
        here = (*path, part)
        if type(item) in _SCALARS or is_ref(item):
            yield here, item
        else:
            yield from each_value(item, here)
