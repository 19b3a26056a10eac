"""A run on an old ledger does what each job's state says, and buys nothing that was bought."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shotgraph.errors import Ambiguous
from shotgraph.keys import Key
from shotgraph.money.attempts import Ledger
from shotgraph.money.buy import Bought, buy
from shotgraph.money.connection import FalConnection
from shotgraph.money.events import Intent
from shotgraph.money.session import Session
from shotgraph.money.windows import Windows
from tests.money.clocks import ImpatientClock
from tests.money.ledger.conftest import Connect
from tests.money.ledger.golden_copy import VERSIONS, Golden, copy_onto, job_of
from tests.rehearsal.client import Client

HOW = {
    "cached": "cached",
    "followed": "resumed",
    "fetched": "resumed",
    "looked for": "ran",
    "bought": "ran",
}


@pytest.fixture(params=VERSIONS)
async def golden(request: pytest.FixtureRequest, server: Client, tmp_path: Path) -> Golden:
    return await copy_onto(server, request.param, tmp_path / "copy")


class Then(ImpatientClock):
    """A clock that began at some moment in the past."""

    def __init__(self, began: datetime) -> None:
        self._behind = super().now() - began

    def now(self) -> datetime:
        return super().now() - self._behind


def session_on(golden: Golden, connect: Connect, fal: FalConnection, **fields: object) -> Session:
    at_fal = FalConnection(fal.bases, fal.key, "fal")
    return connect(fal=at_fal, store=golden.store, **fields)


async def run(golden: Golden, session: Session) -> dict[Key, Bought]:
    jobs = {key: await job_of(golden.store, key) for key, _ in golden.jobs()}
    bought = await asyncio.gather(*(buy(session, job) for job in jobs.values()))
    return dict(zip(jobs, bought, strict=True))


async def submits(server: Client) -> int:
    return int((await server.book())["counts"].get("submits", 0))


@pytest.mark.slow
async def test_each_job_is_gone_on_with(
    golden: Golden, server: Client, connect: Connect, fal: FalConnection
) -> None:
    before = await submits(server)
    first = await run(golden, session_on(golden, connect, fal))
    ledger, new = Ledger(golden.store.records), 0
    for key, job in golden.jobs():
        assert first[key].how == HOW[job.then], job.words
        anew = job.then in ("looked for", "bought")
        new += anew
        latest = await ledger.latest(key)
        assert (latest.number, latest.state) == (job.number + anew, "succeeded"), job.words
        if key in golden.requests:
            assert first[key].result.request_id == golden.requests[key], job.words
    assert await submits(server) == before + new
    charged = {job["request_id"] for job in await server.jobs() if job["charged_usd"] > 0}
    assert {one.result.request_id for one in first.values() if one.how != "cached"} == charged

    again = await run(golden, session_on(golden, connect, fal))
    assert {one.how for one in again.values()} == {"cached"}
    assert {key: one.result for key, one in again.items()} == {
        key: one.result for key, one in first.items()
    }
    assert await submits(server) == before + new


async def test_what_is_not_known_is_waited_for(
    golden: Golden, server: Client, connect: Connect, fal: FalConnection
) -> None:
    """Soon after it was sent, when buying again was not safe yet."""
    before, ledger = await submits(server), Ledger(golden.store.records)
    for key, job in golden.jobs():
        if job.then != "looked for":
            continue
        attempt = await ledger.latest(key)
        intent = attempt.find(Intent)
        assert intent is not None
        clock = Then(intent.safe_from - timedelta(minutes=1))
        with pytest.raises(Ambiguous, match=f"safe from {intent.safe_from:%Y-%m-%d %H:%M:%S}"):
            await buy(
                session_on(golden, connect, fal, clock=clock), await job_of(golden.store, key)
            )
        assert await ledger.latest(key) == attempt
    assert await submits(server) == before


async def test_what_fal_lists_is_found(
    golden: Golden, server: Client, connect: Connect, fal: FalConnection
) -> None:
    session = session_on(golden, connect, fal, windows=Windows(look_s=30))
    for key, job in golden.jobs():
        if job.then != "looked for":
            continue
        attempt = await Ledger(golden.store.records).latest(key)
        intent = attempt.find(Intent)
        assert intent is not None
        lost = await server.submit(intent.body, intent.endpoint_id)
        await lost.ended()
        before = await submits(server)
        bought = await buy(session, await job_of(golden.store, key))
        assert bought.how == "resumed", job.words
        assert bought.result.request_id == lost.accepted["request_id"]
        assert (await Ledger(golden.store.records).latest(key)).number == job.number
        assert await submits(server) == before
