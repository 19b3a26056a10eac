"""Whoever can write to where Prefect keeps results puts documents there that are code."""

import base64
import json
import pickle  # noqa: TID251  what must not be read is written
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prefect.filesystems import LocalFileSystem
from prefect.results import ResultStore
from prefect.serializers import JSONSerializer

from shotgraph.tasks import trim
from shotgraph.tasks.policy import PLAIN_JSON
from tests.figures import Count
from tests.media.coded_clips import write_clip
from tests.tasks.calls import call
from tests.tasks.canary import Detonates
from tests.through_prefect import PrefectServer

KIND = 20
NAME = "a-result"


@dataclass(frozen=True)
class Poison:
    """A document that runs code when it is read as it asks to be."""

    name: str
    result: str
    serializer: dict[str, Any]


def poisons(made: dict[str, Any]) -> list[Poison]:
    named = {"__class__": "tests.tasks.canary.detonate", "data": {}}
    packed = base64.encodebytes(pickle.dumps(Detonates())).decode()
    plain, usual = PLAIN_JSON.model_dump(), JSONSerializer().model_dump()
    decoder = {**plain, "object_decoder": "tests.tasks.canary.detonate"}
    return [
        Poison("a class in plain JSON", json.dumps(named), plain),
        Poison("a class inside of a clip", json.dumps({**made, "kind": named}), plain),
        Poison("a clip that is a class", json.dumps({**made, **named}), plain),
        Poison("a class for Prefect's decoder", json.dumps(named), usual),
        Poison("a clip with a decoder of its own", json.dumps(made), decoder),
        Poison("pickle", packed, {"type": "pickle"}),
        Poison("packed pickle", packed, {"type": "compressed/pickle"}),
    ]


@pytest.mark.usefixtures("fal_env")
async def test_no_document_is_carried_out(
    prefect_server: PrefectServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: Count
) -> None:
    trace = tmp_path / "trace"
    monkeypatch.setenv("CANARY_TRACE", str(trace))
    clip = write_clip(tmp_path / "small.mp4", clip=3, frames=24, rate=24)
    made = (await call(trim, str(clip), seconds="1/2")).value
    storage = prefect_server.home / "storage"
    storage.mkdir(exist_ok=True)  # a task whose result nobody asked for has put nothing there
    # As an older shotgraph named them, and every result that is there.
    old = storage / f"shotgraph-{made['key']}-{made['sha256'][:16]}"
    documents = 0
    for poison in poisons(made):
        for document in [old, *(one for one in storage.iterdir() if one.is_file())]:
            metadata = {"serializer": poison.serializer, "storage_key": document.name}
            document.write_text(json.dumps({"metadata": metadata, "result": poison.result}))
            documents += 1
        ended = await call(trim, str(clip), seconds="1/2")
        assert not trace.exists(), poison.name
        assert (ended.state.name, ended.value["sha256"]) == ("Cached", made["sha256"])
    count(documents=documents, executions=int(trace.exists()))


async def test_it_would_be_carried_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: Count
) -> None:
    """Else the test above would be right about nothing."""
    trace = tmp_path / "trace"
    monkeypatch.setenv("CANARY_TRACE", str(trace))
    storage = LocalFileSystem(basepath=str(tmp_path))
    (poison,) = (one for one in poisons({}) if one.name == "pickle")
    metadata = {"serializer": poison.serializer, "storage_key": NAME}
    (tmp_path / NAME).write_text(json.dumps({"metadata": metadata, "result": poison.result}))
    await ResultStore(result_storage=storage, serializer=PLAIN_JSON).aread(NAME)
    count(bait_taken_without_the_guard=int(trace.exists()))
    assert trace.exists()
