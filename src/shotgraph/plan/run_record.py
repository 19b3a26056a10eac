"""The record of what a run set out to make; the next plan is compared with it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from shotgraph.foreign_text import unsigned
from shotgraph.graph import Graph, Node
from shotgraph.keys import Key
from shotgraph.model.references import Asset, LocalFile, MediaRef, RemoteUrl, StepOutput
from shotgraph.model.walk import walk
from shotgraph.store import Store, sha256_of_file


class RecordedNode(BaseModel):
    """One node of a graph when the run began.

    Attributes:
        endpoint: The endpoint's id; None for a step that this machine does itself.
        arguments: Media by sha256, or by the step that makes them.
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
        backend: Who drew, as content keys name it.
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
    """Describe a run.

    Args:
        graph: The film.
        keys: By node, as far as they are known.
        run_id: Prefect's id of the run.
        backend: Who draws.
        at: When it begins.
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
    """Find the last run of a film of that name; None if there is none.

    Raises:
        Retryable: The store could not be read.
    """
    for name in reversed(await store.records.names(_folder(film))):
        record = _read(await store.records.get(name))
        if record is not None and record.film == film:
            return record
    return None


def _folder(film: str) -> str:
    safe = "".join(char if char.isascii() and char.isalnum() else "_" for char in film)
    return f"runs/{safe[:128] or '_'}"


def _read(data: bytes | None) -> RunRecord | None:
    """Read a record; a damaged one counts as missing: it is only compared with."""
    try:
        return RunRecord.model_validate_json(data) if data else None
    except ValueError:
        return None


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
