"""Check arguments against the OpenAPI document of their endpoint."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from shotgraph.model.fields import as_number
from shotgraph.model.walk import walk

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
    """Give the path of an error, the fault, and the allowed values ("" if not known).

    Args:
        error: A ``jsonschema.ValidationError``.
    """
    from jsonschema.exceptions import best_match  # type: ignore[import-untyped]

    if error.context:
        # If several forms are allowed, the errors of the nearest form are the most useful.
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


_WORDS = (
    "$ref",
    "allOf",
    "anyOf",
    "oneOf",
    "properties",
    "items",
    "required",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "additionalProperties",
    "const",
)
"""Words with the same meaning in OpenAPI and in JSON Schema. `pattern` is not among them: a pattern
from a foreign document can take very long."""


def limits_checker(schema: Mapping[str, Any]) -> Any:
    """Make a validator (of the package jsonschema) that knows these words, and OpenAPI's own.

    It fetches nothing: a reference to another document is an error.
    """
    from referencing import Registry

    return _checker_class()(dict(schema), registry=Registry())


@cache
def _checker_class() -> Any:
    # Imported only when a schema is used: the package is large, and most runs use no schema.
    from jsonschema import Draft202012Validator, validators  # type: ignore[import-untyped]

    known = Draft202012Validator.VALIDATORS
    words = {word: known[word] for word in _WORDS}
    for word in ("type", "enum"):
        words[word] = _unless_null(known[word])
    words["minimum"] = _bound(known["minimum"], known["exclusiveMinimum"], "exclusiveMinimum")
    words["maximum"] = _bound(known["maximum"], known["exclusiveMaximum"], "exclusiveMaximum")
    words["exclusiveMinimum"] = _number_only(known["exclusiveMinimum"])
    words["exclusiveMaximum"] = _number_only(known["exclusiveMaximum"])
    return validators.create(
        meta_schema=Draft202012Validator.META_SCHEMA,
        validators=words,
        type_checker=Draft202012Validator.TYPE_CHECKER,
    )


def _unless_null(check: Any) -> Any:
    """Read ``nullable`` of OpenAPI 3.0, for which JSON Schema has a type."""

    def checked(validator: Any, said: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if not (instance is None and schema.get("nullable") is True):
            yield from check(validator, said, instance, schema) or ()

    return checked


def _bound(inclusive: Any, exclusive: Any, word: str) -> Any:
    """Read ``exclusiveMinimum: true`` of OpenAPI 3.0, which makes ``minimum`` exclusive."""

    def checked(validator: Any, said: Any, instance: Any, schema: Any) -> Iterator[Any]:
        check = exclusive if schema.get(word) is True else inclusive
        yield from check(validator, said, instance, schema) or ()

    return checked


def _number_only(check: Any) -> Any:
    def checked(validator: Any, said: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if not isinstance(said, bool):
            yield from check(validator, said, instance, schema) or ()

    return checked


JsonPath: TypeAlias = tuple[str | int, ...]

MOST_BYTES = 4_000_000

A_URL = "https://v3.fal.media/files/b/medium"
"""Stands for a medium, which is sent as a URL."""
JSON = "application/json"
_MOST_REFERENCES = 20
_MOST_FINDINGS = 20


class BadSchema(ValueError):
    """A document does not describe the arguments of an endpoint."""


@dataclass(frozen=True)
class SchemaFinding:
    """An argument that an endpoint would refuse, or an output that it does not make.

    Attributes:
        path: Its path in the arguments or in the reply.
        what: The problem in words.
        allowed: The values that are allowed.
        nearest: The right name nearest to the written name.
        of_name: Whether the last name of the path is wrong, and not the value.
    """

    path: JsonPath
    what: str
    allowed: str = ""
    nearest: str = ""
    of_name: bool = False

    @property
    def said(self) -> str:
        """The finding in one line."""
        allowed = f"; allowed: {self.allowed}" if self.allowed else ""
        return f"{self.what}{allowed}" + (f"; did you mean {self.nearest}?" if self.nearest else "")


def document_in(file: Path) -> Mapping[str, Any]:
    """Read a document from a JSON file.

    Raises:
        BadSchema: The file can't be read, or is no OpenAPI document.
    """
    try:
        found = file.stat()
    except OSError as error:
        raise BadSchema(f"can't be read: {error.strerror}") from None
    return _document(file, (found.st_mtime_ns, found.st_size))


# Each run of a step with for_each reads the same file.
@lru_cache(maxsize=4)
def _document(file: Path, stamp: tuple[int, int]) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadSchema(f"can't be read: {error.strerror}") from None
    if len(data) > MOST_BYTES:
        raise BadSchema(f"has over {MOST_BYTES} bytes, and is not read")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise BadSchema("is no JSON") from None
    if not isinstance(document, dict):
        raise BadSchema("is no OpenAPI document")
    return document


def check_arguments(
    document: Mapping[str, Any], endpoint_id: str, values: Mapping[str, Any]
) -> list[SchemaFinding]:
    """Check free JSON against the documented arguments of an endpoint.

    Args:
        document: The endpoint's OpenAPI document.
        endpoint_id: The endpoint's full id.
        values: The arguments, with media in them.

    Raises:
        BadSchema: The document does not describe the endpoint's arguments.
    """
    root = _with_components(document, _input_schema(document, endpoint_id))
    instance = walk(dict(values), lambda ref: A_URL, as_number)
    try:
        errors = list(limits_checker(root).iter_errors(instance))
        unknown = list(_unknown(document, root, instance, ()))
    except RecursionError:
        raise BadSchema("what it says of the arguments refers to itself without end") from None
    except Exception as error:  # from jsonschema: a broken reference, or no schema
        raise BadSchema(f"what it says of the arguments can't be followed: {error}") from None
    found = [SchemaFinding(*complaint(error)) for error in errors]
    return (found + unknown)[:_MOST_FINDINGS]


def _input_schema(document: Mapping[str, Any], endpoint_id: str) -> Mapping[str, Any]:
    paths = document.get("paths")
    if not isinstance(paths, dict):
        raise BadSchema("it has no paths, so it is no OpenAPI document")
    posts = {path: each["post"] for path, each in paths.items() if _has(each, "post")}
    post = posts.get(f"/{endpoint_id}")
    if post is None and len(posts) == 1 and "/" in posts:
        post = posts["/"]
    schema = dig(post, "requestBody", "content", JSON, "schema")
    if not isinstance(schema, dict):
        paths = ", ".join(str(path) for path in list(posts)[:5]) or "none"
        raise BadSchema(f"it does not say what is sent to /{endpoint_id}; its paths are: {paths}")
    return schema


def names_of(document: Mapping[str, Any], schema: Any) -> dict[str, Any] | None:
    """The names that a mapping may have; None if the document allows others."""
    here = followed(document, schema)
    names = here.get("properties")
    if not isinstance(names, dict) or here.get("additionalProperties", False) is not False:
        return None
    if any(word in here for word in ("allOf", "anyOf", "oneOf", "patternProperties")):
        return None
    return names


def _unknown(
    document: Mapping[str, Any], schema: Any, value: Any, path: JsonPath
) -> Iterator[SchemaFinding]:
    """Find unknown names in a mapping; fal's documents do not forbid unknown names."""
    if isinstance(value, list):
        items = followed(document, schema).get("items")
        for number, item in enumerate(value):
            yield from _unknown(document, items, item, (*path, number))
    names = names_of(document, schema)
    if not isinstance(value, dict) or names is None:
        return
    for name, item in value.items():
        if name in names:
            yield from _unknown(document, names[name], item, (*path, name))
        elif "additionalProperties" not in followed(document, schema):
            near = get_close_matches(name, names, n=1)
            allowed = ", ".join(sorted(names))
            nearest = near[0] if near else ""
            yield SchemaFinding((*path, name), "is not known", allowed, nearest, of_name=True)


def followed(document: Mapping[str, Any], schema: Any) -> Mapping[str, Any]:
    """Follow references, a single ``allOf``, and "this or null"."""
    here = schema
    for _ in range(_MOST_REFERENCES):
        if not isinstance(here, dict):
            return {}
        reference = here.get("$ref")
        choices = here.get("allOf") or here.get("anyOf") or here.get("oneOf") or []
        real = [each for each in choices if dig(each, "type") != "null"]
        if isinstance(reference, str) and reference.startswith("#/"):
            here = dig(document, *reference[2:].split("/"))
        elif len(real) == 1 and "properties" not in here:
            here = real[0]
        else:
            return here
    return {}


def _with_components(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    # The schema refers to "#/components/…", so the components are added to it.
    return {**schema, "components": document.get("components", {})}


def _has(value: Any, name: str) -> bool:
    return isinstance(value, dict) and name in value


def dig(value: Any, *names: str) -> Any:
    """Get a value in nested mappings; None if a name is missing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
