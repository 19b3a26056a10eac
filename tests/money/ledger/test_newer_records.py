"""A record of a later version, or with what is not known here, is never misread or bought over."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shotgraph.errors import Terminal
from shotgraph.inputs.hosts import FalBases
from shotgraph.inputs.known_media import KnownUrls, known_asset
from shotgraph.keys import Key
from shotgraph.model.references import Asset, RemoteUrl, Sha256
from shotgraph.money.budget import Budget
from shotgraph.money.buy import buy
from shotgraph.money.connection import FalConnection
from shotgraph.money.job import Job
from shotgraph.money.results import Results
from tests.money.clocks import SteppingClock
from tests.money.ledger.conftest import Connect
from tests.money.ledger.golden_cases import AT
from tests.money.ledger.golden_copy import VERSIONS, Golden, copy, job_of, move
from tests.money.ledger.golden_known import DAY
from tests.rehearsal.client import Client

Change = Callable[[dict[str, Any]], dict[str, Any]]

NEWER: dict[str, Change] = {
    "an extra field": lambda record: {**record, "later": 1},
    "a newer version": lambda record: {**record, "version": 2},
    "a newer version with other fields": lambda record: {"version": 2, "what": record.get("what")},
}
DAMAGED: dict[str, Change] = {
    "a field renamed": lambda record: {f"{name}_": value for name, value in record.items()},
    "nothing in it": lambda record: {},
}
CHANGES = {**NEWER, **DAMAGED}
NEWER_SAID = (
    "was written by a newer version of shotgraph.*nothing is bought until shotgraph is updated"
)
DAMAGED_SAID = "can't be read.*nothing is bought until"
SLOTS = {
    "intent": "accepted",
    "outcome": "accepted",
    "doubt": "doubted",
    "cancel": "cancelled",
    "ended": "done",
    "forgotten": "forgotten",
}


@pytest.fixture(params=VERSIONS)
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Golden:
    return copy(request.param, tmp_path / "copy")


@contextmanager
def changed(path: Path, change: Change) -> Iterator[None]:
    """Have a record read otherwise for a while."""
    whole = path.read_bytes()
    path.write_text(json.dumps(change(json.loads(whole))))
    yield
    path.write_bytes(whole)


@dataclass(frozen=True)
class Shop:
    """Where a job of a golden ledger is asked for."""

    golden: Golden
    server: Client
    connect: Connect
    fal: FalConnection

    async def refuses(self, job: Job, said: str, *budgets: Budget) -> None:
        """Ask for a job: nothing may be sent, nothing put, and the error says why."""
        before = self.golden.files()
        session = self.connect(fal=self.fal, store=self.golden.store, budgets=budgets)
        with pytest.raises(Terminal, match=said):
            await buy(session, job)
        assert (await self.server.book())["counts"].get("submits", 0) == 0
        assert self.golden.files() == before


@pytest.fixture
def shop(golden: Golden, server: Client, connect: Connect, fal: FalConnection) -> Shop:
    move(golden, server, {})
    return Shop(golden, server, connect, FalConnection(fal.bases, fal.key, "fal"))


@pytest.mark.parametrize("slot", SLOTS)
async def test_an_event(slot: str, golden: Golden, shop: Shop) -> None:
    path = golden.record(SLOTS[slot], slot)
    job = await job_of(golden.store, Key(path.parts[-3]))
    for name, change in CHANGES.items():
        with changed(path, change):
            await shop.refuses(job, f"/{slot}.json {NEWER_SAID if name in NEWER else DAMAGED_SAID}")


@pytest.mark.parametrize(("name", "what", "refusal"), [
    ("outcome", "refunded", NEWER_SAID),
    ("refund", "refund", NEWER_SAID),
    ("refund", "turned", DAMAGED_SAID),
])  # fmt: skip
async def test_an_event_of_a_kind_that_is_not_known(
    name: str, what: str, refusal: str, golden: Golden, shop: Shop
) -> None:
    turned = golden.record("turned", "outcome")
    job = await job_of(golden.store, Key(turned.parts[-3]))
    record = json.loads(turned.read_bytes())
    turned.with_name(f"{name}.json").write_text(json.dumps({**record, "what": what}))
    await shop.refuses(job, f"/{name}.json {refusal}")


async def test_a_claim(golden: Golden, shop: Shop) -> None:
    """It may be this very job's: whose answer was lost is not bought over it."""
    key = next(key for key, job in golden.jobs() if job.words == "begun and claimed")
    (request_id,) = [one for one, owner in golden.known.claims.items() if owner[0] == key]
    job, name = await job_of(golden.store, key), f"claims/{request_id}.json"
    for kind, change in CHANGES.items():
        with changed(golden.folder / name, change):
            await shop.refuses(job, f"{name} {NEWER_SAID if kind in NEWER else DAMAGED_SAID}")


async def test_a_reservation(golden: Golden, shop: Shop) -> None:
    key = next(key for key, job in golden.jobs() if job.words == "turned")
    job, name = await job_of(golden.store, key), "budgets/day_2025-01-06/00000003.json"
    for kind, change in CHANGES.items():
        with changed(golden.folder / name, change):
            await shop.refuses(job, f"{name} {NEWER_SAID if kind in NEWER else DAMAGED_SAID}", DAY)


async def test_a_result_that_is_damaged(golden: Golden, shop: Shop) -> None:
    """The ledger still says that it was bought: it is asked of fal again, and not bought again."""
    key = next(key for key, job in golden.jobs() if job.words == "kept")
    job, results = await job_of(golden.store, key), Results(golden.store)
    (path,) = (golden.folder / "results" / key).iterdir()
    for change in DAMAGED.values():
        with changed(path, change):
            assert await results.get(key) is None
            assert results.get_now(key) is None
            await shop.refuses(job, "The job was not bought again")
    assert await results.get(key) is not None


async def test_a_result_that_a_newer_shotgraph_wrote(golden: Golden, shop: Shop) -> None:
    """What it names is there: nobody is told to buy it again."""
    key = next(key for key, job in golden.jobs() if job.words == "kept")
    job, results = await job_of(golden.store, key), Results(golden.store)
    (path,) = (golden.folder / "results" / key).iterdir()
    name = f"results/{key}/{path.name}"
    said = f"{name} was written by a newer version.*[Nn]othing was bought; update shotgraph"
    for change in (NEWER["an extra field"], NEWER["a newer version"]):
        with changed(path, change):
            await shop.refuses(job, said)
            with pytest.raises(Terminal, match=said) as now:
                results.get_now(key)
            with pytest.raises(Terminal, match=said):
                results.get_now(key, names=[name])
            assert "again" not in now.value.message.replace("run again", "")


async def test_one_result_that_can_be_read_is_enough(golden: Golden) -> None:
    key = next(key for key, job in golden.jobs() if job.words == "kept")
    results = Results(golden.store)
    before = await results.get(key)
    (path,) = (golden.folder / "results" / key).iterdir()
    newer = {**json.loads(path.read_bytes()), "version": 2}
    path.with_name("0" * 64 + ".json").write_text(json.dumps(newer))
    assert await results.get(key) == results.get_now(key) == before is not None


async def test_what_fal_has(golden: Golden) -> None:
    """What can be had again for nothing is uploaded, or fetched, once more."""
    clock = SteppingClock()
    clock.pass_by((AT + timedelta(hours=4) - clock.now()).total_seconds())
    uploads = KnownUrls(FalBases(), golden.store, clock)
    (upload,) = (golden.folder / "uploads").glob("*/*/*.json")
    (url,) = (golden.folder / "urls").iterdir()
    (sha256,) = golden.known.uploads
    asset = Asset(sha256=Sha256(sha256), kind="image", size_bytes=0, content_type="")
    ref = RemoteUrl(url=next(iter(golden.known.urls)))
    for change in CHANGES.values():
        with changed(upload, change), changed(url, change):
            assert await uploads.latest(asset) is None
            assert known_asset(ref, "video", golden.store) is ref
    assert await uploads.latest(asset) is not None
    assert known_asset(ref, "video", golden.store) is not ref
