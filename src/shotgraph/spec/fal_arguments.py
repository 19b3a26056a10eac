"""The arguments of a ``fal`` step: endpoint, arguments, outputs and schema."""

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Self, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shotgraph.endpoints import ENDPOINTS, AnyArguments, Endpoint, any_endpoint
from shotgraph.endpoints.any_endpoint import check_outputs, documented_output, is_endpoint_id
from shotgraph.endpoints.endpoint import VIDEO, Output, canonical_path
from shotgraph.endpoints.openapi import BadSchema, SchemaFinding, check_arguments, document_in
from shotgraph.model.fields import FreeJson
from shotgraph.model.references import MediaKind, media_kind_of_output

KindAt: TypeAlias = Callable[[str], MediaKind | None]
"""Gives the kind of medium at a path of a reply; None if it is not known."""

MOST_OUTPUTS = 16
_KINDS = ("video", "image", "audio")
_PATH_SCHEMA = {"type": "string", "examples": ["video", "audio.url", "images[0]"]}
_SAID_SCHEMA = {
    "type": "object",
    "properties": {"path": _PATH_SCHEMA, "kind": {"enum": list(_KINDS)}},
    "required": ["path"],
    "additionalProperties": False,
}
OUTPUT_SCHEMA: dict[str, Any] = {
    "anyOf": [
        _PATH_SCHEMA,
        _SAID_SCHEMA,
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"anyOf": [_PATH_SCHEMA, _SAID_SCHEMA]},
        },
    ],
}
"""The JSON Schema of the field `output`, for editors."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def kinds_in(schema: Any, endpoint: Any) -> KindAt:
    """Give a function that looks up the kinds of a reply's files in an endpoint's document.

    Args:
        schema: The document's file, if there is one.
        endpoint: The endpoint's id; if it is no text, no kind is known.
    """

    def kind_at(path: str) -> MediaKind | None:
        if not isinstance(schema, str | Path) or not isinstance(endpoint, str):
            return None
        try:
            return documented_output(document_in(Path(schema)), endpoint, path).kind
        except BadSchema:
            return None  # the step's own check reports it

    return kind_at


def read_outputs(value: Any, kind_at: KindAt = lambda path: None) -> list[Output]:
    """Read the field `output`: the files that a step takes from a reply.

    Args:
        value: ``audio.url``; ``{path: result, kind: video}``; ``{audio: audio, cover: …}``; or
                an earlier result of this function.
            kind_at: Gives the kind where the path itself does not show it.

    Raises:
        PydanticCustomError: The value has none of these forms.
    """
    if isinstance(value, list | tuple) and value:
        return [_again(item) for item in value]
    if isinstance(value, str) or (isinstance(value, dict) and isinstance(value.get("path"), str)):
        return [_output(None, value, kind_at)]
    if not isinstance(value, dict) or not 1 <= len(value) <= MOST_OUTPUTS:
        raise _wrong(
            f"is not an output; write a path such as audio.url, or 1 to {MOST_OUTPUTS} of them "
            "by name"
        )
    return [_output(name, item, kind_at) for name, item in value.items()]


def _again(item: Any) -> Output:
    try:
        return Output.model_validate(item)
    except ValidationError:
        raise _wrong("is not an output; write a path such as audio.url") from None


def _output(name: Any, written: Any, kind_at: KindAt) -> Output:
    spec = {"path": written} if isinstance(written, str) else written
    if not isinstance(spec, dict) or not spec.keys() <= {"path", "kind"}:
        raise _wrong("is not an output; write a path, or {path: result, kind: video}")
    path = canonical_path(spec["path"]) if isinstance(spec.get("path"), str) else None
    if path is None:
        raise _wrong("is no path into a reply; write one such as video, audio.url or images[0]")
    kind = spec["kind"] if "kind" in spec else media_kind_of_output(path) or kind_at(path)
    if kind is None:
        said = f'"{path}" ' if name is not None else ""
        raise _wrong(
            f"{said}does not tell the kind of the medium. A step takes videos, images and sounds "
            f"from a reply; if the path holds one of these, write {{path: {path}, kind: video}}, "
            "or kind: "
            "image, or kind: audio"
        )
    if kind not in _KINDS:
        raise _wrong(f"has an unknown kind; kind is one of {', '.join(_KINDS)}")
    if name is not None and not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise _wrong("has a name that is not allowed; write letters, digits and '_', at most 64")
    return Output(name=name or kind, path=path, kind=kind)


def _wrong(said: str) -> PydanticCustomError:
    return PydanticCustomError("output", said)


MOST_USD = 10_000


def _endpoint_id(value: Any) -> Any:
    if isinstance(value, str) and is_endpoint_id(value):
        return value
    raise PydanticCustomError(
        "endpoint_id",
        "is no endpoint; write its id as fal's page has it, such as fal-ai/flux/dev",
    )


def _price(value: Any) -> Any:
    # A float is inexact: the intended price may be another number near it.
    if isinstance(value, float | bool):
        raise PydanticCustomError(
            "price", 'is no price; write dollars as text or as a whole number, such as "0.05"'
        )
    return value


EndpointId: TypeAlias = Annotated[str, BeforeValidator(_endpoint_id)]
Usd: TypeAlias = Annotated[
    Decimal, Field(ge=0, le=MOST_USD, allow_inf_nan=False), BeforeValidator(_price)
]
DeclaredOutputs: TypeAlias = Annotated[
    list[Output], BeforeValidator(read_outputs), WithJsonSchema(OUTPUT_SCHEMA)
]

with warnings.catch_warnings():
    # The field has the same name as in the file; pydantic 2 no longer uses its own "schema".
    warnings.simplefilter("ignore", UserWarning)

    class FalArguments(BaseModel):
        """Run any endpoint of fal."""

        model_config = ConfigDict(frozen=True, extra="forbid")

        endpoint: EndpointId = Field(
            description="The endpoint's id from its page on fal, such as fal-ai/flux/dev."
        )
        arguments: FreeJson = Field(
            default_factory=dict,
            description="The endpoint's arguments, under fal's names. A reference to a medium is "
            "allowed anywhere; a text under a name such as image_url is a path or an https URL.",
        )
        output: DeclaredOutputs = Field(
            default="video",
            validate_default=True,
            description="The path of the file in the reply: audio.url, images[0]; or several paths "
            "by name, of which the first is the step's own: {audio: audio, cover: 'images[0]'}. "
            "If the path does not show the kind: {path: result, kind: video}.",
        )
        price_usd: Usd | None = Field(
            default=None,
            description="The most that one job costs, in dollars; needed except for Kling O1.",
        )
        schema: Path | None = Field(  # type: ignore[assignment]
            default=None,
            description="The endpoint's OpenAPI document, a file in JSON; the arguments are "
            "checked against it before anything is sent.",
        )

        @model_validator(mode="before")
        @classmethod
        def _kinds_by_schema(cls, values: Any) -> Any:
            """Add the kinds of outputs that only the endpoint's document names."""
            if not isinstance(values, dict) or "output" not in values or "schema" not in values:
                return values
            kind_at = kinds_in(values["schema"], values.get("endpoint"))
            try:
                return {**values, "output": read_outputs(values["output"], kind_at)}
            except PydanticCustomError:
                return values  # the field's own check reports the problem

        @model_validator(mode="after")
        def _is_ours_or_priced(self) -> Self:
            ours = ENDPOINTS.get(self.endpoint)
            if ours is not None:
                self._check_ours(ours)
            elif self.price_usd is None:
                raise PydanticCustomError(
                    "price_missing",
                    "the price of {endpoint} is not known; write the highest cost of one job in "
                    'dollars, such as price_usd: "0.05"',
                    {"field": "price_usd", "endpoint": self.endpoint},
                )
            return self

        def _check_ours(self, endpoint: Endpoint) -> None:
            """Check the use of an endpoint that has its own kind of step."""
            if [output.path for output in self.output] != [VIDEO.path]:
                raise PydanticCustomError(
                    "outputs",
                    "{endpoint} makes one video, and nothing else",
                    {"field": "output", "endpoint": endpoint.id},
                )
            if self.price_usd is not None:
                raise PydanticCustomError(
                    "price_known",
                    "the price of {endpoint} is known by its seconds; remove price_usd",
                    {"field": "price_usd", "endpoint": endpoint.id},
                )
            self.wired()

        def wired(self) -> BaseModel:
            """Give the arguments as the job holds them.

            An endpoint that has its own kind of step gets the arguments of that kind: the job is
            the same, under the same content key.
            """
            ours = ENDPOINTS.get(self.endpoint)
            if ours is None:
                return AnyArguments(values=self.arguments)
            try:
                return ours.arguments.model_validate(self.arguments, by_alias=True, by_name=False)
            except ValidationError as error:
                raise _of_kind(ours, error) from None

        def endpoint_used(self) -> Endpoint:
            """Give the endpoint, with its price and its outputs."""
            ours = ENDPOINTS.get(self.endpoint)
            if ours is not None:
                return ours
            return any_endpoint(self.endpoint, self.price_usd or Decimal(0), self.output)

        def output_kinds(self) -> dict[str, MediaKind]:
            """Give the kinds of the outputs by name, in the file's order."""
            return {output.name: output.kind for output in self.output}


def _of_kind(endpoint: Endpoint, error: ValidationError) -> PydanticCustomError:
    """Turn the errors of a kind's typed arguments into one error, under fal's names."""
    said = []
    for found in error.errors(include_url=False, include_input=False):
        names = [str(part) for part in found["loc"]] or [str(found.get("ctx", {}).get("field", ""))]
        field = endpoint.arguments.model_fields.get(names[0])
        names[0] = field.alias if field is not None and field.alias else names[0]
        said.append(f"{'.'.join(names)}: {found['msg']}")
    return PydanticCustomError(
        "arguments",
        "{endpoint}: {said}",
        {"field": "arguments", "endpoint": endpoint.id, "said": "; ".join(said)},
    )


def schema_findings(arguments: FalArguments) -> list[SchemaFinding]:
    """Check a step against the file that its `schema` names.

    Returns:
        The findings; each path is within the step's body and begins with ``arguments``, ``output``
        or ``schema``. Empty if the step names no file, or if the endpoint has its own kind of
        step, since the checks of that kind are stricter.
    """
    if arguments.schema is None or arguments.endpoint in ENDPOINTS:
        return []
    try:
        document = document_in(arguments.schema)
    except BadSchema as error:
        return [SchemaFinding(("schema",), f"{arguments.schema.name}: {error}")]
    return findings_of(arguments, document, arguments.schema.name)


def findings_of(
    arguments: FalArguments, document: Mapping[str, Any], name: str
) -> list[SchemaFinding]:
    """Check a step against a document.

    Args:
        arguments: The step's body.
        document: The OpenAPI document of the endpoint.
        name: The document's name in messages.
    """
    paths = [output.path for output in arguments.output]
    try:
        inside = check_arguments(document, arguments.endpoint, arguments.arguments)
    except BadSchema as error:
        return [SchemaFinding(("schema",), f"{name}: {error}")]
    outside = check_outputs(document, arguments.endpoint, paths)
    return [
        *(replace(found, path=("arguments", *found.path)) for found in inside),
        *(replace(found, path=("output",)) for found in outside),
    ]
