"""Compare a plan with the last run: changed fields, abbreviated to where they differ."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile
from typing import Any, Literal, TypeAlias

from shotgraph.model.walk import each_value
from shotgraph.plan.plan import Plan, StepState
from shotgraph.plan.run_record import RecordedNode, RunRecord

LONGEST = 48
"""Characters of a text that is shown whole."""
BEFORE = 12
"""Characters that are shown before the first difference."""


def abbreviated(old: str, new: str) -> tuple[str, str]:
    """Cut two texts to the part where they differ, with some characters before it."""
    if max(len(old), len(new)) <= LONGEST:
        return old, new
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    begin = max(0, same - BEFORE) if old and new else 0
    return _cut(old, begin), _cut(new, begin)


def _cut(text: str, begin: int) -> str:
    if len(text) <= LONGEST and not begin:
        return text
    end = begin + LONGEST
    return ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else "")


Change: TypeAlias = Literal["unchanged", "changed", "new", "gone", "downstream"]
"""downstream: the step itself is unchanged, and takes the output of a changed or new one."""


@dataclass(frozen=True)
class FieldChange:
    """One changed field, abbreviated; a text is empty if the field is not set."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class NodeChange:
    """How one step differs from the last run.

    Attributes:
        state: Its state in the plan; None if the step is gone.
        cost_usd: What it would cost now, in dollars.
    """

    name: str
    kind: str
    change: Change
    fields: Sequence[FieldChange] = ()
    state: StepState | None = None
    cost_usd: Decimal = Decimal(0)

    def as_json(self) -> dict[str, Any]:
        """The change as ``plan --diff --json`` prints it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "change": self.change,
            "fields": [{"field": one.field, "old": one.old, "new": one.new} for one in self.fields],
            "state": self.state,
            "cost_usd": float(self.cost_usd),
        }


@dataclass(frozen=True)
class Diff:
    """A plan compared with the last run.

    Attributes:
        before: The last run.
        nodes: In the file's order; steps that are gone come last.
    """

    before: RunRecord
    nodes: Sequence[NodeChange]

    def as_json(self) -> dict[str, Any]:
        """The diff as ``plan --diff --json`` prints it."""
        return {
            "against": {
                "run_id": self.before.run_id,
                "at": self.before.at.isoformat(),
                "backend": self.before.backend,
            },
            "steps": [node.as_json() for node in self.nodes],
            "cost_usd": float(sum((node.cost_usd for node in self.nodes), Decimal(0))),
        }


def compare(before: RunRecord, after: RunRecord, plan: Plan, order: Iterable[str]) -> Diff:
    """Compare a film with its last run.

    Args:
        before: The last run.
        after: The record that a run would make now.
        plan: The plan of that run.
        order: The nodes, each after all that it takes from.
    """
    own = {name: _own_change(before.nodes.get(name), node) for name, node in after.nodes.items()}
    below = _below_a_change(after, own, order)
    planned = {step.name: step for step in plan.steps}
    nodes = []
    for name, (change, fields) in own.items():
        is_below = change == "unchanged" and name in below
        nodes.append(
            NodeChange(
                name=name,
                kind=after.nodes[name].kind,
                change="downstream" if is_below else change,
                fields=fields,
                state=planned[name].state,
                cost_usd=planned[name].cost_usd,
            )
        )
    gone = before.nodes.keys() - after.nodes.keys()
    nodes += [
        NodeChange(name, node.kind, "gone") for name, node in before.nodes.items() if name in gone
    ]
    return Diff(before, nodes)


_Own: TypeAlias = tuple[Change, Sequence[FieldChange]]


def _own_change(old: RecordedNode | None, new: RecordedNode) -> _Own:
    if old is None:
        return "new", ()
    was, now = dict(_fields(old)), dict(_fields(new))
    found = [
        FieldChange(field, *abbreviated(_shown(was.get(field)), _shown(now.get(field))))
        for field in {**now, **was}
        if _compared(was.get(field)) != _compared(now.get(field))
    ]
    return ("changed", found) if found else ("unchanged", ())


def _below_a_change(after: RunRecord, own: Mapping[str, _Own], order: Iterable[str]) -> set[str]:
    """The nodes that depend, directly or not, on a changed or new one."""
    below: set[str] = set()
    for name in order:
        for before in _steps_in(after.nodes[name].arguments):
            if before in below or (before in own and own[before][0] != "unchanged"):
                below.add(name)
    return below


def _steps_in(arguments: Any) -> Iterator[str]:
    for _, value in each_value(arguments):
        is_ref = isinstance(value, dict) and value.keys() <= {"step", "output"}
        if is_ref and isinstance(value.get("step"), str):
            yield value["step"]


def _fields(node: RecordedNode) -> Iterator[tuple[str, Any]]:
    yield "kind", node.kind
    yield "endpoint", node.endpoint
    yield "take", node.take
    for name, value in node.arguments.items():
        yield from _flat(name, value)


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and not _is_medium(value):
        for name, item in value.items():
            yield from _flat(f"{path}.{name}", item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _flat(f"{path}[{number}]", item)
    else:
        yield path, value


def _is_medium(value: Mapping[str, Any]) -> bool:
    return any(value.keys() <= known for known in _MEDIA if value)


_MEDIA = ({"sha256", "file"}, {"step", "output"}, {"url", "of"})


def _compared(value: Any) -> Any:
    """Leave out the names of files, which don't count."""
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if name not in ("file", "url")}
    return value


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, dict):
        return str(value)
    if "step" in value:
        return f"${value['step']}" + (f".{value['output']}" if "output" in value else "")
    if "url" in value:
        return f"{value['url']} ({value['of'][:8]}…)"
    return f"{value.get('file', 'file')} ({value.get('sha256', '')[:8]}…)"
