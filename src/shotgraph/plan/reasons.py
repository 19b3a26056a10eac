"""Why a step has to be bought or made: the differences from the film's last run."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from shotgraph.clock import Clock
from shotgraph.graph import Graph, Node
from shotgraph.money.step_price import dollars
from shotgraph.plan.inputs import is_gate
from shotgraph.plan.plan import Plan, PlannedStep
from shotgraph.plan.run_record import Diff, FieldChange, NodeChange, compare, last_run, record_of
from shotgraph.store import Store


async def since_last_run(
    graph: Graph, plan: Plan, store: Store, backend: str, clock: Clock
) -> Diff | None:
    """Compare a plan with the last run of its film; None if there was none.

    Raises:
        Retryable: The store could not be read.
    """
    before = await last_run(store, graph.name)
    if before is None:
        return None
    after = record_of(graph, {}, run_id="", backend=backend, at=clock.now())
    return compare(before, after, plan, graph.nodes)


def with_reasons(plan: Plan, graph: Graph, diff: Diff | None) -> Plan:
    """Give each step of a plan its reason.

    Args:
        plan: The plan.
        graph: The film.
        diff: The plan compared with the last run; None if there was none.
    """
    changes = {node.name: node for node in diff.nodes} if diff is not None else {}
    steps = [
        replace(step, why=_reason(step, graph.nodes[step.name], changes)) for step in plan.steps
    ]
    return replace(plan, steps=steps)


def _reason(step: PlannedStep, node: Node, changes: Mapping[str, NodeChange]) -> str:
    if step.state == "have":
        return f"another take: {dollars(step.saved_usd)}" if step.saved_usd else ""
    if step.same_as is not None or is_gate(node):
        return ""
    if step.state == "in_flight":
        return step.why
    if step.faulty_takes:
        many = step.faulty_takes
        return "bought, and has faults" if many == 1 else f"{many} takes bought, all have faults"
    change = changes.get(step.name)
    if change is not None and change.change == "new":
        return "new"
    if change is not None and change.change == "changed":
        return "; ".join(_words(change))
    if change is not None and change.change == "downstream":
        names = sorted(name for name in node.upstream() if _is_other(changes.get(name)))
        return f"input changed: {', '.join(f'${name}' for name in names)}"
    if node.endpoint is None:
        return "never made"
    # For a job that may be at fal, the step's note gives the reason.
    return "" if step.request_id is not None or step.doubtful else "never bought"


def _is_other(change: NodeChange | None) -> bool:
    return change is not None and change.change != "unchanged"


def _words(change: NodeChange) -> Iterator[str]:
    for field in change.fields:
        was, now = field.old or "–", field.new or "–"
        yield f"{_what(field)}: {was} → {now}"


def _what(field: FieldChange) -> str:
    if field.is_medium:
        return f"input changed, {field.field}"
    return "words changed" if field.field.endswith("prompt") else f"{field.field} changed"
