"""The part of JSON Schema that an endpoint's limits are written in."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

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
"""Words that mean in OpenAPI what they mean in JSON Schema. No pattern is among them: one out of
a document from elsewhere can take for ever."""


def limits_checker(schema: Mapping[str, Any]) -> Any:
    """Make a validator (of the package jsonschema) that knows these words, and OpenAPI's own.

    It fetches nothing: a reference that leads out of the document is an error.
    """
    from referencing import Registry

    return _checker_class()(dict(schema), registry=Registry())


@cache
def _checker_class() -> Any:
    # Loaded where a schema is used: it is no small package, and most runs have none.
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
    """OpenAPI 3.0 says ``nullable`` beside a type, where JSON Schema has a type for it."""

    def checked(validator: Any, said: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if not (instance is None and schema.get("nullable") is True):
            yield from check(validator, said, instance, schema) or ()

    return checked


def _bound(inclusive: Any, exclusive: Any, word: str) -> Any:
    """In OpenAPI 3.0 ``exclusiveMinimum: true`` changes what ``minimum`` means."""

    def checked(validator: Any, said: Any, instance: Any, schema: Any) -> Iterator[Any]:
        check = exclusive if schema.get(word) is True else inclusive
        yield from check(validator, said, instance, schema) or ()

    return checked


def _number_only(check: Any) -> Any:
    def checked(validator: Any, said: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if not isinstance(said, bool):
            yield from check(validator, said, instance, schema) or ()

    return checked
