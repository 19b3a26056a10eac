"""Every failpoint, by every death, taken up again in every way."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal, TypeAlias

import pytest

from shotgraph.failpoints import Failpoint

from .deaths import AGAIN, FILMS, FOUND, LOST, TORN, open_case
from .fault_proxy import Spoiling
from .oracle import Verdict
from .order import Report
from .site import SAMPLED, Case, Site, open_site

Death: TypeAlias = Literal["kill", "raise", "torn"]
Resume: TypeAlias = Literal["same process", "another process", "two at once"]


SAMPLE = 4
"""Of so many runs CI takes one: each place at least twice, by other deaths and ways each time."""


@dataclass(frozen=True)
class Sweep:
    """One run of the sweep.

    Attributes:
        lost: What becomes of the first answer to each job, if it is lost.
    """

    place: Failpoint
    death: Death
    resume: Resume
    lost: Spoiling | None = None

    @property
    def name(self) -> str:
        lost = "-lost" if self.lost else ""
        return f"{self.place}{lost}-{self.death}-{self.resume}".replace(" ", "-")

    @property
    def failpoint(self) -> str:
        if self.death == "torn" and self.place not in TORN:
            # Nothing is written there: the third death is a kill in the second of two jobs.
            return f"{self.place}:kill:2"
        return f"{self.place}:{self.death}"


def sweeps() -> list[Sweep]:
    ways: list[tuple[Failpoint, Spoiling | None]] = [
        *((place, LOST.get(place)) for place in Failpoint),
        *((place, FOUND) for place in AGAIN),
    ]
    deaths: tuple[Death, ...] = Death.__args__  # type: ignore[attr-defined]
    resumes: tuple[Resume, ...] = Resume.__args__  # type: ignore[attr-defined]
    return [
        Sweep(place, death, resume, lost)
        for (place, lost), death, resume in product(ways, deaths, resumes)
    ]


@pytest.mark.crash
@pytest.mark.timeout(1800)
async def test_no_death_buys_twice_or_loses_a_job(tmp_path: Path) -> None:
    chosen = sweeps()[::SAMPLE] if SAMPLED else sweeps()
    async with open_site(tmp_path) as site:
        films = await _undisturbed(site)
        swept = await asyncio.gather(*(_swept(site, sweep) for sweep in chosen))
        book, verdict = await site.book(), Verdict()
        for sweep, (case, reports) in zip(chosen, swept, strict=True):
            judged = await case.judge(book, reports)
            assert judged.is_clean, f"{sweep.name}: {judged}"
            verdict += judged
            if sweep.place in FILMS:
                assert {film for report in reports for film in report.films} == films, sweep.name
                assert not list((case.folder / "out").glob(".*")), sweep.name
    assert len({sweep.place for sweep in chosen}) == len(Failpoint)
    assert SAMPLED or len(chosen) >= 225
    ways = len(Failpoint) + len(AGAIN)
    every = f"{ways} x 3 deaths x 3 resumes"
    print(f"\ncrash: failpoints, {every}, {len(chosen)} runs: {verdict}")


def _open(site: Site, sweep: Sweep) -> AbstractAsyncContextManager[Case]:
    films = sweep.place in FILMS
    return open_case(site, sweep.name, "one", "two", films=films, lost=sweep.lost)


async def _undisturbed(site: Site) -> set[str]:
    """Make the films once, without a death."""
    async with open_case(site, "undisturbed", "one", "two", films=True) as case:
        reports = await case.finish([case.start()])
    assert (await case.judge(await site.book(), reports)).is_clean
    return set(reports[0].films)


async def _swept(site: Site, sweep: Sweep) -> tuple[Case, list[Report]]:
    async with site.at_once, _open(site, sweep) as case:
        same = sweep.resume == "same process"
        victim = case.start(failpoint=sweep.failpoint, resumes=same)
        code = await victim.ended()
        if sweep.death == "raise":
            assert (code, victim.report().died_at) == (0, (sweep.place,)), sweep.name
            if same:
                return case, [victim.report()]
        else:
            assert code == -9, f"{sweep.name}: it did not die, {victim.report()}"
        if sweep.resume == "two at once":
            return case, await case.finish(case.start_together(2))
        wears = await victim.pid() if same else None
        return case, await case.finish([case.start(wears=wears)])
