"""The whole schema, and how it stands in its file."""

import json
from pathlib import Path

from shotgraph.spec.json_schema.fields import Fields
from shotgraph.spec.json_schema.params import param_definition, params_schema
from shotgraph.spec.json_schema.references import DEFINITIONS, Schema, ref
from shotgraph.spec.json_schema.steps import (
    defaults_schema,
    needed_fields,
    step_definitions,
    steps_schema,
)
from shotgraph.spec.load import _FILM_NAME as FILM_NAME
from shotgraph.spec.misplaced import TOP

FILE = Path(__file__).parents[1] / "pipeline.schema.json"
"""Where it is kept."""

MEANINGS = {
    "name": "What the film is called, and its file: at most 64 lower-case letters, digits, '.', "
    "'_' and '-'.",
    "description": "What it is.",
    "params": "What a run can choose: names, and for each a type and a default.",
    "budget_usd": "The most that a run may spend, in dollars.",
    "defaults": "Fields for all steps of a kind that do not say them: {edit: {tier: pro}}.",
    "steps": "What is made: names, and for each a kind and its fields. They run as soon as what "
    "they take is there.",
    "output": "The step that makes the film; where it makes a list, several films.",
}
"""What each of a file's sections is."""


def pipeline_schema() -> Schema:
    """Write the schema of a pipeline file."""
    fields = Fields()
    definitions = {**DEFINITIONS, "param": param_definition(), **step_definitions(fields)}
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
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:shotgraph:pipeline",
        "title": "A shotgraph pipeline",
        "description": "A film, declared: what it is made from, step by step.",
        "type": "object",
        "properties": {key: {**sections[key], "description": MEANINGS[key]} for key in TOP},
        "required": ["name", "steps", "output"],
        "additionalProperties": False,
        "allOf": needed_fields(fields),
        "$defs": definitions,
    }


def schema_text() -> str:
    """Write the schema as it stands in its file."""
    return json.dumps(pipeline_schema(), indent=2, ensure_ascii=False) + "\n"
