"""The task `fal`, for any endpoint of fal."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from prefect import task
from typing_extensions import TypedDict

from shotgraph.model.references import MediaKind
from shotgraph.tasks.made import Made
from shotgraph.tasks.policy import paid_options
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.step import checked, run_step


class _Path(TypedDict):
    path: str


class OutputAt(_Path, total=False):
    """The path of a file in a reply, and its kind if the path does not show it."""

    kind: MediaKind


Outputs: TypeAlias = str | OutputAt | Mapping[str, str | OutputAt]


@task(**paid_options("fal"))
async def fal(
    endpoint: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    output: Outputs = "video",
    price_usd: str | int | Decimal | None = None,
    schema: str | Path | None = None,
    take: int = 1,
    settings: RunSettings | None = None,
) -> Made:
    """Run any endpoint of fal; it is bought once, like every other step.

    Args:
        endpoint: Its id, as fal's page has it, such as ``fal-ai/flux/dev``.
        arguments: What it takes, under fal's names. What other tasks made may stand anywhere in
            it; a text under a name such as ``image_url`` is a path or an https URL.
        output: Where in its reply the file is: ``audio.url``, ``images[0]``; or several by name,
            of which the first is the step's own. Where the path does not tell what it is:
            ``{"path": "result", "kind": "video"}``.
        price_usd: The most that one job costs, in dollars; needed except for Kling O1. It is an
            error if it is 0, or less than this store's jobs of the endpoint were billed.
        schema: The endpoint's OpenAPI document, a file in JSON. Without it fal is asked for one.
        take: Which generation of the same job; another take is another file, and is paid for.
        settings: Where the store and fal are; the environment's where it is None.

    Returns:
        The file, in the store; ``outputs`` has every one by its name, where there are several.

    Raises:
        ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
    """
    given = {
        "endpoint": endpoint,
        "arguments": arguments,
        "output": output,
        "price_usd": price_usd,
        "schema": schema,
    }
    return await run_step(checked("fal", given, take=take), settings)
