"""A run counts what it has bought itself, whatever the store keeps of it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from shotgraph.errors import FullDisk, ReadOnlyDisk, StoreGone
from shotgraph.money import seen_here
from shotgraph.money.accounts import Account
from shotgraph.money.attempts import Ledger
from shotgraph.money.buy import buy
from shotgraph.money.events import Accepted, Event
from shotgraph.money.send import Unrecorded
from shotgraph.money.session import Session
from shotgraph.plan import Plan, PlannedStep
from shotgraph.report import StepReport, accounted
from shotgraph.store import open_store
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.clocks import ImpatientClock
from tests.rehearsal.client import Client

ACCOUNT = Account(film="sea", run_id="1")


async def costs(session: Session, *, is_read: bool) -> StepReport:
    """Account for the run's one step, which has failed."""
    job = job_of(Shot(prompt="a sea"), session.fal.backend)
    planned = PlannedStep(job.step, "reference", "buy", Decimal("0.42"), 90, key=job.key)
    (step,) = await accounted(
        [StepReport(job.step, "reference", "failed")],
        Plan([planned]),
        ACCOUNT,
        keys={},
        rates={job.step: Decimal("0.084")},
        records=session.store.records,
        is_readable=is_read,
    )
    return step


async def test_a_store_that_goes_in_mid_run_is_not_made_anew_and_hides_no_cost(
    server: Client, session: Callable[..., Session], tmp_path: Path
) -> None:
    run = replace(session(account=ACCOUNT), clock=ImpatientClock())
    job = job_of(Shot(prompt="a sea"), run.fal.backend)
    await server.fault("hold")
    buying = asyncio.create_task(buy(run, job))
    while not any(found["polls"] for found in await server.jobs()):
        assert not buying.done(), buying
    folder = run.store.folder
    assert folder is not None
    folder.rename(tmp_path / "moved")
    await server.lift()
    with pytest.raises(StoreGone, match="is gone: it was moved or removed"):
        await buying
    with pytest.raises(StoreGone):
        open_store(str(folder))
    with pytest.raises(StoreGone):
        await run.ledger.latest(job.key)
    with pytest.raises(StoreGone):
        await run.store.records.put_if_absent("runs/1.json", b"{}")
    assert not folder.exists()

    with pytest.raises(StoreGone):
        await costs(run, is_read=True)
    step = await costs(run, is_read=False)
    book = await server.book()
    assert float(step.cost_usd) == pytest.approx(book["charged_usd"])
    assert step.request_id == (await server.jobs())[0]["request_id"]

    back = replace(run, store=open_store(str(tmp_path / "moved")))
    assert (await buy(back, job)).how == "resumed"
    assert (await server.book())["counts"]["submits"] == 1


@pytest.mark.parametrize(
    ("disk", "why"),
    [
        (FullDisk, "there is no space left on its disk"),
        (ReadOnlyDisk, "its disk can only be read at the moment"),
    ],
)
async def test_a_disk_that_keeps_no_acceptance_hides_no_cost(
    disk: type[FullDisk] | type[ReadOnlyDisk],
    why: str,
    server: Client,
    session: Callable[..., Session],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = replace(session(account=ACCOUNT), clock=ImpatientClock())
    put = Ledger._put

    async def refused(ledger: Ledger, attempt: object, event: Event, at: object) -> bool:
        if isinstance(event, Accepted):
            raise disk.of("/data/store")
        return await put(ledger, attempt, event, at)  # type: ignore[arg-type]

    monkeypatch.setattr(Ledger, "_put", refused)
    with pytest.raises(Unrecorded) as raised:
        await buy(run, job_of(Shot(prompt="a sea"), run.fal.backend))
    assert f"The store did not keep this answer ({why}), so the next run" in raised.value.message
    assert "what was bought is on record" not in raised.value.message
    for is_read in (True, False):
        step = await costs(run, is_read=is_read)
        assert step.cost_usd == 0
        assert step.may_be_billed_usd > 0
        assert step.request_id == (await server.jobs())[0]["request_id"]


async def test_a_job_that_runs_share_outlasts_the_oldest_of_them(
    server: Client, session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = replace(session(account=ACCOUNT), clock=ImpatientClock())
    job = job_of(Shot(prompt="a sea"), run.fal.backend)
    await buy(run, job)
    attempt = await run.ledger.latest(job.key)
    monkeypatch.setattr(seen_here, "_entries", {})
    monkeypatch.setattr(seen_here, "_attempts", {})
    monkeypatch.setattr(seen_here, "_MOST_ACCOUNTS", 2)
    of_runs = [replace(run, account=Account(film="sea", run_id=str(number))) for number in range(4)]
    for one in of_runs:
        await one.charge(job, attempt, "resumed")
    where = run.store.records.location
    charged = [seen_here.charged(where, one.account) for one in of_runs if one.account]
    assert [len(some) for some in charged] == [0, 0, 1, 1]
    assert len(seen_here._attempts) == 1
