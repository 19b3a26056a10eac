"""The steps of a pipeline file: their kinds, and what any of them may say."""

from shotgraph.spec.json_schema.examples import STEP_EXAMPLES
from shotgraph.spec.json_schema.fields import Fields, first_line
from shotgraph.spec.json_schema.references import (
    LONGEST_NAME,
    NAME_PATTERN,
    Schema,
    or_filled_in,
    or_reference,
    ref,
)
from shotgraph.spec.step_defaults import _WITHOUT as WITHOUT_DEFAULTS
from shotgraph.spec.step_kinds import STEP_KINDS, StepKind
from shotgraph.spec.step_options import MOST_ROUNDS, MOST_TAKES

_PLAIN = {"type": ["string", "number", "boolean"]}

OPTIONS: dict[str, Schema] = {
    "for_each": {
        "type": "object",
        "minProperties": 1,
        "propertyNames": ref("name"),
        "additionalProperties": or_reference({"type": "array", "minItems": 1, "items": _PLAIN}),
        "description": "Run the step once for each item of a list; of several lists, for every "
        "combination. What it makes is a list.",
        "examples": [{"shot": "$shots"}, {"look": ["an oil painting", "a woodcut"]}],
    },
    "repeat": {
        "type": "object",
        "properties": {
            "times": {
                **or_reference({"type": "integer", "minimum": 1, "maximum": MOST_ROUNDS}),
                "description": "How many rounds; a number, or a parameter that is one.",
            },
            "from": {**_PLAIN, "description": "What the first round takes."},
            "as": {**ref("name"), "description": "What the fields call what was made last."},
        },
        "required": ["times", "from", "as"],
        "additionalProperties": False,
        "description": "Run the step in rounds, each of which takes what the last one made. What "
        "it makes is the list of them; where one is wanted, the last.",
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
        "enum": ["first", "ask"],
        "default": "first",
        "description": "Which take the other steps get: the first, or the one that a person "
        "chooses.",
    },
    "needs": {
        "type": ["array", "null"],
        "items": {"type": "string"},
        "description": "Steps to wait for besides those whose output it takes.",
        "examples": [["seen"]],
    },
}


def step_definitions(fields: Fields) -> dict[str, Schema]:
    """Give the definitions of a step and of every kind's body."""
    bodies = {f"{kind.name}_step": _body(kind, fields) for kind in STEP_KINDS.values()}
    return {**bodies, **fields.definitions, "step": _step()}


def _body(kind: StepKind, fields: Fields) -> Schema:
    properties, _ = fields.body(kind.arguments)
    if kind.paid and kind.tiers:
        properties["tier"] = {
            **or_filled_in({"enum": list(kind.tiers)}),
            "default": "standard",
            "description": "Which of fal's endpoints does it.",
        }
    return {
        "type": "object",
        "description": first_line(kind.arguments),
        "properties": properties,
        "additionalProperties": False,
        "examples": STEP_EXAMPLES[kind.name],
    }


def _step() -> Schema:
    paid = [kind.name for kind in STEP_KINDS.values() if kind.paid]
    kinds = {name: ref(f"{name}_step") for name in STEP_KINDS}
    return {
        "type": "object",
        "description": "One kind, its fields, and perhaps how often it runs.",
        "properties": {**kinds, **OPTIONS},
        "additionalProperties": False,
        "oneOf": [{"required": [name]} for name in STEP_KINDS],
        "dependentRequired": {"pick": ["takes"]},
        "dependentSchemas": {"takes": {"anyOf": [{"required": [name]} for name in paid]}},
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


def defaults_schema() -> Schema:
    """Give the schema of what a file gives to all steps of a kind."""
    kinds = [name for name in STEP_KINDS if name not in WITHOUT_DEFAULTS]
    return {
        "type": "object",
        "properties": {name: ref(f"{name}_step") for name in kinds},
        "additionalProperties": False,
    }


def needed_fields(fields: Fields) -> list[Schema]:
    """Say which fields a body needs, where the file has no defaults for its kind."""
    found = []
    for name, kind in STEP_KINDS.items():
        _, required = fields.body(kind.arguments)
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
