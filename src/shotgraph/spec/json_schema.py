"""The JSON Schema of pipeline files, for editors, made from the models that read them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from shotgraph.endpoints import KIND_WORDS
from shotgraph.media.framing import Fit
from shotgraph.media.profiles import PROFILES
from shotgraph.spec.load import FILM_NAME
from shotgraph.spec.local_arguments import WantedDelivery
from shotgraph.spec.misplaced import TOP
from shotgraph.spec.params import Param, ParamType
from shotgraph.spec.pipeline import STEP_KINDS, StepKind
from shotgraph.spec.schema_fields import (
    DEFINITIONS,
    LONGEST_NAME,
    NAME_PATTERN,
    Schema,
    model_schema,
    or_filled_in,
    or_reference,
    ref,
)
from shotgraph.spec.step_options import (
    CHECK_OPTIONS,
    CONTINUING,
    MOST_RETAKES,
    MOST_ROUNDS,
    MOST_TAKES,
    WITHOUT_DEFAULTS,
)

FILE = Path(__file__).parent / "pipeline.schema.json"
"""Path of the schema's file."""

MEANINGS = {
    "name": "The film's name: at most 64 lower-case letters, digits, '.', '_' and '-'.",
    "description": "A description of the film.",
    "params": "The values that a run can choose: names, and for each a type and a default.",
    "budget_usd": "The most that a run may spend, in dollars.",
    "defaults": "Default fields for all steps of a kind: {edit: {tier: pro}}.",
    "steps": "Names, and for each a kind and its fields; a step runs once its inputs are there.",
    "output": "The step that makes the film; a step with a list of outputs makes several films.",
    "deliver": "Further files of the film, by the profiles of recipients; each is measured.",
}
"""The meaning of each section of a file."""


STEP_EXAMPLES: Mapping[str, list[dict[str, Any]]] = {
    **{kind: [dict(body) for body in words.examples] for kind, words in KIND_WORDS.items()},
    "fal": [
        {
            "endpoint": "fal-ai/flux/dev",
            "arguments": {"prompt": "A lamp on a desk", "image_size": "landscape_16_9"},
            "output": "images[0]",
            "price_usd": "0.05",
        }
    ],
    "trim": [{"video": "$shot", "start": 1, "seconds": 3}, {"video": "$shot", "end": 2.5}],
    "frame": [{"video": "$shot", "at": "last"}],
    "concat": [
        {"clips": ["$shot", "$next"], "transition": {"kind": "dissolve", "seconds": 0.5}},
        {"clips": "$shots", "format": {"width": 1920, "fps": 24}, "loudness": -16},
        {"clips": "$shots", "fit": "crop", "focus": [0.5, 0.3]},
    ],
    "crop": [
        {"video": "$shot", "aspect_ratio": "9:16", "focus": [0.6, 0.5]},
        {"video": "$shot", "left": "25%", "top": 0, "width": "50%", "height": 360},
    ],
    "hold": [
        {"video": "$shot", "seconds": 2},
        {"image": "$still", "seconds": 4, "push": 1.1, "like": "$shot", "fit": "crop"},
    ],
    "title": [
        {"video": "$shot", "text": "Harbour at dusk", "seconds": 3, "fade_out": 0.5},
        {"text": "The end", "like": "$shot", "seconds": 2, "background": "#101820"},
        {
            "video": "$shot",
            "text": "Ada\nat the helm",
            "position": "bottom-left",
            "size": "5%",
            "box": {"colour": "#102030"},
        },
    ],
    "speed": [{"video": "$shot", "factor": 0.5}, {"video": "$shot", "factor": 8, "sound": "drop"}],
    "soundtrack": [{"video": "$film", "audio": "sounds/waltz.m4a", "mode": "mix", "loop": True}],
    "approve": [{"video": "$next", "message": "Is this the harbour?"}],
    "use": [{"file": "titles.yaml", "params": {"clip": "$film"}}],
}
"""Examples by kind; an editor fills in the first."""


def pipeline_schema() -> Schema:
    """Write the schema of a pipeline file."""
    definitions = {**DEFINITIONS, "param": param_definition(), **step_definitions()}
    sections: dict[str, Schema] = {
        "name": {
            "type": "string",
            "pattern": f"^{FILM_NAME.pattern}$",
            "examples": ["harbour-at-dusk"],
        },
        "description": {"type": "string"},
        "params": params_schema(),
        "budget_usd": {"type": "number", "minimum": 0, "examples": [5]},
        "defaults": defaults_schema(),
        "steps": steps_schema(),
        "output": {**ref("reference"), "examples": ["$film"]},
        "deliver": deliver_schema(),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:shotgraph:pipeline",
        "title": "A shotgraph pipeline",
        "description": "The declaration of a film, step by step.",
        "type": "object",
        "properties": {key: {**sections[key], "description": MEANINGS[key]} for key in TOP},
        "required": ["name", "steps", "output"],
        "additionalProperties": False,
        "allOf": needed_fields(),
        "$defs": definitions,
    }


def schema_text() -> str:
    """Write the text of the schema's file."""
    return json.dumps(pipeline_schema(), indent=2, ensure_ascii=False) + "\n"


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
        "description": "One value that a run can give: its type and its default.",
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
    """Give the schema of a default, for one value and for a list of values."""

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


_PLAIN = {"type": ["string", "number", "boolean"]}

OPTIONS: dict[str, Schema] = {
    "for_each": {
        "type": "object",
        "minProperties": 1,
        "propertyNames": ref("name"),
        "additionalProperties": or_reference({"type": "array", "minItems": 1, "items": _PLAIN}),
        "description": "Run the step once for each item of a list; with several lists, for every "
        "combination. The output is a list.",
        "examples": [{"shot": "$shots"}, {"look": ["an oil painting", "a woodcut"]}],
    },
    "repeat": {
        "type": "object",
        "properties": {
            "times": {
                **or_reference({"type": "integer", "minimum": 1, "maximum": MOST_ROUNDS}),
                "description": "The number of rounds; a number, or a parameter with a number.",
            },
            "from": {**_PLAIN, "description": "The input of the first round."},
            "as": {
                **ref("name"),
                "description": "The name of the last round's output in the fields.",
            },
        },
        "required": ["times", "from", "as"],
        "additionalProperties": False,
        "description": "Run the step in rounds; each round takes the output of the round before. "
        "The output is the list of all rounds; a field for a single value gets the last.",
        "examples": [{"times": 3, "from": "$shot", "as": "previous"}],
    },
    "takes": {
        "type": "integer",
        "minimum": 1,
        "maximum": MOST_TAKES,
        "default": 1,
        "description": "How many generations of the same job are bought.",
    },
    "pick": {
        "enum": ["first", "ask", "best"],
        "default": "first",
        "description": "Which take the other steps get: the first, the one that a person chooses, "
        "or the one with the fewest faults.",
    },
    "on_length": {
        "enum": ["fit", "warn", "fail"],
        "default": "warn",
        "description": "The action on a video of another length than asked for: fit it, fit it and "
        "warn, or fail the step.",
    },
    "continue": {
        "type": "boolean",
        "default": False,
        "description": "Whether the shot continues another shot: its video, or the shot whose last "
        "frame is its start_image. Its first frames, at most 3, are removed if they repeat the end "
        "of that shot.",
    },
    "check": {
        "enum": ["warn", "retake", "stop", "off"],
        "default": "warn",
        "description": "The action on faults in a video from fal: warn, buy another take, end the "
        "step, or don't check.",
    },
    "retake": {
        "type": "object",
        "properties": {
            "times": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_RETAKES,
                "description": "How many more takes may be bought.",
            }
        },
        "required": ["times"],
        "additionalProperties": False,
        "description": "With `check: retake`: how many more takes may be bought; 1 by default.",
        "examples": [{"times": 1}],
    },
    "needs": {
        "type": ["array", "null"],
        "items": {"type": "string"},
        "description": "More steps to wait for; a step always waits for the steps that it takes.",
        "examples": [["seen"]],
    },
}


def step_definitions() -> dict[str, Schema]:
    """Give the definitions of a step, of every kind's body, and of the models inside of them."""
    bodies: dict[str, Schema] = {}
    inside: dict[str, Schema] = {}
    for kind in STEP_KINDS.values():
        schema = model_schema(kind.arguments)
        inside |= schema.pop("$defs", {})
        bodies[f"{kind.name}_step"] = _body(kind, schema)
    return {**bodies, **inside, "step": _step()}


def _body(kind: StepKind, schema: Schema) -> Schema:
    schema.pop("required", None)  # a file's defaults may give the field: see `needed_fields`
    if kind.paid and kind.tiers:
        schema["properties"]["tier"] = {
            **or_filled_in({"enum": list(kind.tiers)}),
            "default": "standard",
            "description": "The tier of the endpoint.",
        }
    return {**schema, "examples": STEP_EXAMPLES[kind.name]}


def _step() -> Schema:
    paid = [kind.name for kind in STEP_KINDS.values() if kind.paid]
    drawn = [kind.name for kind in STEP_KINDS.values() if kind.tiers]
    kinds = {name: ref(f"{name}_step") for name in STEP_KINDS}
    return {
        "type": "object",
        "description": "One kind with its fields, and options such as for_each.",
        "properties": {**kinds, **OPTIONS},
        "additionalProperties": False,
        "oneOf": [{"required": [name]} for name in STEP_KINDS],
        "dependentRequired": {"pick": ["takes"]},
        "dependentSchemas": {
            "takes": {"anyOf": [{"required": [name]} for name in paid]},
            "on_length": {"anyOf": [{"required": [name]} for name in drawn]},
            "continue": {"anyOf": [{"required": [name]} for name in CONTINUING]},
            "check": {"anyOf": [{"required": [name]} for name in drawn]},
            "retake": {"anyOf": [{"required": [name]} for name in drawn]},
        },
        "examples": [
            {name: example} for name, examples in STEP_EXAMPLES.items() for example in examples[:1]
        ],
    }


def steps_schema() -> Schema:
    """Give the schema of a file's steps."""
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": NAME_PATTERN, "maxLength": LONGEST_NAME},
        "additionalProperties": ref("step"),
    }


def deliver_schema() -> Schema:
    """Give the schema of `deliver`, the further files of a film; it takes no references."""
    names = {"enum": list(PROFILES)}
    said = {name: field.description for name, field in WantedDelivery.model_fields.items()}
    share = {"anyOf": [{"type": "number"}, {"type": "string"}]}
    values: dict[str, Schema] = {
        "profile": names,
        "fit": {"enum": list(get_args(Fit))},
        "focus": {"type": "array", "items": share, "minItems": 2, "maxItems": 2},
        "background": {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"},
    }
    body = {
        "type": "object",
        "properties": {name: {**values[name], "description": said[name]} for name in said},
        "required": ["profile"],
        "additionalProperties": False,
    }
    examples = [["youtube", {"profile": "instagram-reel", "fit": "crop"}]]
    items: Schema = {"anyOf": [names, body]}
    return {"type": "array", "minItems": 1, "items": items, "examples": examples}


def defaults_schema() -> Schema:
    """Give the schema of `defaults`, the fields for all steps of a kind."""
    kinds = [name for name in STEP_KINDS if name not in WITHOUT_DEFAULTS]
    return {
        "type": "object",
        "properties": {
            **{name: ref(f"{name}_step") for name in kinds},
            **{name: OPTIONS[name] for name in CHECK_OPTIONS},
        },
        "dependentRequired": {"retake": ["check"]},
        "additionalProperties": False,
    }


def needed_fields() -> list[Schema]:
    """Give the required fields of each kind; a file with defaults for a kind may omit them."""
    found = []
    for name, kind in STEP_KINDS.items():
        required = model_schema(kind.arguments).get("required", [])
        if not required:
            continue
        says: Schema = {name: {"required": required}}
        steps: Schema = {"properties": {"steps": {"additionalProperties": {"properties": says}}}}
        if name in WITHOUT_DEFAULTS:
            found.append(steps)
            continue
        given: Schema = {"properties": {"defaults": {"required": [name]}}, "required": ["defaults"]}
        found.append({"if": {"not": given}, "then": steps})
    return found
