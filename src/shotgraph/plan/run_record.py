"""The record of a run's steps at its beginning, and the comparison of a plan with the last run."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from shotgraph.foreign_text import unsigned
from shotgraph.graph import Graph, Node
from shotgraph.keys import Key
from shotgraph.model.references import Asset, LocalFile, MediaRef, RemoteUrl, StepOutput
from shotgraph.model.walk import each_value, walk
from shotgraph.plan.plan import Plan, StepState
from shotgraph.store import Store, sha256_of_file
from shotgraph.store.records import plain, read_or_none


class RecordedNode(BaseModel):
    """One node of a graph when the run began.

    Attributes:
        endpoint: The endpoint's id; None for a local step.
        arguments: The arguments; media by sha256, or by the step that makes them.
        key: The content key, if all inputs existed when the run began.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    endpoint: str | None
    take: int
    arguments: dict[str, Any]
    key: Key | None


class RunRecord(BaseModel):
    """One run when it began.

    Attributes:
        backend: The server's name in content keys.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    run_id: str
    film: str
    at: datetime
    backend: str
    nodes: dict[str, RecordedNode]


def record_of(
    graph: Graph, keys: Mapping[str, Key | None], *, run_id: str, backend: str, at: datetime
) -> RunRecord:
    """Make the record of a run.

    Args:
        graph: The film.
        keys: The content keys by node, as far as they are known.
        run_id: Prefect's id of the run.
        backend: The server's name in content keys.
        at: When the run begins.
    """
    files: dict[Path, str] = {}
    nodes = {
        node.name: _recorded(node, keys.get(node.name), files) for node in graph.in_file_order()
    }
    return RunRecord(run_id=run_id, film=graph.name, at=at, backend=backend, nodes=nodes)


async def put_run(store: Store, record: RunRecord) -> None:
    """Put a run on record, under ``runs/<film>/<when>-<run>.json``.

    Raises:
        Retryable: The store could not be written to.
    """
    run = hashlib.sha256(record.run_id.encode()).hexdigest()[:12]
    name = f"{_folder(record.film)}/{record.at:%Y%m%dT%H%M%S%fZ}-{run}.json"
    await store.records.put_if_absent(name, record.model_dump_json().encode())


async def last_run(store: Store, film: str) -> RunRecord | None:
    """Find the last run of a film, by the film's name; None if there is none.

    Raises:
        Retryable: The store could not be read.
    """
    for name in reversed(await store.records.names(_folder(film))):
        record = read_or_none(RunRecord, await store.records.get(name))
        if record is not None and record.film == film:
            return record
    return None


def _folder(film: str) -> str:
    return f"runs/{plain(film)[:128] or '_'}"


def _recorded(node: Node, key: Key | None, files: dict[Path, str]) -> RecordedNode:
    arguments = walk(
        node.arguments, lambda ref: _recorded_ref(ref, files), _text, rebuilt=_without_empty
    )
    endpoint = node.endpoint.id if node.endpoint is not None else None
    return RecordedNode(
        kind=node.kind.name, endpoint=endpoint, take=node.take, arguments=arguments, key=key
    )


def _recorded_ref(ref: MediaRef, files: dict[Path, str]) -> dict[str, str]:
    match ref:
        case StepOutput():
            return {"step": ref.step} | ({"output": ref.output} if ref.output else {})
        case Asset():
            return {"sha256": ref.sha256}
        case LocalFile():
            if ref.file not in files:
                files[ref.file] = sha256_of_file(ref.file)
            return {"sha256": files[ref.file], "file": ref.file.name}
        case RemoteUrl():
            return _without_signature(ref.url)


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, Fraction | Decimal) else unsigned(value)


def _without_empty(old: Any, new: Any) -> Any:
    if isinstance(new, list):
        return new
    return {str(name): item for name, item in new.items() if item is not None and item != []}


def _without_signature(url: str) -> dict[str, str]:
    """A URL without its query, which may be a secret."""
    digest = hashlib.sha256(url.encode()).hexdigest()
    if url.startswith("data:"):
        return {"url": "data:", "of": digest}
    parts = urlsplit(url)
    return {"url": f"{parts.scheme}://{parts.hostname}{parts.path}", "of": digest}


LONGEST = 48
"""The most characters of a text that is shown whole."""
BEFORE = 12
"""The number of characters shown before the first difference."""


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
"""downstream: the step is unchanged, but depends on a changed or new step."""


@dataclass(frozen=True)
class FieldChange:
    """One changed field, abbreviated; a text is empty if the field is not set.

    Attributes:
        is_medium: Whether the field holds a video, an image or a sound.
    """

    field: str
    old: str
    new: str
    is_medium: bool = False


@dataclass(frozen=True)
class NodeChange:
    """The difference of one step from the last run.

    Attributes:
        state: The step's state in the plan; None if the step is gone.
        cost_usd: The cost of the step now, in dollars.
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
        nodes: The steps in the file's order; removed steps come last.
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
        order: The nodes, each after all nodes that it depends on.
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
        FieldChange(
            field,
            *abbreviated(_shown(was.get(field)), _shown(now.get(field))),
            is_medium=isinstance(was.get(field) or now.get(field), dict),
        )
        for field in {**now, **was}
        if _compared(was.get(field)) != _compared(now.get(field))
    ]
    return ("changed", found) if found else ("unchanged", ())


def _below_a_change(after: RunRecord, own: Mapping[str, _Own], order: Iterable[str]) -> set[str]:
    """The nodes that depend, directly or not, on a changed or new node."""
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
    """The value without names of files and URLs, which don't count."""
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
