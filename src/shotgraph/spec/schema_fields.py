"""The fields of a model as JSON Schema of a pipeline file.

pydantic writes the schema of each model. One hook then adds the other forms that a file may use
for a value: a reference, or a text with references inside.
"""

from typing import Any, TypeAlias, get_args

from pydantic import BaseModel

from shotgraph.model.references import MediaKind

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
        "description": "A parameter, or the output of a step: $shot, or $step.field for another "
        "output; $step.first and $step.last are the ends of a list.",
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
    "font": {
        "type": "string",
        "minLength": 1,
        "description": "A font: a path of a .ttf or .otf below the file's folder, or an https URL.",
        "examples": ["fonts/own.ttf", "https://example.com/own.otf"],
    },
}


def ref(name: str) -> Schema:
    """Point to a definition."""
    return {"$ref": f"#/$defs/{name}"}


def either(*schemas: Schema) -> Schema:
    """Allow any of several schemas; an ``anyOf`` among them is merged into the result."""
    flat: list[Schema] = []
    for schema in schemas:
        inner = schema["anyOf"] if schema.keys() == {"anyOf"} else [schema]
        flat += [item for item in inner if item not in flat]
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


def or_filled_in(schema: Schema) -> Schema:
    """Allow a scalar, or a text that becomes a scalar when its references are replaced."""
    return either(schema, ref("filled_in"))


def or_reference(schema: Schema) -> Schema:
    """Allow a value, or a reference to a value."""
    return either(schema, ref("reference"))


def model_schema(model: type[BaseModel]) -> Schema:
    """Write the schema of the mapping in a file that a model reads.

    Returns:
        The schema of an object; models inside of it are under ``$defs``, by their short names.
    """
    schema = model.model_json_schema(by_alias=False)
    inside = schema.pop("$defs", {})
    found = _object(schema)
    definitions = {_key(name): _object(each) for name, each in inside.items()}
    return {**found, "$defs": definitions} if definitions else found


def first_line(text: str | None) -> str:
    """Give the first line of a docstring."""
    return (text or "").strip().splitlines()[0]


def _object(schema: Schema) -> Schema:
    required = schema.get("required", [])
    return {
        "type": "object",
        "description": first_line(schema.get("description")),
        "properties": {name: _in_file(each) for name, each in schema["properties"].items()},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _in_file(schema: Schema) -> Schema:
    """Turn the schema of a value into the schema of its forms in a file: the hook."""
    said = {"description": schema["description"]} if "description" in schema else {}
    plain = {
        word: value
        for word, value in schema.items()
        if word not in ("title", "description", "default", "additionalProperties")
    }
    return {**_written(plain), **said, **_default(schema)}


def _written(schema: Schema) -> Schema:
    if "$ref" in schema:
        return ref(_key(schema["$ref"].rpartition("/")[2]))
    if "anyOf" in schema:
        parts = [part for part in schema["anyOf"] if part != {"type": "null"}]
        numbers = any(part.get("type") in ("number", "integer") for part in parts)
        texts = [_NUMBER if numbers and part == {"type": "string"} else part for part in parts]
        return either(*(_written(part) for part in texts))
    if schema.get("format") in get_args(MediaKind):
        return ref(schema["format"])
    if schema.get("type") == "array":
        items = _written(schema["items"])
        array = {**schema, "items": items}
        return array if items.keys() == {"$ref"} and _is_model(items) else or_reference(array)
    if "enum" in schema:
        choices = schema["enum"]
        digits = [int(each) for each in choices if isinstance(each, str) and each.isdigit()]
        return or_filled_in({"enum": [*choices, *digits]})
    if schema.get("format") == "path":
        return {"type": "string", "minLength": 1}
    if schema.get("type") in ("number", "integer", "boolean") or "pattern" in schema:
        return or_filled_in(schema)
    return schema


_NUMBER: Schema = {"type": "string", "pattern": r"^[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?$"}


def _is_model(schema: Schema) -> bool:
    return schema["$ref"].rpartition("/")[2] not in DEFINITIONS


def _default(schema: Schema) -> Schema:
    """Give a default as a person writes it: an exact number is a text for pydantic."""
    default = schema.get("default")
    if default in (None, "") or isinstance(default, dict):
        return {}
    is_number = "anyOf" in schema and isinstance(default, str) and default.isdigit()
    return {"default": int(default) if is_number else default}


def _key(name: str) -> str:
    return name.removesuffix("Arguments").lower()
