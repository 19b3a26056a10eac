"""Whoever can write to where Prefect keeps results puts documents there that are code."""

import json
from pathlib import Path

import pytest
from prefect.filesystems import LocalFileSystem
from prefect.results import ResultStore

from shotgraph.tasks.policy import PLAIN_JSON, may_be_read
from tests.figures import Count
from tests.tasks.test_cache import poisons

KIND = 20
SHA256 = "a" * 64
KEY = f"shotgraph-key-{SHA256[:16]}"
MADE = {
    "sha256": SHA256,
    "kind": "video",
    "size_bytes": 1,
    "content_type": "video/mp4",
    "width": 2,
    "height": 2,
    "duration_s": "1",
    "fps": "24",
    "key": "key",
    "request_id": None,
    "cost_usd": "0",
    "how": "ran",
}


async def test_no_document_is_carried_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: Count
) -> None:
    trace = tmp_path / "trace"
    monkeypatch.setenv("CANARY_TRACE", str(trace))
    storage = LocalFileSystem(basepath=str(tmp_path / "storage"))
    (tmp_path / "storage").mkdir()
    store = ResultStore(result_storage=storage, serializer=PLAIN_JSON)
    document = tmp_path / "storage" / KEY
    read = 0
    for poison in poisons(MADE):
        metadata = {"serializer": poison.serializer, "storage_key": KEY}
        document.write_text(json.dumps({"metadata": metadata, "result": poison.result}))
        if may_be_read(storage, KEY):
            read += 1
            await store.aread(KEY)
    count(documents=len(poisons(MADE)), read_as_data=read, executions=int(trace.exists()))
    assert not trace.exists()


async def test_it_would_be_carried_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: Count
) -> None:
    """Else the test above would be right about nothing."""
    trace = tmp_path / "trace"
    monkeypatch.setenv("CANARY_TRACE", str(trace))
    storage = LocalFileSystem(basepath=str(tmp_path))
    (poison,) = (one for one in poisons(MADE) if one.name == "pickle")
    metadata = {"serializer": poison.serializer, "storage_key": KEY}
    (tmp_path / KEY).write_text(json.dumps({"metadata": metadata, "result": poison.result}))
    await ResultStore(result_storage=storage, serializer=PLAIN_JSON).aread(KEY)
    count(bait_taken_without_the_guard=int(trace.exists()))
    assert trace.exists()
