"""Check values against their model, and report every problem in one pass, in plain words.

pydantic compares fields with each other only after each field is valid, so a wrong field would
hide problems. A stand-in replaces the wrong value, and the model reads the values again.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path as FilePath
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from shotgraph.model.fields import media_kind_at, model_at, wants_list
from shotgraph.model.references import Asset, LocalFile, RemoteUrl, StepOutput
from shotgraph.spec.document import Document, Path
from shotgraph.spec.meant import meant, meant_number, meant_transition, nearest_name
from shotgraph.spec.picture_words import meant_box, meant_factor, meant_format
from shotgraph.spec.problem import Problem

Model = TypeVar("Model", bound=BaseModel)

_MOST_ROUNDS = 4
NOTHING: Any = object()
"""The stand-in of an optional field."""
_TEXT = "text to be given"
_MOST_DIGITS = 16


@dataclass(frozen=True)
class Checked(Generic[Model]):
    """The result of a check.

    Attributes:
        value: The model, with stand-ins for wrong values; None if no model could be made.
        problems: The problems found.
        unsure: The paths of the stand-ins.
    """

    value: Model | None
    problems: list[Problem]
    unsure: set[Path]


def check(
    model: type[Model],
    values: Any,
    document: Document,
    base: Path,
    *,
    unsure: Iterable[Path] = (),
) -> Checked[Model]:
    """Read values with a model.

    Args:
        values: The values, by field name.
        document: The file that holds the values.
        base: The path of the values in that file.
        unsure: Paths below `base` that already hold stand-ins. A finding about a stand-in, or one
            caused by a stand-in, is no problem of the file.
    """
    problems: list[Problem] = []
    stand_ins = set(unsure)
    for _ in range(_MOST_ROUNDS):
        try:
            value = model.model_validate(values, by_alias=False, by_name=True)
        except ValidationError as error:
            found = error.errors(include_url=False)
            known = set(stand_ins)
            problems += [
                problem_of(one, model, document, base)
                for one in found
                if not _follows(one, known) and not _is_unread(one, document, base)
            ]
            if any(not _path(one) for one in found):
                break  # the finding is about several fields, each of them valid
            for one in found:
                values = _without(values, one, model, document, base)
                stand_ins.add(_path(one))
        else:
            return Checked(value, problems, stand_ins)
    return Checked(None, problems, stand_ins)


def stand_in(model: type[BaseModel], path: Path) -> Any:
    """Make a value that the field at a path accepts; `NOTHING` if the field is optional."""
    kind = media_kind_at(model, path)
    if kind is not None:
        medium = LocalFile(file=FilePath(f"a {kind} to be given"))
        return [medium] if wants_list(model, path) else medium
    if path and isinstance(path[-1], int):
        inner = model_at(model, path)
        return _least(inner) if inner is not None else _TEXT
    reader = model_at(model, path[:-1])
    field = reader.model_fields.get(str(path[-1])) if reader is not None and path else None
    if field is None or not field.is_required():
        return NOTHING
    return _taken_by(field)


def _least(model: type[BaseModel]) -> dict[str, Any]:
    required = (name for name, field in model.model_fields.items() if field.is_required())
    return {name: stand_in(model, (name,)) for name in required}


def _taken_by(field: FieldInfo) -> Any:
    """Make a value that a field accepts: pydantic compares no fields while one is refused."""
    kind: Any = Annotated[field.annotation, field]
    taker = TypeAdapter(kind)
    for value in (_TEXT, 1):
        try:
            taker.validate_python(value)
        except ValidationError:
            continue
        return value
    return _TEXT


def _path(found: ErrorDetails) -> Path:
    return tuple(found["loc"])


def _is_unread(found: ErrorDetails, document: Document, base: Path) -> bool:
    """Tell whether a finding is about a part of the file that could not be read."""
    where = (*base, *_path(found))
    may_be_there = found["type"] == "missing" and document.is_unread((*where[:-1], "<<"))
    return may_be_there or document.is_unread(where)


def _follows(found: ErrorDetails, unsure: set[Path]) -> bool:
    """Whether a stand-in is the only cause of a finding."""
    where = _path(found)
    if any(where[: len(path)] == path for path in unsure):
        return True
    context = found.get("ctx", {})
    if "field" not in context:
        return False
    if "by" in context:
        return any((*where, name) in unsure for name in context["by"])
    field = (*where, context["field"])
    return any(path[: len(field)] == field for path in unsure)


def _without(
    values: Any, found: ErrorDetails, model: type[BaseModel], document: Document, base: Path
) -> Any:
    """Copy the values with a stand-in at the place of a finding."""
    where = _path(found)
    if found["type"] == "extra_forbidden":
        near = problem_of(found, model, document, base).nearest
        meant, left = (*where[:-1], near), _put(values, where, NOTHING)
        # What is suggested may also be a text that the key is a part of.
        is_field = near in _sibling_fields(model, found["loc"])
        if not is_field or _at(values, meant) is not NOTHING:
            return left
        # The value under a misspelled name is read as the value of the field.
        document.moved[(*base, *meant)] = (*base, *where)
        return _put(left, meant, found["input"])
    choice = nearest_choice(found)
    return _put(values, where, choice or stand_in(model, where))


def _put(values: Any, path: Path, value: Any) -> Any:
    name, *rest = path
    if isinstance(values, dict):
        copy: Any = dict(values)
    elif isinstance(values, list) and isinstance(name, int) and name < len(values):
        copy = list(values)
    else:
        return values
    if rest:
        copy[name] = _put(copy[name], tuple(rest), value) if _has(copy, name) else value
    elif value is not NOTHING:
        copy[name] = value
    elif isinstance(copy, dict):
        copy.pop(name, None)
    return copy


def _at(values: Any, path: Path) -> Any:
    for part in path:
        if not isinstance(values, dict) or part not in values:
            return NOTHING
        values = values[part]
    return values


def _has(values: Any, name: Any) -> bool:
    return name in values if isinstance(values, dict) else True


_WANTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
}
_BOUNDS = {
    "greater_than": "above {}",
    "greater_than_equal": "from {} up",
    "less_than": "below {}",
    "less_than_equal": "at most {}",
}


def problem_of(
    found: ErrorDetails, model: type[BaseModel], document: Document, base: Path
) -> Problem:
    """Turn a finding into a problem.

    Args:
        found: The finding.
        model: The model that read the value.
        document: The file.
        base: The path of the model's values in the file.
    """
    kind, context = found["type"], found.get("ctx", {})
    path: Path = (*base, *found["loc"])
    if kind == "extra_forbidden":
        return document.unknown_key(path, _sibling_fields(model, found["loc"]))
    if kind == "missing":
        what = f'"{path[-1]}" is missing'
        return document.problem(path[:-1], what, of_key=True)
    if "field" in context:
        return document.problem(
            (*path, context["field"]),
            found["msg"],
            nearest=context.get("nearest", ""),
            part=context.get("part", ""),
        )
    its_own = ValueWords(f"{shown(found['input'])}: {_lower(found['msg'])}")
    words = value_words(found, model) or its_own
    if kind in ("string_too_short", "too_short", "too_long") or kind in _BOUNDS:
        nearest = ""
    elif kind == "literal_error":
        nearest = nearest_choice(found)
    else:
        nearest = _meant(found, document.raw(path))
    return document.problem(path, words.what, allowed=words.allowed, nearest=nearest)


class ValueWords(NamedTuple):
    """The fault of a value, and the allowed values; `allowed` is empty if `what` names them."""

    what: str
    allowed: str = ""


def value_words(found: ErrorDetails, model: type[BaseModel]) -> ValueWords | None:
    """Give the words for a wrong value; None if pydantic's own message is used.

    Args:
        found: The finding.
        model: The model that read the value.
    """
    kind, context = found["type"], found.get("ctx", {})
    if kind == "string_too_short":
        return ValueWords("the text is empty")
    if kind == "too_short":
        return ValueWords("the list is empty")
    if kind == "too_long":
        return ValueWords(
            f"{context['actual_length']} are given", f"at most {context['max_length']}"
        )
    if kind == "literal_error":
        what = f"{shown(found['input'])} is not one of the choices"
        return ValueWords(what, ", ".join(_choices(found)))
    given = f"{shown(found['input'])} is given"
    if (wanted := _WANTED.get(kind)) is not None:
        return ValueWords(given, wanted)
    if (bound := _BOUNDS.get(kind)) is not None:
        allowed = _both_bounds(model, found["loc"]) or bound.format(*context.values())
        return ValueWords(given, allowed)
    if found["msg"].startswith("is "):
        return ValueWords(f"{shown(found['input'])} {found['msg']}")
    return None


def _both_bounds(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    """Write the range of a number with two bounds; a finding names only one bound."""
    reader = model_at(model, loc[:-1])
    field = reader.model_fields.get(str(loc[-1])) if reader is not None else None
    if field is None:
        return ""
    kind: Any = Annotated[field.annotation, field]
    schema = TypeAdapter(kind).json_schema()
    parts = [schema, *schema.get("anyOf", [])]
    least, most = (
        next((part[name] for part in parts if name in part), None)
        for name in ("minimum", "maximum")
    )
    return f"from {least:g} to {most:g}" if least is not None and most is not None else ""


def nearest_choice(found: ErrorDetails) -> str:
    """Find the choice nearest to a wrong value; '' if none is near, or the field has no choices."""
    if found["type"] != "literal_error":
        return ""
    written, choices = found["input"], _choices(found)
    if isinstance(written, Decimal) and written == written.to_integral_value():
        written = str(int(written))
    if not isinstance(written, str):
        return ""
    number = meant_number(written)
    return number if number in choices else nearest_name(written, choices)


_MAPPINGS: Mapping[str, Callable[[Any], str]] = {
    "transition": meant_transition,
    "box": meant_box,
    "format": meant_format,
}
"""Suggestions for fields that take a mapping."""


def _meant(found: ErrorDetails, written: Any) -> str:
    value, where = found["input"], tuple(found["loc"])
    if found["type"] in ("model_type", "model_attributes_type") and where:
        find = _MAPPINGS.get(str(where[-1]))
        return find(value) if find is not None else ""
    if found["type"] == "factor":
        near = meant_factor(value)
        least, most = (Decimal(found["ctx"][name]) for name in ("least", "most"))
        return near if near and least <= Decimal(near) <= most else ""
    return meant(found["type"], written if isinstance(value, dict | list) else value)


def _choices(found: ErrorDetails) -> list[str]:
    return re.findall(r"'([^']*)'", str(found["ctx"]["expected"]))


def _sibling_fields(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """List the fields of the (possibly nested) model that holds the last part of `loc`."""
    here: type[BaseModel] = model
    for part in loc[:-1]:
        if isinstance(part, str) and part in here.model_fields:
            here = _model_in(here.model_fields[part].annotation) or here
    return list(here.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((found for found in inner if found is not None), None)


def shown(value: Any) -> str:
    """Write a value as it is in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) >= 10**40:
        return "a number of more than 40 digits"
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < _MOST_DIGITS:
        return f"{value:f}"
    if isinstance(value, int | Decimal | Fraction):
        return str(value)
    if isinstance(value, list):
        return "a list"
    if isinstance(value, StepOutput | Asset):
        return f"a {value.kind}"
    if isinstance(value, LocalFile | RemoteUrl):
        return "a media file"
    if isinstance(value, dict | BaseModel):
        return "a mapping"
    text = str(value)
    return f'"{text[:57]}…"' if len(text) > 60 else f'"{text}"'


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
