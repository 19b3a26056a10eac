"""The store fails right after fal has answered: the id is kept, said, and never hidden."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shotgraph.errors import Ambiguous, Refused, Retryable, ShotgraphError, Terminal
from shotgraph.failpoints import Failpoint
from shotgraph.money.buy import buy
from shotgraph.money.events import Accepted, Doubt
from shotgraph.money.send import KEEP_PAUSES_S, LAST_WORDS_S, Unrecorded
from shotgraph.money.session import Session
from shotgraph.store import RecordStore
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.clocks import FastClock
from tests.rehearsal.client import Client


class Failing:
    """Has puts of some records fail, from the moment on at which a job is sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: tuple[str, ...] = ()
        self.times = 10**6
        self.error: Exception = Retryable("the store could not keep it: no route to host")
        self.failed: list[str] = []
        put = RecordStore.put_if_absent

        async def put_or_fail(
            records: RecordStore, name: str, data: bytes, *, at: Failpoint | None = None
        ) -> bool:
            if any(part in name for part in self.names) and len(self.failed) < self.times:
                self.failed.append(name)
                raise self.error
            return await put(records, name, data, at=at)

        monkeypatch.setattr(RecordStore, "put_if_absent", put_or_fail)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    return Failing(monkeypatch)


def sea(session: Session) -> Any:
    return job_of(Shot(prompt="a sea"), session.fal.backend)


async def lost(session: Session) -> ShotgraphError:
    with pytest.raises(ShotgraphError) as caught:
        await buy(session, sea(session))
    return caught.value


EVERYTHING = ("claims/", "/outcome.json", "/doubt.json")


@pytest.mark.parametrize(
    "error",
    [Retryable("no route to host"), Terminal("damaged"), OSError(28, "No space left")],
    ids=repr,
)
async def test_the_id_and_its_address_are_said_logged_and_looked_for(
    server: Client,
    session: Callable[..., Session],
    said: list[str],
    failing: Failing,
    error: Exception,
) -> None:
    first = session()
    failing.names, failing.error = EVERYTHING, error
    told = await lost(first)
    (job,) = (await server.book())["jobs"]
    request_id = job["request_id"]
    assert isinstance(told, Unrecorded)
    assert isinstance(told, Ambiguous)
    assert told.request_id == request_id
    url = f"{server.bases.queue_url}/fal-ai/kling-video/requests/{request_id}/status"
    assert url in str(told)
    assert f"shotgraph reconcile {sea(first).key[:12]}" in str(told)
    assert said[0] == f"a sea: accepted by fal as request {request_id}"
    assert str(told) in said
    assert (await first.ledger.latest(sea(first).key)).state == "sending"
    failing.names = ()
    while (await server.jobs())[0]["status"] != "COMPLETED":
        pass  # Until then it is not listed.
    assert (await buy(session(), sea(first))).result.request_id == request_id
    assert (await server.book())["counts"]["submits"] == 1


@pytest.mark.parametrize("kept", ["claims/", "/outcome.json"])
async def test_one_record_is_enough(
    server: Client, session: Callable[..., Session], failing: Failing, kept: str
) -> None:
    failing.names = tuple(name for name in EVERYTHING if name != kept)
    first = session()
    if kept == "/outcome.json":
        assert (await buy(first, sea(first))).how == "ran"
    else:
        assert isinstance(await lost(first), Unrecorded)
        failing.names = ()
        assert (await buy(session(), sea(first))).how == "resumed"
    assert (await server.book())["counts"]["submits"] == 1
    assert (await server.book())["counts"].get("listings", 0) == 0


async def test_where_only_a_doubt_is_kept_it_holds_the_id(
    server: Client, session: Callable[..., Session], failing: Failing
) -> None:
    failing.names = ("claims/", "/outcome.json")
    first = session()
    await lost(first)
    (job,) = (await server.book())["jobs"]
    doubt = (await first.ledger.latest(sea(first).key)).find(Doubt)
    assert doubt is not None
    assert job["request_id"] in doubt.why


@pytest.mark.parametrize("name", ["claims/", "/outcome.json"])
async def test_a_store_that_is_away_for_a_moment_is_waited_for(
    session: Callable[..., Session], failing: Failing, name: str
) -> None:
    failing.names, failing.times, clock = (name,), len(KEEP_PAUSES_S), FastClock()
    first = replace(session(), clock=clock)
    assert (await buy(first, sea(first))).how == "ran"
    assert clock.slept[: len(KEEP_PAUSES_S)] == list(KEEP_PAUSES_S)
    assert (await first.ledger.latest(sea(first).key)).find(Accepted) is not None
    assert 2 * sum(KEEP_PAUSES_S) < LAST_WORDS_S, "a run that is stopped gets through, too"


async def test_a_lost_answer_stays_one_when_the_store_does_not_keep_it(
    server: Client, session: Callable[..., Session], failing: Failing
) -> None:
    await server.fault("truncated", at="submit")
    failing.names = ("/doubt.json",)
    first = session()
    told = await lost(first)
    assert isinstance(told, Unrecorded)
    assert "may have been accepted and billed" in str(told)
    (job,) = (await server.book())["jobs"]
    assert job["request_id"] in str(told), "the header names it"


async def test_a_clear_no_stays_one_when_the_store_does_not_keep_it(
    server: Client, session: Callable[..., Session], said: list[str], failing: Failing
) -> None:
    await server.fault("refuse", status=422, times=1)
    failing.names = ("/outcome.json",)
    assert type(await lost(session())) is Refused
    assert "nothing was bought, but this could not be put on record" in said[-1]
