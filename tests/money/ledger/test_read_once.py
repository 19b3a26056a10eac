"""Attempts that are read for their costs within one run."""

from pathlib import Path

from obstore.store import MemoryStore

from shotgraph.money.accounts import money_of
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.store import RecordStore, open_store
from shotgraph.store.read_once import each_read_once
from tests.money.ledger.records import ACCEPTED, KEY, SUCCEEDED, intent


async def test_a_job_that_ends_within_the_run_is_counted_as_ended(tmp_path: Path) -> None:
    ledger = Ledger(open_store(str(tmp_path / "store")).records)
    attempt = await ledger.begin(Attempt(KEY, 0), intent())
    assert attempt is not None
    attempt = await ledger.record(attempt, ACCEPTED)
    with each_read_once():
        (flying,) = await ledger.attempts([(KEY, 1)])
        assert flying.state == "in_flight"
        assert money_of(flying).may_be_billed_usd
        await ledger.record(attempt, SUCCEEDED)
        (ended,) = await ledger.attempts([(KEY, 1)])
        assert ended.state == "succeeded"
        assert money_of(ended).billed_usd == SUCCEEDED.cost_usd


async def test_one_that_had_ended_is_read_once(tmp_path: Path) -> None:
    ledger = Ledger(open_store(str(tmp_path / "store")).records)
    attempt = await ledger.begin(Attempt(KEY, 0), intent())
    assert attempt is not None
    await ledger.record(await ledger.record(attempt, ACCEPTED), SUCCEEDED)
    with each_read_once():
        (first,) = await ledger.attempts([(KEY, 1)])
        for record in (tmp_path / "store/attempts").rglob("*.json"):
            record.unlink()
        assert await ledger.attempts([(KEY, 1)]) == [first]
        assert (await ledger.latest(KEY)).state == "new", "whoever buys looks"
    assert (await ledger.attempts([(KEY, 1)]))[0].state == "new"


async def test_stores_without_a_location_are_never_taken_for_each_other() -> None:
    one, other = (Ledger(RecordStore(MemoryStore())) for _ in range(2))
    attempt = await one.begin(Attempt(KEY, 0), intent())
    assert attempt is not None
    await one.record(await one.record(attempt, ACCEPTED), SUCCEEDED)
    begun = await other.begin(Attempt(KEY, 0), intent())
    assert begun is not None
    with each_read_once():
        assert (await one.attempts([(KEY, 1)]))[0].state == "succeeded"
        assert (await other.attempts([(KEY, 1)]))[0].state == "sending"
