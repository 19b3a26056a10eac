"""One flow that runs any pipeline file."""

from pathlib import Path
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from shotgraph.flows.run_film import FilmFailed, run_film
from shotgraph.graph import build_graph
from shotgraph.spec import load_pipeline, read_pipeline
from shotgraph.tasks.policy import PLAIN_JSON
from shotgraph.tasks.rehearsing import rehearsing


def _name() -> str:
    """Name the run after its film."""
    pipeline = str(flow_run.parameters.get("pipeline", ""))
    return "film" if "\n" in pipeline else Path(pipeline).stem or "film"


@flow(name="film", flow_run_name=_name, result_serializer=PLAIN_JSON)
async def film(
    pipeline: str,
    params: dict[str, Any] | None = None,
    rehearse: bool = False,
    max_usd: float | None = None,
    out: str | None = None,
    credentials: str = "default",
    store: str | None = None,
) -> dict[str, Any]:
    """Run a pipeline file: every step starts the moment that what it takes is there.

    Args:
        pipeline: The path of a pipeline file, or its text.
        params: Values for its parameters; relative paths are relative to the working directory.
        rehearse: Draw with a local rehearsal, for nothing, in place of fal.
        max_usd: The most that the run may cost, in dollars; the file's own budget holds as well.
        out: The folder that the film is put into; films by default.
        credentials: The name of the FalCredentials block; FAL_KEY is used where there is none.
        store: Where clips and records live; SHOTGRAPH_STORE where it is not given.

    Returns:
        The report, as ``shotgraph run --json`` prints it.

    Raises:
        FilmFailed: A step failed for good, or its outcome is not known; carries the report.
        InvalidPipeline: Something in the file is wrong; nothing was sent.
    """
    declared = read_pipeline(pipeline) if "\n" in pipeline else load_pipeline(Path(pipeline))
    graph = build_graph(declared, params)
    async with rehearsing(rehearse, store=store, credentials=credentials) as settings:
        report = await run_film(
            graph,
            settings,
            run_id=str(flow_run.id),
            folder=Path(out or "films"),
            max_usd=max_usd,
        )
    if report.error is not None:
        raise FilmFailed(report)
    return report.as_json()
