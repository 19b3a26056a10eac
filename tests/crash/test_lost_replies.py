"""Answers to submissions, lost in every way at every byte, with every kind of list to look in."""

import asyncio
from collections import Counter
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Literal, TypeAlias

import pytest

from shotgraph.inputs.hosts import backend_of
from shotgraph.money.attempts import Ledger
from shotgraph.money.events import Accepted, Doubt, GivenUp, Intent, Turned
from shotgraph.money.windows import Windows
from shotgraph.rehearsal import Options
from shotgraph.store import open_store

from .fault_proxy import WAYS, Cut, FaultProxy, Spoiling, open_proxy
from .one_run import job_of
from .oracle import Verdict
from .order import Report, Shot
from .site import Case, Site, open_site

Listing: TypeAlias = Literal["hidden", "shown", "late"]
LAG_S = 0.5
RUN_S = 0.4
AT_ONCE = 24
"""They wait more than they work."""

WINDOWS = Windows(send_s=4, reply_s=2.2, start_s=1, run_s=0.5, lag_s=0.7, skew_s=0.1, look_s=60)
PATIENT = Windows()
"""Without time limits that a busy machine passes; for what nobody waits for."""


@pytest.mark.crash
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("listing", Listing.__args__)  # type: ignore[attr-defined]
async def test_a_lost_answer_is_looked_for_and_never_sent_again_too_early(
    listing: Listing, tmp_path: Path
) -> None:
    chosen = [Spoiling(cut, way) for cut, way in product(Cut, WAYS)]
    async with open_site(tmp_path, Options(queue_s=0, run_s=RUN_S)) as site:
        if listing == "shown":
            await site.fault("listing_shows_running")
        if listing == "late":
            await site.fault("listing_late", seconds=LAG_S)
        at_once = asyncio.Semaphore(AT_ONCE)
        lost = await asyncio.gather(*(_lost(site, spoiling, at_once) for spoiling in chosen))
        book, verdict, posts, found = await site.book(), Verdict(), 0, Counter[bool]()
        for spoiling, (case, report, proxy) in zip(chosen, lost, strict=True):
            what = f"{listing}, {spoiling.way} {spoiling.cut}: {report}"
            judged = await case.judge(book, [report])
            assert judged.is_clean, f"{what}: {judged}"
            verdict += judged
            sent = await _sent_once_and_in_time(case, proxy, what)
            assert sent == (1 if spoiling.cut.reaches_fal else 2), what
            posts, found[spoiling.cut.reaches_fal] = (
                posts + sent,
                found[spoiling.cut.reaches_fal] + 1,
            )
    print(
        f"\ncrash: lost replies {len(WAYS)} ways x {len(Cut)} cuts, listing {listing}: "
        f"{len(chosen)} runs, {posts} POSTs for as many attempts, sent again too early 0, "
        f"found {found[True]}, bought when it was safe {found[False]}: {verdict}"
    )


async def _lost(
    site: Site, spoiling: Spoiling, at_once: asyncio.Semaphore
) -> tuple[Case, Report, FaultProxy]:
    async with at_once, open_proxy(site.bases, spoiling) as (proxy, bases):
        name = f"{spoiling.way}-{spoiling.cut}".replace(" ", "-")
        case = site.case(name, Shot(prompt=name), bases=bases, windows=WINDOWS)
        return case, (await case.finish([case.start()]))[0], proxy


async def _sent_once_and_in_time(case: Case, proxy: FaultProxy, what: str) -> int:
    """Check each submission against the attempts on record; gives how many there were."""
    shot = case.shots[0]
    key = job_of(shot, backend_of(case.chosen["bases"])).key
    ledger = Ledger(open_store(case.location).records)
    posts = proxy.posts[shot.prompt]
    latest = await ledger.latest(key)
    safe_from: datetime | None = None
    for number, moment in enumerate(posts, start=1):
        attempt = await ledger.attempt(key, number)
        intent = attempt.find(Intent)
        assert intent is not None, what
        assert intent.at <= moment <= intent.send_before, what
        assert safe_from is None or moment >= safe_from, what
        last = number == len(posts)
        assert (attempt.find(Accepted) if last else attempt.find(GivenUp)) is not None, what
        assert number > 1 or attempt.find(Doubt) is not None, what
        safe_from = intent.safe_from
    assert latest.number == len(posts), what
    return len(posts)


REFUSALS = {401: 1, 403: 1, 404: 1, 422: 1, 429: 2, 400: 1}
"""What fal itself says before it takes a job, and how many POSTs a run makes of it."""


@pytest.mark.crash
async def test_a_clear_no_is_not_looked_for(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        for status, posts in REFUSALS.items():
            await site.fault("refuse", status=status, times=1)
            async with open_proxy(site.bases) as (proxy, bases):
                case = site.case(
                    f"no-{status}", Shot(prompt=f"no {status}"), bases=bases, windows=PATIENT
                )
                run = case.start()
                await run.ended()
            key = job_of(case.shots[0], backend_of(bases)).key
            ledger = Ledger(open_store(case.location).records)
            assert (await ledger.attempt(key, 1)).find(Turned) is not None
            assert len(proxy.posts[case.shots[0].prompt]) == posts, run.report()
            assert (await site.counts()).get("listings", 0) == 0
            judged = await case.judge(await site.book())
            assert judged == Verdict(undelivered=1) if posts == 1 else judged.is_clean, judged
    print(f"\ncrash: clear refusals {sorted(REFUSALS)}: nothing looked for, nothing bought twice")
