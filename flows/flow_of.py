"""A pipeline file → a flow of its own, whose parameters are the film's: for `prefect deploy`.

Prefect's own command makes a deployment's form out of the signature of a flow. `shotgraph deploy`
does without: it writes the form itself, and its runs need no file.
"""

from pathlib import Path
from typing import Any, Literal

from prefect import Flow, flow
from pydantic import BaseModel, ConfigDict, Field, create_model

from shotgraph.flows.film import film
from shotgraph.flows.form import GivenValues, all_defaults
from shotgraph.spec import Param, Pipeline, load_pipeline
from shotgraph.tasks.policy import PLAIN_JSON

_ARGS = """
Args:
    params: What the film is made of.
    rehearse: Draw with a local rehearsal, for nothing, in place of fal.
    max_usd: The most that the run may cost, in dollars; the file's own budget holds as well.
    credentials: The name of the FalCredentials block with the key.
"""
_TYPES: dict[str, type] = {"number": float, "integer": int, "boolean": bool}


def flow_of(file: str | Path, *, trust_prices: bool = False) -> Flow[..., Any]:
    """Make the flow of a pipeline file, which stays where it is.

    Args:
        file: The pipeline file.
        trust_prices: Vouch for the prices of its `fal` steps, where only the file knows them.

    Returns:
        A flow with the parameters ``params``, ``rehearse``, ``max_usd`` and ``credentials``; it
        gives what the flow `film` gives.

    Raises:
        InvalidPipeline: Something in the file is wrong.
    """
    path = Path(file).resolve()
    pipeline = load_pipeline(path)
    model = _model(pipeline)

    async def run(params: Any, rehearse: Any, max_usd: Any, credentials: Any) -> Any:
        return await film.fn(
            str(path),
            params=_without_defaults(pipeline, params.model_dump()),
            rehearse=rehearse,
            max_usd=max_usd,
            credentials=credentials,
            trust_prices=trust_prices,
        )

    run.__doc__ = f"{pipeline.description}\n{_ARGS}"
    run.__name__ = run.__qualname__ = pipeline.name.replace("-", "_").replace(".", "_")
    run.__annotations__ |= {
        "params": model,
        "rehearse": bool,
        "max_usd": float | None,
        "credentials": str,
    }
    complete = not any(field.is_required() for field in model.model_fields.values())
    run.__defaults__ = (*([model()] if complete else []), False, None, "default")
    named = flow(name="film", flow_run_name=pipeline.name, result_serializer=PLAIN_JSON)
    return named(run)


def _without_defaults(pipeline: Pipeline, values: dict[str, Any]) -> dict[str, Any]:
    """Leave out values that equal the file's defaults: their paths are relative to the file."""
    defaults = all_defaults(pipeline, GivenValues())
    return {
        name: value
        for name, value in values.items()
        if name not in defaults or value != defaults[name]
    }


def _model(pipeline: Pipeline) -> type[BaseModel]:
    defaults = all_defaults(pipeline, GivenValues())
    fields: dict[str, Any] = {
        name: (
            _type(param),
            Field(defaults.get(name, ...), title=name, description=param.description or None),
        )
        for name, param in pipeline.params.items()
    }
    forbidding = ConfigDict(extra="forbid", title="The film's parameters")
    return create_model("Params", __config__=forbidding, **fields)


def _type(param: Param) -> Any:
    one: Any = _TYPES.get(param.item, str)
    if param.choices is not None:
        one = Literal[param.choices]
    return list[one] if param.list is not None else one
