"""Values that a deployment gives a film: checked, as JSON, with the files that they name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from shotgraph.errors import InvalidInput
from shotgraph.graph import build_graph
from shotgraph.graph.bind import bind
from shotgraph.model.references import LocalFile, RemoteUrl
from shotgraph.spec import Pipeline


@dataclass(frozen=True)
class GivenValues:
    """Values for some of a pipeline's parameters.

    Attributes:
        values: By name; a file is named by its path in the bundle.
        files: By their paths in the bundle.
    """

    values: Mapping[str, JsonValue] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)


def given_values(pipeline: Pipeline, given: Mapping[str, Any], *, below: str) -> GivenValues:
    """Check values as a run would, and have their files go along.

    Args:
        pipeline: The pipeline.
        given: Texts from a command line, or Python values; paths are relative to here.
        below: The folder of the bundle for the files.

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
    """Say what each parameter is worth where a run does not say; those without are left out."""
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
    """Name the parameters that have neither a default nor a value."""
    for name, param in pipeline.params.items():
        if param.default is None and not any(name in values for values in given):
            yield name


def check_complete(pipeline: Pipeline, what: str, *given: Mapping[str, Any]) -> None:
    """See that runs which nobody starts have all values.

    Raises:
        InvalidInput: One has neither a default nor a value.
    """
    lacking = list(missing(pipeline, *given))
    if lacking:
        raise InvalidInput(
            f'{what} would start runs without a value for "{lacking[0]}", which has no default; '
            f"give it: --set {lacking[0]}=…"
        )
