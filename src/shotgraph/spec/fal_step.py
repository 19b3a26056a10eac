"""The body of a ``fal`` step: any endpoint, its arguments, and what is taken from its reply."""

import warnings
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

from shotgraph.endpoints import ENDPOINTS, AnyArguments, Endpoint, Output, any_endpoint
from shotgraph.endpoints.any_endpoint import is_endpoint_id
from shotgraph.endpoints.output import VIDEO
from shotgraph.model.free_json import FreeJson
from shotgraph.model.references import MediaKind
from shotgraph.spec.outputs import OUTPUT_SCHEMA, kinds_in, read_outputs

MOST_USD = 10_000


def _endpoint_id(value: Any) -> Any:
    if isinstance(value, str) and is_endpoint_id(value):
        return value
    raise PydanticCustomError(
        "endpoint_id",
        "is no endpoint; write its id as fal's page has it, such as fal-ai/flux/dev",
    )


def _price(value: Any) -> Any:
    # A float is not exact, and a number above 0 that it is near to may be meant.
    if isinstance(value, float | bool):
        raise PydanticCustomError(
            "price", 'is no price; write dollars as text or as a whole number, such as "0.05"'
        )
    return value


EndpointId: TypeAlias = Annotated[str, BeforeValidator(_endpoint_id)]
Usd: TypeAlias = Annotated[
    Decimal, Field(ge=0, le=MOST_USD, allow_inf_nan=False), BeforeValidator(_price)
]
Outputs: TypeAlias = Annotated[
    list[Output], BeforeValidator(read_outputs), WithJsonSchema(OUTPUT_SCHEMA)
]

with warnings.catch_warnings():
    # The field is called as it is in the file; pydantic's own "schema" has been out of use since 2.
    warnings.simplefilter("ignore", UserWarning)

    class FalArguments(BaseModel):
        """Run any endpoint of fal."""

        model_config = ConfigDict(frozen=True, extra="forbid")

        endpoint: EndpointId = Field(
            description="The endpoint's id, as fal's page has it, such as fal-ai/flux/dev."
        )
        arguments: FreeJson = Field(
            default_factory=dict,
            description="What it takes, under fal's names. A reference to a medium may stand "
            "anywhere; a text under a name such as image_url is a path or an https URL.",
        )
        output: Outputs = Field(
            default="video",
            validate_default=True,
            description="Where in its reply the file is: audio.url, images[0]; or several by "
            "name, of which the first is the step's own: {audio: audio, cover: 'images[0]'}. "
            "Where the path does not tell what it is: {path: result, kind: video}.",
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
            """Put in the kinds of outputs that only the endpoint's document tells."""
            if not isinstance(values, dict) or "output" not in values or "schema" not in values:
                return values
            kind_at = kinds_in(values["schema"], values.get("endpoint"))
            try:
                return {**values, "output": read_outputs(values["output"], kind_at)}
            except PydanticCustomError:
                return values  # the field's own check says what is wrong

        @model_validator(mode="after")
        def _is_ours_or_priced(self) -> Self:
            ours = ENDPOINTS.get(self.endpoint)
            if ours is not None:
                self._check_ours(ours)
            elif self.price_usd is None:
                raise PydanticCustomError(
                    "price_missing",
                    "what {endpoint} costs is not known; price_usd says the most that one job "
                    'costs, in dollars, such as price_usd: "0.05"',
                    {"field": "price_usd", "endpoint": self.endpoint},
                )
            return self

        def _check_ours(self, endpoint: Endpoint) -> None:
            """Check the use of an endpoint that has a kind of step of its own."""
            if [output.path for output in self.output] != [VIDEO.path]:
                raise PydanticCustomError(
                    "outputs",
                    "{endpoint} makes one video, and nothing else",
                    {"field": "output", "endpoint": endpoint.id},
                )
            if self.price_usd is not None:
                raise PydanticCustomError(
                    "price_known",
                    "the price of {endpoint} is known by its seconds; price_usd is left out",
                    {"field": "price_usd", "endpoint": endpoint.id},
                )
            self.wired()

        def wired(self) -> BaseModel:
            """Give the arguments as the job has them.

            Those of an endpoint that has a kind of step of its own are that kind's: it is the
            same job, under the same key.
            """
            ours = ENDPOINTS.get(self.endpoint)
            if ours is None:
                return AnyArguments(values=self.arguments)
            try:
                return ours.arguments.model_validate(self.arguments, by_alias=True, by_name=False)
            except ValidationError as error:
                raise _of_kind(ours, error) from None

        def endpoint_used(self) -> Endpoint:
            """Give the endpoint, with its price and what is taken from its reply."""
            ours = ENDPOINTS.get(self.endpoint)
            if ours is not None:
                return ours
            return any_endpoint(self.endpoint, self.price_usd or Decimal(0), self.output)

        def output_kinds(self) -> dict[str, MediaKind]:
            """Say what it makes, by name, in the file's order; the first is the step's own."""
            return {output.name: output.kind for output in self.output}


def _of_kind(endpoint: Endpoint, error: ValidationError) -> PydanticCustomError:
    """Say what the typed arguments do not allow, under fal's names."""
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
