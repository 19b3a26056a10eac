"""The form of a film: its JSON Schema, and the checks of the values that people enter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from prefect.utilities.callables import ParameterSchema
from pydantic import ConfigDict, JsonValue

from shotgraph.errors import InvalidInput
from shotgraph.flows.film import film
from shotgraph.graph import build_graph
from shotgraph.graph.bind import bind
from shotgraph.model.references import LocalFile, RemoteUrl
from shotgraph.spec import Param, Pipeline


@dataclass(frozen=True)
class GivenValues:
    """Values for some of a pipeline's parameters.

    Attributes:
        values: The values, by the names of parameters; a file is named by its path in the bundle.
        files: The local files, by their paths in the bundle.
    """

    values: Mapping[str, JsonValue] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)


def given_values(pipeline: Pipeline, given: Mapping[str, Any], *, below: str) -> GivenValues:
    """Check values as a run does, and collect their files.

    Args:
        given: Texts from a command line, or Python values; paths are relative to the working
            directory.
        below: The folder in the bundle for the files.

    Raises:
        InvalidPipeline: A value does not fit its parameter, or something is wrong in the file.
    """
    build_graph(pipeline, given, placeholders=True)
    bound = bind(pipeline, given, folder=Path.cwd(), placeholders=True)
    files: dict[str, Path] = {}
    values = {
        name: _json(bound.values[name], f"{below}/{name}", files)
        for name in pipeline.params
        if name in given
    }
    return GivenValues(values, files)


def all_defaults(pipeline: Pipeline, given: GivenValues) -> dict[str, JsonValue]:
    """Return the default of each parameter that has one."""
    values: dict[str, JsonValue] = {}
    bound = bind(pipeline, {}, folder=Path.cwd(), placeholders=True)
    for name, param in pipeline.params.items():
        if name in given.values:
            values[name] = given.values[name]
        elif param.default is not None:
            written = param.media is not None
            values[name] = param.default if written else _json(bound.values[name], name, {})
    return values


def _json(value: Any, place: str, files: dict[str, Path]) -> JsonValue:
    if isinstance(value, list):
        return [_json(item, f"{place}-{n}", files) for n, item in enumerate(value, start=1)]
    if isinstance(value, LocalFile):
        named = place + _suffix(value.file)
        files[named] = value.file
        return named
    if isinstance(value, RemoteUrl):
        return value.url
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    plain: JsonValue = value
    return plain


def _suffix(file: Path) -> str:
    suffix = file.suffix
    return suffix if suffix.isascii() and suffix[1:].isalnum() and len(suffix) <= 9 else ""


def missing(pipeline: Pipeline, *given: Mapping[str, Any]) -> Iterator[str]:
    """Name the parameters without a default or a value."""
    for name, param in pipeline.params.items():
        if param.default is None and not any(name in values for values in given):
            yield name


def check_complete(pipeline: Pipeline, what: str, *given: Mapping[str, Any]) -> None:
    """Check that scheduled runs have a value for every parameter.

    Raises:
        InvalidInput: A parameter has neither a default nor a value.
    """
    lacking = list(missing(pipeline, *given))
    if lacking:
        raise InvalidInput(
            f'{what} would start runs without a value for "{lacking[0]}", which has no default; '
            f"give it: --set {lacking[0]}=…"
        )


PARAMS = "The film's parameters"

_TYPES = {"number": "number", "integer": "integer", "boolean": "boolean"}
_MEDIA_HINT = (
    "An https URL, or a path: one of the film's own files, or a file on the worker's machine."
)


class FormSchema(ParameterSchema):
    """The JSON Schema of a form that accepts no other names; Prefect's model can't express that."""

    model_config = ConfigDict(extra="allow")


def form_of(
    pipeline: Pipeline,
    defaults: Mapping[str, JsonValue],
    *,
    rehearse: bool = False,
    max_usd: float | None = None,
    credentials: str = "default",
) -> dict[str, Any]:
    """Write the form of a pipeline: its parameters, and the limit on a run's cost.

    Args:
        defaults: Default values of its parameters.
        rehearse: Whether runs are rehearsals by default.
        max_usd: The most that a run may cost, in dollars; a run may set a lower limit.
        credentials: The default FalCredentials block of runs.

    Returns:
        ``properties``, ``required`` and ``definitions``; and ``patternProperties``, for parameters
        that are not on the form. No other name is accepted: a wrong name starts no run.
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
    fixed = {"most_usd": {} if max_usd is None else {"const": max_usd}}
    others = [name for name in film.parameters.properties if name not in {**properties, **fixed}]
    return {
        "properties": properties,
        "required": required,
        "definitions": definitions,
        "patternProperties": {
            f"^({'|'.join(others)})$": {},
            **{f"^{name}$": allowed for name, allowed in fixed.items()},
        },
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
    """Return the JSON Schema type of a parameter's value, or of each value in its list."""
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
    return {
        "rehearse": {
            "title": "Rehearse",
            "description": "Make a free preview: simple pictures stand for fal's clips, and "
            "nothing is bought.",
            "type": "boolean",
            "default": rehearse,
        },
        "max_usd": {
            "title": "Budget in dollars",
            "description": _about_budget(pipeline.budget_usd, max_usd),
            # An optional number without a default accepts null, and the UI draws it as one box; a
            # "number or null" becomes two tabs.
            "type": "number",
            "minimum": 0,
            **({"maximum": max_usd} if max_usd is not None else {}),
        },
        "credentials": {
            "title": "Credentials",
            "description": 'The name of the "fal Credentials" block with the key. Without a block '
            'of the name "default", FAL_KEY on the worker\'s machine counts.',
            "type": "string",
            "default": credentials,
        },
    }


def _about_budget(of_file: Decimal | None, max_usd: float | None) -> str:
    said = ["The most that the run may cost, in dollars."]
    if max_usd is not None:
        said.append(f"If it is empty: ${max_usd:g}.")
    elif of_file is None:
        said.append("If it is empty, the run has no budget.")
    if of_file is not None:
        said.append(f"The budget in the film's file, ${of_file}, counts too.")
    return " ".join(said)
