"""A run that is killed, and the one that takes up its job killed too, wherever each stands."""

import asyncio
from itertools import product
from pathlib import Path

import pytest

from shotgraph.failpoints import Failpoint

from .deaths import FILMS, LOST, open_case
from .oracle import Verdict
from .order import Report
from .site import FULL, Case, Site, open_site

PAID = [place for place in Failpoint if place not in FILMS]
PAIRS = list(product(PAID, PAID))
SAMPLE = slice(None, None, 1 if FULL else 13)


@pytest.mark.crash
@pytest.mark.timeout(1800)
async def test_no_pair_of_deaths_buys_twice_or_loses_a_job(tmp_path: Path) -> None:
    pairs = PAIRS[SAMPLE]
    async with open_site(tmp_path) as site:
        killed = await asyncio.gather(*(_killed_twice(site, *pair) for pair in pairs))
        book, verdict = await site.book(), Verdict()
        for pair, (case, reports, _) in zip(pairs, killed, strict=True):
            judged = await case.judge(book, reports)
            assert judged.is_clean, f"{pair}: {judged}"
            verdict += judged
    second = sum(died for _, _, died in killed)
    print(
        f"\ncrash: pairs of kills {len(pairs)} of {len(PAIRS)}, in {second} of them the second "
        f"run passed its place too: {verdict}"
    )


async def _killed_twice(
    site: Site, first: Failpoint, second: Failpoint
) -> tuple[Case, list[Report], bool]:
    lost = LOST.get(first) or LOST.get(second)
    name = f"{first}-then-{second}"
    async with site.at_once, open_case(site, name, "one", lost=lost) as case:
        assert await case.start(failpoint=f"{first}:kill").ended() == -9, name
        again = case.start(failpoint=f"{second}:kill")
        died = await again.ended() == -9
        assert died or not again.report().error, again.report()
        return case, await case.finish([case.start()]), died
