"""The allowed values of an option or a setting, in our words; pydantic's words name its types."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from shotgraph.foreign_text import shown

_ALLOWED = {
    "float": "a number, such as 1.5",
    "decimal": "a number, such as 1.5",
    "int": "a whole number, such as 2",
    "bool": "true or false",
    "string": "text",
    "finite_number": "a number, and neither inf nor nan",
    "extra_forbidden": "only the names in the reference; there is none of that name",
}
_BOUNDS = {
    "greater_than": "above {gt}",
    "greater_than_equal": "from {ge} up",
    "less_than": "below {lt}",
    "less_than_equal": "at most {le}",
    "string_too_long": "at most {max_length} characters",
}


def allowed_words(kind: str, context: Mapping[str, Any]) -> str:
    """Give the allowed values for a finding of pydantic; '' if it is not known here.

    Args:
        kind: The finding's type.
        context: Its context: bounds and choices.
    """
    if kind == "literal_error" or kind == "enum":
        return str(context["expected"]).replace("'", "").replace(" or ", ", ")
    if (bound := _BOUNDS.get(kind)) is not None:
        return bound.format(**context)
    return _ALLOWED.get(kind) or _ALLOWED.get(kind.partition("_")[0], "")


def own_words(error: ValidationError) -> str:
    """Describe the wrong value of an option: the value, and the allowed values."""
    said = []
    for found in error.errors(include_url=False):
        allowed = allowed_words(found["type"], found.get("ctx", {}))
        message = found["msg"].removeprefix("Value error, ").rstrip(".")
        said.append(
            f'"{shown(str(found["input"]))}" is given; allowed: {allowed}' if allowed else message
        )
    return "; ".join(dict.fromkeys(said))
