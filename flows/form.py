"""What people fill in to start a film: the JSON Schema of a deployment's run form.

Prefect's UI draws a form from it, and its API refuses values that don't fit. The form is of the
shape that pydantic gives to a model inside of a model, which is the one that the UI knows.
"""

from collections.abc import Mapping
from typing import Any

from prefect.utilities.callables import ParameterSchema
from pydantic import ConfigDict, JsonValue

from shotgraph.flows.film import film
from shotgraph.spec import Param, Pipeline

PARAMS = "The film's parameters"

_TYPES = {"number": "number", "integer": "integer", "boolean": "boolean"}
_MEDIA_HINT = "A path, or an https URL."


class FormSchema(ParameterSchema):
    """The JSON Schema of a form, closed: Prefect's own model does not say so."""

    model_config = ConfigDict(extra="allow")


def form_of(
    pipeline: Pipeline,
    defaults: Mapping[str, JsonValue],
    *,
    rehearse: bool = False,
    max_usd: float | None = None,
    credentials: str = "default",
) -> dict[str, Any]:
    """Write the form of a pipeline: its parameters, and what a run may cost.

    Args:
        pipeline: The pipeline.
        defaults: What its parameters are worth where a run does not say.
        rehearse: Whether runs are rehearsals unless they say otherwise.
        max_usd: The most that a run may cost unless it says otherwise, in dollars.
        credentials: The FalCredentials block that runs take unless they say otherwise.

    Returns:
        ``properties``, ``required`` and ``definitions``; and ``patternProperties``, for what a run
        may be given besides the form. No other name is accepted: a wrong one starts nothing.
    """
    properties: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    required: list[str] = []
    if pipeline.params:
        model = _model(pipeline, defaults)
        definitions["Params"] = model
        properties["params"] = {"$ref": "#/definitions/Params", "title": PARAMS}
        if "required" in model:
            required.append("params")
    properties |= _run_options(pipeline, rehearse, max_usd, credentials)
    for position, shown in enumerate(properties.values()):
        shown["position"] = position
    others = [name for name in film.parameters.properties if name not in properties]
    return {
        "properties": properties,
        "required": required,
        "definitions": definitions,
        "patternProperties": {f"^({'|'.join(others)})$": {}},
        "additionalProperties": False,
    }


def _model(pipeline: Pipeline, defaults: Mapping[str, JsonValue]) -> dict[str, Any]:
    shown = {
        name: {**_shown(name, param), "position": position}
        for position, (name, param) in enumerate(pipeline.params.items())
    }
    for name, value in defaults.items():
        shown[name]["default"] = value
    required = [name for name in shown if name not in defaults]
    return {
        "title": PARAMS,
        "type": "object",
        "description": pipeline.description,
        "properties": shown,
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def json_type(param: Param) -> str:
    """Name the type, in JSON Schema, of a parameter's value, or of each in its list."""
    return _TYPES.get(param.item, "string")


def _shown(name: str, param: Param) -> dict[str, Any]:
    one: dict[str, Any] = {"type": json_type(param)}
    if param.choices is not None:
        one["enum"] = list(param.choices)
    description = param.description
    if param.media is not None:
        one["minLength"] = 1
        description = f"{description.rstrip('.')}. {_MEDIA_HINT}" if description else _MEDIA_HINT
    about = {"title": name, **({"description": description} if description else {})}
    if param.list is not None:
        return {"type": "array", "items": one, **about}
    return {**one, **about}


def _run_options(
    pipeline: Pipeline, rehearse: bool, max_usd: float | None, credentials: str
) -> dict[str, Any]:
    own = pipeline.budget_usd
    budget = f" The file's own budget of ${own} holds as well." if own is not None else ""
    left_empty = f"; ${max_usd:g} where this is empty" if max_usd is not None else ""
    return {
        "rehearse": {
            "title": "Rehearse",
            "description": "Draw with a local rehearsal, for nothing, in place of fal.",
            "type": "boolean",
            "default": rehearse,
        },
        "max_usd": {
            "title": "Budget in dollars",
            "description": f"The most that the run may cost{left_empty}.{budget}",
            # Null is accepted of a number that is not required and has no default, and the UI
            # draws it as one box; of a number or null it makes two tabs.
            "type": "number",
            "minimum": 0,
        },
        "credentials": {
            "title": "Credentials",
            "description": "The name of the FalCredentials block with the key.",
            "type": "string",
            "default": credentials,
        },
    }
