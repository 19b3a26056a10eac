"""What a reference looks like, and where one may stand in place of a value."""

from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_PATH = rf"{_NAME}(\.{_NAME})?"
NAME_PATTERN = rf"^{_NAME}$"
LONGEST_NAME = 64

DEFINITIONS: dict[str, Schema] = {
    "name": {
        "type": "string",
        "pattern": NAME_PATTERN,
        "maxLength": LONGEST_NAME,
        "description": "Letters, digits and '_', not starting with a digit.",
    },
    "reference": {
        "type": "string",
        "pattern": rf"^\$({_PATH}|\{{{_PATH}\}})$",
        "description": "A parameter, or what a step makes: $shot, or $step.field for another of "
        "its outputs; $step.first and $step.last are the ends of a list.",
        "examples": ["$shot", "$next.last"],
    },
    "filled_in": {
        "type": "string",
        "pattern": rf"\$\{{?{_NAME}",
        "description": "A reference, or a text with references to parameters inside.",
        "examples": ["$length", "${length}"],
    },
    "video": {
        "type": "string",
        "minLength": 1,
        "description": "A video: a reference, a path below the file's folder, or an https URL.",
        "examples": ["$shot", "clips/harbour.mp4", "https://example.com/harbour.mp4"],
    },
    "image": {
        "type": "string",
        "minLength": 1,
        "description": "An image: a reference, a path below the file's folder, or an https URL.",
        "examples": ["$still", "stills/lamp.png", "https://example.com/lamp.png"],
    },
    "audio": {
        "type": "string",
        "minLength": 1,
        "description": "A sound: a reference, a path below the file's folder, or an https URL.",
        "examples": ["$music", "sounds/waltz.m4a", "https://example.com/waltz.m4a"],
    },
}


def ref(name: str) -> Schema:
    """Point to a definition."""
    return {"$ref": f"#/$defs/{name}"}


def either(*schemas: Schema) -> Schema:
    """Allow any of some schemas; what is an ``anyOf`` itself becomes part of it."""
    flat: list[Schema] = []
    for schema in schemas:
        inner = schema["anyOf"] if schema.keys() == {"anyOf"} else [schema]
        flat += [item for item in inner if item not in flat]
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


def or_filled_in(schema: Schema) -> Schema:
    """Allow a scalar, or a text that becomes one when its references are followed."""
    return either(schema, ref("filled_in"))


def or_reference(schema: Schema) -> Schema:
    """Allow a value, or a reference to one."""
    return either(schema, ref("reference"))
