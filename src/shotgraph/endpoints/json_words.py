"""What jsonschema finds, in the words of a person who wrote the file."""

from collections.abc import Callable
from typing import Any

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
_MOST_SHOWN = 60


def complaint(error: Any) -> tuple[tuple[str | int, ...], str, str]:
    """Say where a finding is, what is wrong there, and what is allowed ("" if that is not said).

    Args:
        error: A ``jsonschema.ValidationError``.
    """
    from jsonschema.exceptions import best_match  # type: ignore[import-untyped]

    if error.context:
        # Of several forms, what is wrong with the nearest one says most.
        error = best_match([error])
    path = tuple(error.absolute_path)
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return (*path, missing[0]), "is missing", ""
    word = str(error.validator)
    stricter = f"exclusive{word.capitalize()}"
    say = _SAID.get(stricter if error.schema.get(stricter) is True else word)
    if say is None:
        return path, "is not what the endpoint takes", ""
    return path, f"{_shown(error.instance)} is given", say(error.validator_value)


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "a mapping"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = str(value)
    short = text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"
    return f'"{short}"' if isinstance(value, str) else short


def _type(said: Any) -> str:
    names = said if isinstance(said, list) else [said]
    return " or ".join(_TYPES.get(str(name), str(name)) for name in names)


def _choices(said: Any) -> str:
    return ", ".join(str(choice) for choice in said)


_SAID: dict[str, Callable[[Any], str]] = {
    "type": _type,
    "enum": _choices,
    "const": str,
    "minimum": lambda said: f"from {said} up",
    "maximum": lambda said: f"at most {said}",
    "exclusiveMinimum": lambda said: f"above {said}",
    "exclusiveMaximum": lambda said: f"below {said}",
    "multipleOf": lambda said: f"multiples of {said}",
    "minLength": lambda said: f"at least {said} characters",
    "maxLength": lambda said: f"at most {said} characters",
    "minItems": lambda said: f"at least {said} of them",
    "maxItems": lambda said: f"at most {said} of them",
    "additionalProperties": lambda said: "only names that the endpoint knows",
}
