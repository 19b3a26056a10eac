"""Turn pydantic's errors into problems with a place, in plain words."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from shotgraph.model.references import Asset, LocalFile, RemoteUrl, StepOutput
from shotgraph.spec.document import Document, Path
from shotgraph.spec.meant import meant, meant_number, meant_transition
from shotgraph.spec.nearest import nearest_name
from shotgraph.spec.problem import Problem

_WANTED = {
    "string_type": "text",
    "bool_type": "true or false",
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
        model: What the value was read by.
        document: The file.
        base: Where the value stands in it.
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
    if kind == "string_too_short":
        return document.problem(path, "the text is empty")
    if kind == "too_short":
        return document.problem(path, "the list is empty")
    if kind == "too_long":
        what = f"{context['actual_length']} are given"
        return document.problem(path, what, allowed=f"at most {context['max_length']}")
    if kind == "literal_error":
        what = f"{shown(found['input'])} is not one of the choices"
        allowed = ", ".join(_choices(found))
        return document.problem(path, what, allowed=allowed, nearest=nearest_choice(found))
    given, nearest = f"{shown(found['input'])} is given", _meant(found, document.raw(path))
    if (wanted := _WANTED.get(kind)) is not None:
        return document.problem(path, given, allowed=wanted, nearest=nearest)
    if (bound := _BOUNDS.get(kind)) is not None:
        allowed = bound.format(*context.values())
        return document.problem(path, given, allowed=allowed)
    if found["msg"].startswith("is "):
        what = f"{shown(found['input'])} {found['msg']}"
        return document.problem(path, what, nearest=nearest)
    what = f"{shown(found['input'])}: {_lower(found['msg'])}"
    return document.problem(path, what, nearest=nearest)


def nearest_choice(found: ErrorDetails) -> str:
    """Find the choice that was probably meant, if a finding is about one."""
    if found["type"] != "literal_error":
        return ""
    written, choices = found["input"], _choices(found)
    if isinstance(written, Decimal) and written == written.to_integral_value():
        written = str(int(written))
    if not isinstance(written, str):
        return ""
    number = meant_number(written)
    return number if number in choices else nearest_name(written, choices)


def _meant(found: ErrorDetails, written: Any) -> str:
    value, where = found["input"], tuple(found["loc"])
    if found["type"] in ("model_type", "model_attributes_type") and where[-1:] == ("transition",):
        return meant_transition(value)
    return meant(found["type"], written if isinstance(value, dict | list) else value)


def _choices(found: ErrorDetails) -> list[str]:
    return re.findall(r"'([^']*)'", str(found["ctx"]["expected"]))


def _sibling_fields(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """List the fields of the (possibly nested) model that the last part of loc was sought in."""
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
    """Show a value the way that it stands in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) >= 10**40:
        return "a number of more than 40 digits"
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
