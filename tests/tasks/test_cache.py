"""Cached: by the store or by Prefect, but only with the bytes, and never by a strange record."""

import base64
import json
import os
import pickle  # noqa: TID251  what must not be read is written
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prefect import flow, task
from prefect.filesystems import LocalFileSystem
from prefect.results import ResultStore
from prefect.serializers import JSONSerializer
from prefect.transactions import get_transaction

from shotgraph.inputs.hosts import FalBases, backend_of
from shotgraph.tasks import RunSettings, edit, trim
from shotgraph.tasks.policy import PLAIN_JSON, called_key, may_be_read
from tests.media.coded_clips import write_clip
from tests.rehearsal.client import Client
from tests.tasks.calls import call
from tests.tasks.canary import Detonates
from tests.through_prefect import PrefectServer


@dataclass(frozen=True)
class Cached:
    """A trimmed piece that the store and Prefect both have.

    Attributes:
        record: Prefect's own.
        asset: The piece's bytes in the store.
    """

    shot: Path
    made: dict[str, Any]
    record: Path
    asset: Path

    async def again(self) -> Any:
        return await call(trim, str(self.shot), seconds="1/2")

    def plant(self, poison: "Poison") -> None:
        document = json.loads(self.record.read_bytes())
        document["metadata"]["serializer"] = poison.serializer
        self.record.write_text(json.dumps({**document, "result": poison.result}))


class Log:
    """What the tasks say; where Prefect answers for one, it says nothing."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    def clear(self) -> None:
        self._caplog.clear()

    @property
    def store_answered(self) -> bool:
        return "It is in the store." in self._caplog.messages


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    return Log(caplog)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("small") / "small.mp4", clip=3, frames=24, rate=24)


@pytest.fixture
async def cached(
    fal_env: dict[str, str], small: Path, tmp_path: Path, prefect_server: PrefectServer, log: Log
) -> AsyncIterator[Cached]:
    first = await call(trim, str(small), seconds="1/2")
    assert (first.state.name, first.value["how"]) == ("Completed", "ran")
    assert not log.store_answered
    second = await call(trim, str(small), seconds="1/2")
    assert (second.state.name, second.value["how"]) == ("Cached", "cached")
    assert log.store_answered
    log.clear()
    sha256, key = first.value["sha256"], first.value["key"]
    record = prefect_server.home / "storage" / f"shotgraph-{key}-{sha256[:16]}"
    asset = tmp_path / "store" / "objects" / sha256[:2] / sha256
    yield Cached(small, first.value, record, asset)
    record.unlink(missing_ok=True)


async def test_the_third_time_prefect_answers(cached: Cached, log: Log) -> None:
    third = await cached.again()
    assert third.state.name == "Cached"
    assert not log.store_answered
    assert third.value == {**cached.made, "how": "cached"}


async def test_a_flow_gets_a_clip_whoever_answers(cached: Cached, log: Log) -> None:
    @flow
    async def trims() -> str:
        return (await trim(str(cached.shot), seconds="1/2"))["sha256"]

    assert await trims() == cached.made["sha256"]
    cached.record.unlink()
    assert await trims() == cached.made["sha256"]
    assert log.store_answered


async def test_a_transaction_of_somebody_elses_stays_theirs(cached: Cached) -> None:
    @task
    async def uses_it() -> tuple[str, bool]:
        made = await trim.fn(str(cached.shot), seconds="1/2")
        found = get_transaction()
        return made["how"], found is not None and found.is_committed()

    @flow
    async def calls_it() -> tuple[str, bool]:
        return await uses_it()

    assert await calls_it() == ("cached", False)


async def test_a_record_is_of_no_use_without_the_bytes(cached: Cached) -> None:
    cached.asset.chmod(0o600)
    cached.asset.unlink()
    given = {"video": str(cached.shot), "seconds": "1/2", "start": None, "end": None}
    assert called_key("trim", {**given, "settings": None}) is None
    ended = await cached.again()
    assert (ended.state.name, ended.value["how"]) == ("Completed", "ran")
    assert cached.asset.is_file()


async def test_a_damaged_record_is_passed_over(cached: Cached, log: Log) -> None:
    for damage in (b"", b"[]", b'{"metadata": {}}', b"\xff"):
        cached.record.write_bytes(damage)
        log.clear()
        ended = await cached.again()
        assert ended.state.name == "Cached", damage
        assert log.store_answered, damage
        assert ended.value["sha256"] == cached.made["sha256"], damage


@dataclass(frozen=True)
class Poison:
    """A document that runs code when it is read as it asks to be."""

    name: str
    result: str
    serializer: dict[str, Any]


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that is there when poison was carried out."""
    monkeypatch.setenv("CANARY_TRACE", str(tmp_path / "trace"))
    return tmp_path / "trace"


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


async def test_a_poisoned_record_is_not_carried_out(cached: Cached, trace: Path) -> None:
    good = cached.record.read_bytes()
    for poison in poisons(cached.made):
        cached.record.write_bytes(good)
        cached.plant(poison)
        ended = await cached.again()
        assert not trace.exists(), poison.name
        assert ended.value["sha256"] == cached.made["sha256"], poison.name
        assert ended.value["kind"] == "video", poison.name


@pytest.mark.parametrize("name", ["a clip with a decoder of its own", "pickle"])
async def test_the_poison_is_real(cached: Cached, trace: Path, name: str) -> None:
    """Prefect itself, which lets a document say how it is read, does carry it out."""
    (poison,) = (poison for poison in poisons(cached.made) if poison.name == name)
    cached.plant(poison)
    storage = LocalFileSystem(basepath=str(cached.record.parent))
    store = ResultStore(result_storage=storage, serializer=PLAIN_JSON)
    await store.aread(cached.record.name)
    assert trace.read_text(encoding="utf-8") == "called"


def test_what_is_stored_away_from_this_machine_is_not_read() -> None:
    assert not may_be_read(object(), "shotgraph-key")
    assert not may_be_read(LocalFileSystem(), "shotgraph-key")


async def test_another_clip_is_not_taken_for_it(cached: Cached) -> None:
    document = json.loads(cached.record.read_bytes())
    other = {**cached.made, "sha256": "0" * 64}
    cached.record.write_text(json.dumps({**document, "result": json.dumps(other)}))
    assert (await cached.again()).value["sha256"] == cached.made["sha256"]


async def test_a_paid_step_has_a_key_once_its_clip_is_there(
    at_fal: Client, shot: Path, tmp_path: Path, prefect_server: PrefectServer, log: Log
) -> None:
    backend = backend_of(FalBases.model_validate(at_fal.bases.as_dict()))
    settings = RunSettings(backend=backend)
    inputs: dict[str, Any] = {"video": str(shot), "prompt": "key", "tier": "standard", "take": 1}
    inputs |= {"keep_audio": None, "images": None, "elements": None}

    def key(**changed: Any) -> str | None:
        return called_key("edit", {**inputs, "settings": settings, **changed})

    assert key() is None
    made = (await call(edit, str(shot), prompt="key", settings=settings)).value
    assert key() == f"shotgraph-{made['key']}-{made['sha256'][:16]}"
    assert key(take=2) is None
    assert key(tier="pro") is None
    assert key(prompt="key?") is None
    assert key(settings=RunSettings(backend="rehearsal")) is None
    assert key(settings=None) is None
    assert key(settings=RunSettings()) is None
    # Where a clip lies is not part of what it is.
    elsewhere = tmp_path / "elsewhere.mp4"
    os.link(shot, elsewhere)
    assert key(video=str(elsewhere)) == key()

    ended = await call(edit, str(elsewhere), prompt="key", settings=settings)
    assert ended.state.name == "Cached"
    assert ended.value["cost_usd"] == "0"
    log.clear()
    assert (await call(edit, str(shot), prompt="key", settings=settings)).state.name == "Cached"
    assert not log.store_answered
    (asset,) = (tmp_path / "store" / "objects").glob(f"*/{made['sha256']}")
    asset.chmod(0o600)
    asset.unlink()
    assert key() is None
    again = (await call(edit, str(shot), prompt="key", settings=settings)).value
    assert again["sha256"] == made["sha256"]
    assert (await at_fal.book())["counts"]["submits"] == 1
