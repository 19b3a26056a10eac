"""The parameters of a pipeline file."""

from typing import Any, get_args

from shotgraph.spec.json_schema.references import LONGEST_NAME, NAME_PATTERN, Schema
from shotgraph.spec.params import Param, ParamType

_TEXT: Schema = {"type": "string"}
_DEFAULTS: dict[str, Schema] = {
    "video": {"type": "string", "minLength": 1},
    "image": {"type": "string", "minLength": 1},
    "audio": {"type": "string", "minLength": 1},
    "text": _TEXT,
    "number": {"type": ["number", "string"]},
    "integer": {"type": ["integer", "string"]},
    "boolean": {"enum": [True, False, "true", "false"]},
    "choice": {"type": ["string", "number"]},
}


def param_definition() -> Schema:
    """Give the schema of one parameter."""
    types = list(get_args(ParamType))
    if types != list(_DEFAULTS):
        raise TypeError(f"say what a default of each of {types} is")
    said = {name: str(field.description) for name, field in Param.model_fields.items()}
    values: dict[str, Schema] = {
        "type": {"enum": types},
        "list": {"enum": types},
        "default": {},
        "choices": {"type": "array", "minItems": 1, "items": {"type": ["string", "number"]}},
        "description": _TEXT,
    }
    return {
        "type": "object",
        "description": "One value that a run can give: its type, and what it is by default.",
        "properties": {name: {**values[name], "description": said[name]} for name in said},
        "additionalProperties": False,
        "oneOf": [{"required": ["type"]}, {"required": ["list"]}],
        "allOf": [_choices(), *(_default_of(item) for item in types)],
        "examples": [
            {"type": "text", "default": "an oil painting at dusk"},
            {"type": "choice", "choices": ["5", "10"], "default": "5"},
            {"list": "video"},
        ],
    }


def _choices() -> Schema:
    choice = {"const": "choice"}
    is_choice = {
        "anyOf": [{"properties": {key: choice}, "required": [key]} for key in ("type", "list")]
    }
    return {
        "if": is_choice,
        "then": {"required": ["choices"]},
        "else": {"not": {"required": ["choices"]}},
    }


def _default_of(item: str) -> Schema:
    """Say what a default is, for a value and for a list of them."""

    def when(key: str, default: dict[str, Any]) -> Schema:
        return {
            "if": {"properties": {key: {"const": item}}, "required": [key]},
            "then": {"properties": {"default": {"anyOf": [default, {"type": "null"}]}}},
        }

    one = _DEFAULTS[item]
    return {"allOf": [when("type", one), when("list", {"type": "array", "items": one})]}


def params_schema() -> Schema:
    """Give the schema of a file's parameters."""
    return {
        "type": ["object", "null"],
        "propertyNames": {"pattern": NAME_PATTERN, "maxLength": LONGEST_NAME},
        "additionalProperties": {"$ref": "#/$defs/param"},
    }
