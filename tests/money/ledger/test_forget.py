"""A person decides to buy again: what that changes on record, and what it does not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shotgraph.cli.lost_jobs import reconcile_jobs
from shotgraph.errors import InvalidInput
from shotgraph.keys import Key
from shotgraph.money.attempts import MAY_BUY, Attempt, Ledger
from shotgraph.money.buy import buy
from shotgraph.money.events import Event
from tests.money.ledger.conftest import Connect
from tests.money.ledger.records import (
    ACCEPTED,
    DOUBT,
    FAILED,
    GIVEN_UP,
    KEY,
    SUCCEEDED,
    TURNED,
    intent,
    key_of,
    put_attempt,
)
from tests.money.ledger.test_takes import shot
from tests.rehearsal.client import Client


@pytest.fixture(autouse=True)
def _store_of_the_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOTGRAPH_STORE", str(folder))


@pytest.mark.parametrize(("events", "slot", "state"), [
    ([], "outcome", "given_up"),
    ([DOUBT], "outcome", "given_up"),
    ([ACCEPTED], "forgotten", "given_up"),
    ([DOUBT, ACCEPTED], "forgotten", "given_up"),
    ([ACCEPTED, SUCCEEDED], "forgotten", "given_up"),
    ([ACCEPTED, FAILED], "", "failed"),
    ([TURNED], "", "turned"),
    ([GIVEN_UP], "", "given_up"),
])  # fmt: skip
async def test_from_every_state_it_can_be_bought_again(
    events: list[Event], slot: str, state: str, ledger: Ledger
) -> None:
    before = await put_attempt(ledger, *events)
    (said,) = await reconcile_jobs(KEY[:12], buy_again=True)
    after = await ledger.latest(KEY)
    assert (said["key"], said["state"]) == (KEY, state)
    assert (after.number, after.state) == (1, state)
    assert after.state in MAY_BUY
    assert before.events.items() <= after.events.items(), "what happened stays on record"
    assert after.events.keys() - before.events.keys() == ({slot} if slot else set())
    again = await ledger.begin(after, intent())
    assert again is not None
    assert again.number == 2


async def test_not_while_a_run_is_sending_it(ledger: Ledger) -> None:
    assert await ledger.begin(Attempt(KEY, 0), intent(at=datetime.now(UTC)))
    with pytest.raises(InvalidInput, match="sending this job at this moment"):
        await reconcile_jobs(KEY, buy_again=True)
    assert (await ledger.latest(KEY)).state == "sending"


async def test_what_a_run_heard_meanwhile_stands(ledger: Ledger) -> None:
    attempt = await put_attempt(ledger, ACCEPTED)
    await reconcile_jobs(KEY, buy_again=True)
    # The run that follows it hears of its end only now, and may keep what was made.
    assert (await ledger.record(attempt, SUCCEEDED)).state == "succeeded"
    latest = await ledger.latest(KEY)
    assert latest.state == "given_up"
    assert latest.events.keys() == {"intent", "outcome", "ended", "forgotten"}


async def test_only_the_one_job_that_is_named(ledger: Ledger) -> None:
    alike = Key(KEY[:8] + key_of("another job")[8:])
    await put_attempt(ledger, DOUBT)
    await put_attempt(ledger, DOUBT, key=alike)
    with pytest.raises(InvalidInput, match="2 jobs have a key that begins with"):
        await reconcile_jobs(KEY[:8], buy_again=True)
    with pytest.raises(InvalidInput, match="0 jobs have a key that begins with"):
        await reconcile_jobs("no key", buy_again=True)
    await reconcile_jobs(KEY[:12], buy_again=True)
    assert (await ledger.latest(KEY)).state == "given_up"
    assert (await ledger.latest(alike)).state == "unknown"


async def test_a_clip_that_is_in_the_store_is_not_given_up(
    server: Client, connect: Connect, folder: Path
) -> None:
    session = connect()
    job = shot(session)
    bought = await buy(session, job)
    (said,) = await reconcile_jobs(job.key, buy_again=False)
    assert said["message"].endswith("there is nothing to search for: the job is done")
    with pytest.raises(InvalidInput, match="the clip of this job is in the store, so a run uses"):
        await reconcile_jobs(job.key, buy_again=True)
    assert (await session.ledger.latest(job.key)).state == "succeeded"
    # Later the bytes are lost, and fal has them still: what was paid for is not bought again.
    (folder / "objects" / bought.result.asset.sha256[:2] / bought.result.asset.sha256).unlink()
    (said,) = await reconcile_jobs(job.key, buy_again=False)
    assert "the clip is not in the store: the next run fetches it" in said["message"]
    assert (await buy(session, job)).how == "resumed"
    assert await server.submits() == 1


async def test_a_lost_clip_is_given_up_and_bought_again(
    server: Client, connect: Connect, folder: Path
) -> None:
    session = connect()
    job = shot(session)
    sha256 = (await buy(session, job)).result.asset.sha256
    (folder / "objects" / sha256[:2] / sha256).unlink()
    (said,) = await reconcile_jobs(job.key, buy_again=True)
    assert "given up: the next run buys the job again" in said["message"]
    assert (await buy(session, job)).how == "ran"
    assert await server.submits() == 2


@pytest.mark.parametrize(("events", "said"), [
    ([ACCEPTED, FAILED], "because the job is failed; the next run buys the job again"),
    ([TURNED], "because the job is refused; the next run buys the job again"),
])  # fmt: skip
async def test_what_has_ended_is_not_called_given_up(
    events: list[Event], said: str, ledger: Ledger
) -> None:
    await put_attempt(ledger, *events)
    (found,) = await reconcile_jobs(KEY, buy_again=True)
    assert found["message"].endswith(f"there is nothing to give up, {said}")


async def test_what_a_run_has_found_meanwhile_is_not_called_given_up(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put_attempt(ledger, DOUBT)
    record = Ledger.record

    async def found_first(self: Ledger, attempt: Attempt, event: Event) -> Attempt:
        await record(self, attempt, ACCEPTED)
        return await record(self, attempt, event)

    monkeypatch.setattr(Ledger, "record", found_first)
    (said,) = await reconcile_jobs(KEY, buy_again=True)
    assert said["state"] == "in_flight"
    assert "not given up, because a run has found it meanwhile: it is in flight" in said["message"]
