"""A process that is stopped while it buys, and goes on when another has taken over."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from shotgraph.failpoints import Failpoint
from shotgraph.inputs.hosts import backend_of
from shotgraph.money.attempts import Ledger
from shotgraph.money.events import Doubt, GivenUp
from shotgraph.money.session import OnAmbiguous
from shotgraph.money.windows import Windows
from shotgraph.store import open_store

from .forks import Run
from .one_run import job_of
from .oracle import Verdict
from .order import Report, Shot
from .site import SAMPLED, Case, Site, open_site

Stop: TypeAlias = tuple[Failpoint, OnAmbiguous]

ROUNDS: dict[Stop, int] = {
    # Past its lease, before it looks whether it was given up.
    (Failpoint.INTENT_THERE, "resubmit"): 40,
    (Failpoint.INTENT_THERE, "wait"): 40,
    # After that, before its deadline is checked.
    (Failpoint.CONNECTED, "resubmit"): 40,
    (Failpoint.CONNECTED, "wait"): 40,
    # Before it writes something that the other writes first.
    (Failpoint.INTENT_PUT, "wait"): 8,
    (Failpoint.CLAIM_PUT, "wait"): 8,
    (Failpoint.OUTCOME_PUT, "wait"): 8,
    (Failpoint.ENDED_PUT, "wait"): 8,
    (Failpoint.RESULT_PUT, "wait"): 8,
}
WINDOWS = Windows(send_s=1, reply_s=1.2, start_s=1, run_s=0, lag_s=0.1, skew_s=0.1, look_s=60)
PATIENT = WINDOWS.model_copy(update={"reply_s": 30})
"""Without the time limit on answers, which would stop a late POST too, if less surely."""
SAMPLE = 4
"""By which CI divides the rounds."""
AT_ONCE = 16
REMAINING = 4
MOST_TRIES = 100


@pytest.mark.crash
@pytest.mark.timeout(1800)
async def test_one_that_wakes_up_late_changes_nothing_and_sends_nothing(tmp_path: Path) -> None:
    at_once = asyncio.Semaphore(AT_ONCE)
    async with open_site(tmp_path) as site:
        share = SAMPLE if SAMPLED else 1
        stops = [stop for stop, times in ROUNDS.items() for _ in range(times // share)]
        ended = await asyncio.gather(
            *(_taken_over(site, number, stop, at_once) for number, stop in enumerate(stops))
        )
        book, verdict = await site.book(), Verdict()
        for stop, (case, reports) in zip(stops, ended, strict=True):
            judged = await case.judge(book, reports)
            if stop[1] == "resubmit":
                # It was given up before that was safe, so the budget goes on counting it.
                assert judged.budgeted_usd == 2 * judged.booked_usd, f"{stop}: {judged}"
                judged = replace(judged, budgeted_usd=judged.booked_usd)
            assert judged.is_clean, f"{stop}: {judged}, {reports}"
            assert len(book.accepted(case.shots[0].prompt)) == 1, f"{stop}: it was sent late"
            verdict += judged
    places = Counter(str(place) for place, _ in stops)
    counted = ", ".join(f"{place} {times}" for place, times in places.items())
    print(
        f"\ncrash: stopped, taken over and woken {len(stops)} times ({counted}): "
        f"stale writes 0, late POSTs 0: {verdict}"
    )


async def _taken_over(
    site: Site, number: int, stop: Stop, at_once: asyncio.Semaphore
) -> tuple[Case, list[Report]]:
    place, policy = stop
    async with at_once:
        case = site.case(f"{place}-{policy}-{number}", Shot(prompt=f"{place} {policy} {number}"))
        windows = WINDOWS if policy == "wait" else PATIENT
        case.chosen |= {"windows": windows, "on_ambiguous": policy}
        sleeper = case.start(failpoint=f"{place}:pause")
        await sleeper.until_stopped()
        reports = await case.finish([case.start()])
        before = _records(case)
        await sleeper.go_on()
        reports += await case.finish([sleeper])
    assert _records(case) == before, f"{stop}: a record changed"
    return case, reports


def _records(case: Case) -> dict[str, bytes]:
    """Everything on record about jobs, money and results."""
    store = Path(case.location)
    folders = ("attempts", "claims", "budgets", "results")
    files = [path for folder in folders for path in sorted((store / folder).rglob("*.json"))]
    return {str(path.relative_to(store)): path.read_bytes() for path in files}


@pytest.mark.crash
async def test_what_a_stop_after_the_deadline_check_costs_is_on_record(tmp_path: Path) -> None:
    """The window that remains: fal checks no token, so this POST can't be held back."""
    async with open_site(tmp_path) as site:
        for number in range(REMAINING):
            case = site.case(f"late-{number}", Shot(prompt=f"late {number}"), windows=WINDOWS)
            sleeper, number_of_it = await _asleep(case)
            await case.finish([case.start()])
            await sleeper.go_on()
            assert await sleeper.ended() == 0
            judged = await case.judge(await site.book(), [sleeper.report()])
            assert (judged.duplicates, judged.undelivered, judged.other_bytes) == (1, 0, 0), judged
            assert any(
                "may have been accepted and billed" in line for line in sleeper.report().said
            )
            key = job_of(case.shots[0], backend_of(site.bases)).key
            ledger = Ledger(open_store(case.location).records)
            attempt = await ledger.attempt(key, number_of_it)
            doubt, given_up = attempt.find(Doubt), attempt.find(GivenUp)
            assert doubt is not None
            assert given_up is not None
            assert doubt.at > given_up.at
    print(
        f"\ncrash: stopped between the deadline check and the socket {REMAINING} times: "
        f"paid twice {REMAINING}, said and its doubt on record {REMAINING}"
    )


async def _asleep(case: Case) -> tuple[Run, int]:
    """Start one that is stopped behind its deadline check; gives it, and its attempt's number."""
    for number in range(1, MOST_TRIES):
        # Where a busy machine is too late for its second, it sends nothing and ends.
        sleeper = case.start(failpoint="deadline_checked:pause", tries=1)
        if await sleeper.stops():
            return sleeper, number
    raise AssertionError(f"it was never sent in time: {sleeper.report()}")
