"""Make the manifest of a run from its graph, its report and the store."""

import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from shotgraph.errors import MediaError, ShotgraphError, Undecided
from shotgraph.graph import Graph
from shotgraph.inputs.known_media import known_asset
from shotgraph.keys import Key
from shotgraph.media.binary import find_ffmpeg
from shotgraph.media.probe import Medium, probe
from shotgraph.model.references import Asset, LocalFile, MediaKind, RemoteUrl
from shotgraph.model.walk import walk
from shotgraph.money.accounts import NOTHING
from shotgraph.money.results import Result, Results
from shotgraph.plan.run_record import RecordedNode, RunRecord
from shotgraph.report.manifest import ErrorEntry, FilmEntry, GivenEntry, Manifest, StepEntry
from shotgraph.report.report import DeliveryEntry, Report, StepReport
from shotgraph.store import Store
from shotgraph.store.assets import content_type_of

_PACKAGES = ("shotgraph", "prefect", "fal-client")


async def provenance(
    graph: Graph,
    record: RunRecord,
    report: Report,
    keys: Mapping[str, Key],
    store: Store,
    *,
    ended_at: datetime,
) -> Manifest:
    """Make the manifest of a run.

    Args:
        graph: The film.
        record: The record of the run's beginning.
        report: The report of the run.
        keys: The content keys of the results, by step.
        store: The store with the results.
        ended_at: The present time.

    Raises:
        Retryable: The store could not be read.
    """
    results = {name: await Results(store).get(key) for name, key in keys.items()}
    steps = [
        _step(step, _node_of(step, record), keys.get(step.name), results.get(step.name))
        for step in report.steps
    ]
    made = {step.name: step.medium for step in steps}
    films = [
        FilmEntry(step=output.step, file=file.path.name, medium=medium)
        for output, file in zip(graph.films, report.films, strict=False)
        if (medium := made.get(output.step)) is not None
    ]
    deliveries = [
        DeliveryEntry(
            step=one.node, file=file.path.name, medium=file.medium, measured=file.delivery
        )
        for one, file in zip(graph.deliveries, report.deliveries, strict=False)
    ]
    return Manifest(
        film=graph.name,
        description=graph.description,
        run_id=report.run_id,
        status=report.status,
        error=_error(report.error),
        at=record.at,
        ended_at=ended_at,
        backend=record.backend,
        cost_usd=report.cost_usd,
        may_be_billed_usd=report.may_be_billed_usd,
        film_cost_usd=report.film_money.billed_usd if report.film_money else None,
        film_may_be_billed_usd=(report.film_money or NOTHING).may_be_billed_usd,
        films=films,
        given=await given_entries(graph, store),
        steps=steps,
        software=software(),
        deliveries=tuple(deliveries),
    )


def software() -> dict[str, str]:
    """The versions of the programs and packages that make films on this machine."""
    found = {name: importlib.metadata.version(name) for name in _PACKAGES}
    found["python"] = platform.python_version()
    try:
        found["ffmpeg"] = find_ffmpeg().version
    except MediaError:
        found["ffmpeg"] = "none"
    return found


def without_urls(value: Any) -> Any:
    """Copy arguments, with only the host of each URL, because the rest may be a secret."""
    return walk(value, lambda ref: ref, _host_of_url, rebuilt=_host_of_recorded_url)


def _host_of_url(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(("http://", "https://", "data:")):
        return {"from": urlsplit(value).hostname or "data"}
    return value


def _host_of_recorded_url(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and old.keys() == {"url", "of"}:
        return {"from": urlsplit(old["url"]).hostname or "data", "of": old["of"]}
    return new


def _node_of(step: StepReport, record: RunRecord) -> RecordedNode:
    """Find the node of a step; a rejected take has no node in the film, and gets an empty one."""
    gone = RecordedNode(kind=step.kind, endpoint=None, take=1, arguments={}, key=None)
    return record.nodes.get(step.name, gone)


def _step(
    report: StepReport, node: RecordedNode, key: Key | None, result: Result | None
) -> StepEntry:
    return StepEntry(
        name=report.name,
        kind=report.kind,
        endpoint=node.endpoint,
        take=node.take,
        status=report.status,
        prompt=_words(node.arguments),
        arguments=without_urls(node.arguments),
        key=key or node.key,
        medium=result.medium if result is not None else None,
        cost_usd=report.cost_usd,
        may_be_billed_usd=report.may_be_billed_usd,
        estimate_usd=report.estimate_usd,
        estimate_was_off=report.why,
        paid_usd=result.cost_usd if result is not None else report.cost_usd,
        request_id=report.request_id,
        recipe=result.recipe if result is not None else None,
        seconds=result.seconds if result is not None else None,
        made_at=result.made_at if result is not None else None,
        error=_error(report.error),
        treatment=result.treatment if result is not None else None,
        lengths=result.lengths if result is not None else (),
        flaws=report.flaws,
        decided_by=report.decided_by,
    )


def _words(arguments: Mapping[str, Any]) -> str:
    """Find the prompt of a step; the field depends on its kind."""
    inside = arguments.get("arguments")
    for place in (arguments, inside if isinstance(inside, Mapping) else {}):
        for name in ("prompt", "message", "text"):
            if isinstance(place.get(name), str) and place[name]:
                return str(place[name])
    return ""


def _error(error: ShotgraphError | None) -> ErrorEntry | None:
    if error is None:
        return None
    message = error.message
    for file in error.files if isinstance(error, Undecided) else ():
        message = message.replace(file, Path(file).name)
    return ErrorEntry(code=error.code, message=message)


async def given_entries(graph: Graph, store: Store) -> Sequence[GivenEntry]:
    """The inputs of a film; an input that is not in the store has only a name."""
    refs: dict[LocalFile | RemoteUrl, MediaKind | None] = {
        ref: kind
        for node in graph.in_file_order()
        for _, kind, ref in node.media()
        if isinstance(ref, LocalFile | RemoteUrl)
    }
    return [await _given(ref, kind, store) for ref, kind in refs.items()]


async def _given(ref: LocalFile | RemoteUrl, kind: MediaKind | None, store: Store) -> GivenEntry:
    name = ref.file.name if isinstance(ref, LocalFile) else urlsplit(ref.url).hostname or "data"
    try:
        asset = known_asset(ref, kind, store)
        if not isinstance(asset, Asset) or await store.assets.size_bytes(asset.sha256) is None:
            return GivenEntry(name=name, medium=None)
        path = await store.assets.file(asset)
        if isinstance(ref, LocalFile):
            # The plan has probed the file, so its copy in the store need not be opened.
            store.assets.know(asset, await probe(ref.file))
        info = await store.assets.info(asset)
    except (ShotgraphError, OSError):
        return GivenEntry(name=name, medium=None)
    typed = asset.model_copy(update={"content_type": content_type_of(path, asset.kind)})
    return GivenEntry(name=name, medium=Medium.of(typed, info))
