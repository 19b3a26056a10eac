"""A film that is already in the store: its report and its files, without running a step."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from shotgraph.clock import Clock
from shotgraph.graph import Graph, Node
from shotgraph.making.quality_check import LookedAt
from shotgraph.media.quality.flaw import Flaws
from shotgraph.model.references import StepOutput
from shotgraph.money.accounts import Account
from shotgraph.money.prices import latest_prices
from shotgraph.money.results import Result, Results
from shotgraph.plan import DecidedBy, Plan
from shotgraph.plan.budgets import rates_of
from shotgraph.plan.inputs import is_gate
from shotgraph.plan.retakes import follow_retakes
from shotgraph.plan.run_record import put_run, record_of
from shotgraph.report.companions import write_companions
from shotgraph.report.costs import with_costs
from shotgraph.report.film_folder import named_films, staged_films
from shotgraph.report.manifest import put_manifest
from shotgraph.report.measured_cuts import as_shown, with_cuts
from shotgraph.report.provenance import provenance
from shotgraph.report.report import Report, StepReport
from shotgraph.report.signing import Certificate, with_signatures
from shotgraph.report.stories import with_stories
from shotgraph.store import Store
from shotgraph.store.digest import recall


async def made_before(
    graph: Graph,
    store: Store,
    folder: Path,
    *,
    backend: str,
    clock: Clock,
    certificate: Certificate | None = None,
) -> Report | None:
    """Report a film if the results of all its steps are in the store, and put it into its folder.

    Nothing is submitted, made or asked. This counts as a run, with its own record, manifest and
    folder, like a run whose steps find all results in the store.

    Args:
        graph: The film.
        store: The store with the results.
        folder: The folder for films.
        backend: The server's name in content keys.
        clock: The clock.
        certificate: The certificate to sign films with; None keeps their present signature.

    Returns:
        The report; None if a step has to run, or if a person has to decide.

    Raises:
        InvalidPipeline: An input file does not fit the step that takes it.
        FilmNotWritten: The folder can't be written to; the films stay in the store.
        Retryable: The store could not be read or written to.
        Terminal: A record can't be read, or the store has lost a film.
    """
    await recall(store.records, graph.name)
    prices = await latest_prices(store, backend)
    followed = await follow_retakes(graph, store, backend=backend, prices=prices, clock=clock)
    graph, plan = followed.graph, followed.plan
    results = await _results(graph, plan, store)
    if results is None:
        return None
    run_id, began_at = str(uuid4()), clock.now()
    planned = {step.name: step.key for step in plan.steps}
    record = record_of(graph, planned, run_id=run_id, backend=backend, at=began_at)
    await put_run(store, record)
    keys = {name: result.key for name, result in results.items()}
    flaws = {name: await LookedAt(store).known_of(result) or () for name, result in results.items()}
    decided = {step.name: step.picked_by for step in plan.steps}
    report = await with_costs(
        Report(
            run_id,
            [
                _found(node, results[node.name], flaws[node.name], decided[node.name])
                for node in graph.in_file_order()
            ],
        ),
        plan,
        Account(film=graph.name, run_id=run_id),
        store,
        keys=keys,
        rates=rates_of(graph, prices),
    )
    async with staged_films(named_films(graph, results), store, folder) as staged:
        report = replace(report, films=staged.films, deliveries=staged.further)
        manifest = await provenance(graph, record, report, keys, store, ended_at=clock.now())
        manifest = await with_cuts(manifest, store)
        films = await with_stories(staged, manifest, store)
        films = await with_signatures(films, manifest, store, certificate)
        report = replace(report, films=films.films, deliveries=films.further)
        report = as_shown(report, manifest)
        page = await write_companions(manifest, store, folder, films)
        await put_manifest(store, manifest)
    return replace(report, storyboard=page)


async def _results(graph: Graph, plan: Plan, store: Store) -> dict[str, Result] | None:
    """Read the result of every step; None if one is not in the store."""
    if any(step.state != "have" for step in plan.steps):
        return None
    keys = {step.name: step.key for step in plan.steps}
    chosen = {gate.node.name: gate.decision.chosen for gate in plan.gates if gate.decision}
    chosen |= {step.name: step.picked for step in plan.steps if step.picked is not None}
    found: dict[str, Result] = {}
    for node in graph.nodes.values():
        if is_gate(node):
            if not (take := chosen.get(node.name)):
                return None  # a rehearsal decides by itself in each run, and keeps no decision
            clips = [ref.step for _, _, ref in node.media() if isinstance(ref, StepOutput)]
            found[node.name] = found[clips[take - 1]]
            continue
        key = keys[node.name]
        result = await Results(store).get(key, _paths(node)) if key is not None else None
        if result is None or (node.on_length == "fail" and result.lengths):
            return None
        if not await _is_looked_at(node, result, store):
            return None
        found[node.name] = result
    return found


async def _is_looked_at(node: Node, result: Result, store: Store) -> bool:
    """Whether the faults of a result are known, and do not stop a run."""
    mode = node.checking.mode
    if node.endpoint is None or mode == "off" or result.asset.kind != "video":
        return True
    flaws = await LookedAt(store).known_of(result)
    return flaws is not None and not (flaws and mode == "stop")


def _paths(node: Node) -> tuple[str, ...] | None:
    """The paths of a paid step's output files in fal's reply; None for a local step."""
    if node.endpoint is None:
        return None
    return tuple(output.path for output in node.endpoint.outputs)


def _found(node: Node, result: Result, flaws: Flaws, decided_by: DecidedBy) -> StepReport:
    if is_gate(node):
        return StepReport(node.name, node.kind.name, "cached", decided_by=decided_by)
    return StepReport(
        node.name,
        node.kind.name,
        "cached",
        request_id=result.request_id,
        treatment=result.treatment,
        lengths=result.lengths,
        flaws=flaws if node.endpoint is not None and node.checking.mode != "off" else (),
    )
