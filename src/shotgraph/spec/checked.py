"""Check values against their model, and find every problem in one pass.

pydantic compares fields with each other only after each one is right by itself. So that a wrong
field hides nothing, a stand-in replaces it, and the model reads the values again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shotgraph.model.fields import media_kind_at, model_at, wants_list
from shotgraph.model.references import LocalFile
from shotgraph.spec.document import Document, Path
from shotgraph.spec.findings import nearest_choice, problem_of
from shotgraph.spec.problem import Problem

Model = TypeVar("Model", bound=BaseModel)

_MOST_ROUNDS = 4
NOTHING: Any = object()
"""The stand-in of a field that can be left out."""
_TEXT = "text to be given"


@dataclass(frozen=True)
class Checked(Generic[Model]):
    """The result of a check.

    Attributes:
        value: The model, with stand-ins for wrong values; None if none could be made.
        problems: What is wrong.
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
    """Read values by a model.

    Args:
        model: The model.
        values: The values, by the names of its fields.
        document: The file that they stand in.
        base: Where in that file.
        unsure: Paths below `base` that hold stand-ins already: a finding about one of them, or
            one that follows out of one, says nothing about the file.
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
                break  # it is between fields that are right by themselves
            for one in found:
                values = _without(values, one, model, document, base)
                stand_ins.add(_path(one))
        else:
            return Checked(value, problems, stand_ins)
    return Checked(None, problems, stand_ins)


def stand_in(model: type[BaseModel], path: Path) -> Any:
    """Make a value that the field at a path takes; `NOTHING` if it is one that can be left out."""
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
    return _TEXT


def _least(model: type[BaseModel]) -> dict[str, Any]:
    required = (name for name, field in model.model_fields.items() if field.is_required())
    return {name: stand_in(model, (name,)) for name in required}


def _path(found: ErrorDetails) -> Path:
    return tuple(found["loc"])


def _is_unread(found: ErrorDetails, document: Document, base: Path) -> bool:
    """Tell whether a finding is about something that could not be read."""
    where = (*base, *_path(found))
    may_be_there = found["type"] == "missing" and document.is_unread((*where[:-1], "<<"))
    return may_be_there or document.is_unread(where)


def _follows(found: ErrorDetails, unsure: set[Path]) -> bool:
    """Whether a finding only follows from a stand-in."""
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
        if not near or _at(values, meant) is not NOTHING:
            return left
        # A field under a wrong name is the field.
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
