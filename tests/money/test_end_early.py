"""A step is stopped while fal draws: only a person's cancel reaches fal."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from shotgraph.errors import Retryable
from shotgraph.money import cancel
from shotgraph.money.accounts import Account, Accounts, money_of
from shotgraph.money.buy import buy
from shotgraph.money.cancel import ask_how_it_ended, end_early
from shotgraph.money.events import CancelAsked
from shotgraph.money.job import Job
from shotgraph.money.session import Session
from shotgraph.store import RecordStore
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.clocks import ImpatientClock
from tests.rehearsal.client import Client

Sessions = Callable[..., Session]
CANCELLED = (
    "sea: the run was stopped; shotgraph asked fal to cancel the job. Request {id} is on record"
)
LEFT = "sea: the run ends before fal is done. Request {id} was not cancelled and is on record"
UNSURE = (
    "sea: the run ends before fal is done. Prefect could not be asked whether a person has "
    "cancelled the run. Request {id} was not cancelled and is on record"
)
CASES = [(True, 1, CANCELLED), (False, 0, LEFT), (None, 0, UNSURE)]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine answers late, and that is no test of what is asked."""
    monkeypatch.setattr(cancel, "CANCEL_S", 300.0)


def sea(session: Session) -> Job:
    return replace(job_of(Shot(prompt="a sea"), session.fal.backend), step="sea")


async def stopped(session: Session, server: Client) -> str:
    """Stop a step whose job fal is drawing; gives the job's id."""
    await server.fault("hold")
    step = asyncio.create_task(buy(session, sea(session)))
    while not any(job["polls"] for job in await server.jobs()):
        assert not step.done(), step
    step.cancel()
    await asyncio.gather(step, return_exceptions=True)
    assert step.cancelled()
    (job,) = await server.jobs()
    return str(job["request_id"])


def asked(answer: bool | None, session: Session) -> Session:
    async def cancelled_by_person() -> bool | None:
        return answer

    return replace(session, clock=ImpatientClock(), cancelled_by_person=cancelled_by_person)


@pytest.mark.parametrize(("answer", "cancels", "words"), CASES)
async def test_fal_is_asked_to_cancel_only_where_a_person_has_cancelled(
    server: Client,
    session: Sessions,
    said: list[str],
    answer: bool | None,
    cancels: int,
    words: str,
) -> None:
    run = asked(answer, session())
    request_id = await stopped(run, server)
    assert (await server.book())["counts"].get("cancels", 0) == cancels
    attempt = await run.ledger.latest(sea(run).key)
    assert (attempt.find(CancelAsked) is not None) == bool(cancels)
    assert said[-1].startswith(words.format(id=request_id))

    await server.lift()
    again = await buy(run, sea(run))
    assert again.how == "resumed"
    assert again.result.request_id == request_id
    assert (await server.book())["counts"]["submits"] == 1


async def test_without_a_word_of_a_person_nothing_is_cancelled(
    server: Client, session: Sessions
) -> None:
    await stopped(replace(session(), clock=ImpatientClock()), server)
    assert (await server.book())["counts"].get("cancels", 0) == 0


async def test_a_job_that_has_ended_is_not_cancelled(
    server: Client, session: Sessions, said: list[str]
) -> None:
    run = asked(True, session())
    assert (await buy(run, sea(run))).how == "ran"
    said.clear()
    await end_early(run, "sea", sea(run).key)
    assert said == []
    assert (await server.book())["counts"].get("cancels", 0) == 0


async def test_the_cancel_is_on_record_before_fal_is_asked(
    server: Client, session: Sessions, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is ended while it asks leaves a job that the next one knows as cancelled."""
    monkeypatch.setattr(cancel, "CANCEL_S", 5.0)  # all of it passes: the answer never comes
    run = asked(True, session())
    await server.fault("hold", state="IN_QUEUE")
    hanging = await server.fault("hang", at="cancel")
    stopping = asyncio.create_task(stopped(run, server))
    while not any(job["cancelled"] for job in await server.jobs()):
        assert not stopping.done(), stopping
    assert (await run.ledger.latest(sea(run).key)).find(CancelAsked) is not None
    await server.http.delete(f"{server.control}/faults/{hanging}")
    await stopping

    await server.lift()
    assert (await buy(run, sea(run))).how == "ran"
    assert "sea: the job was cancelled before, and is bought again" in said
    assert [bool(job["charged_usd"]) for job in await server.jobs()] == [False, True]


async def test_a_loop_that_closes_meanwhile_keeps_fal_from_nothing(
    server: Client, session: Sessions
) -> None:
    """It cancels every task once: the step, and what sees to the step's job."""
    asked_first = asyncio.Event()

    async def cancelled_by_person() -> bool:
        if not asked_first.is_set():
            asked_first.set()
            await asyncio.Event().wait()
        return True

    run = replace(session(), clock=ImpatientClock(), cancelled_by_person=cancelled_by_person)
    stopping = asyncio.create_task(stopped(run, server))
    await asked_first.wait()
    for task in asyncio.all_tasks() - {asyncio.current_task(), stopping}:
        task.cancel()
    await stopping
    assert (await server.book())["counts"]["cancels"] == 1


async def test_a_store_that_fails_takes_the_place_of_no_stop(
    server: Client, session: Sessions, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put = RecordStore.put_if_absent

    async def failing(records: RecordStore, name: str, *args: object, **given: object) -> bool:
        if "cancel" in name:
            raise Retryable("the store could not keep it: no route to host")
        return await put(records, name, *args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(RecordStore, "put_if_absent", failing)
    await stopped(asked(True, session()), server)
    assert said[-1] == (
        "sea: the run ends, and shotgraph could not check its job at fal (Retryable). The job is "
        "on record: run again to continue it"
    )


async def test_it_is_found_out_that_fal_has_cancelled_a_job(
    server: Client, session: Sessions
) -> None:
    by_person = asked(True, session())
    await server.fault("hold", state="IN_QUEUE")
    await stopped(by_person, server)
    ledger, key = by_person.ledger, sea(by_person).key
    attempt = await ledger.latest(key)
    assert attempt.is_cancel_asked
    said = await ask_how_it_ended(by_person, attempt)
    assert said == "fal has cancelled the job, and billed nothing; the next run buys it again"
    latest = await ledger.latest(key)
    assert latest.state == "failed"
    assert not latest.is_cancel_asked
    assert money_of(latest).most_usd == 0
    assert (await server.book())["counts"]["submits"] == 1


async def test_it_is_found_out_that_a_job_was_drawn_all_the_same(
    server: Client, session: Sessions
) -> None:
    left = asked(False, session())
    await stopped(left, server)
    ledger, job = left.ledger, sea(left)
    before = await ledger.latest(job.key)
    attempt = await ledger.record(before, CancelAsked(at=left.clock.now(), reply=""))
    said = await ask_how_it_ended(left, attempt)
    assert said.startswith(
        "cancel asked, and the job has not ended at fal: the next run follows the job"
    )
    assert (await ledger.latest(job.key)).is_cancel_asked
    await server.lift()
    while "has not ended" in said:
        said = await ask_how_it_ended(left, attempt)
    billed_usd = money_of(await ledger.latest(job.key)).billed_usd
    assert said == (
        f"fal had finished the job before the cancel request, and billed ${billed_usd:.3f}; the "
        "next run fetches the clip, and buys nothing"
    )
    assert float(billed_usd) == pytest.approx((await server.book())["charged_usd"])
    later = replace(left, account=Account(film="sea", run_id="2"))
    bought = await buy(later, job)
    assert bought.how == "resumed"
    assert bought.cost_usd == billed_usd, "the run that was stopped could not know the bill"
    accounts = Accounts(left.store.records)
    assert (await accounts.money_of(Account(film="sea", run_id="2"))).billed_usd == billed_usd
    assert (await server.book())["counts"]["submits"] == 1
