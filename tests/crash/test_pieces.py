"""A shot of two pieces, and a death at every place on their way."""

import asyncio
from pathlib import Path

import pytest

from shotgraph.failpoints import Failpoint
from shotgraph.inputs.hosts import backend_of
from shotgraph.money.results import Results
from shotgraph.store import open_store
from tests.media.coded_clips import write_clip

from .deaths import LOST
from .one_run import job_of
from .oracle import Verdict
from .order import Report, Shot
from .site import FULL, WINDOWS, Case, Site, open_site

FRAMES, RATE = 243, 24  # 10.125 s: more than fits into one job
PLACES = [place for place in Failpoint if place not in LOST and place != Failpoint.EXPORT_COPIED]
SAMPLE = 5
"""Of so many deaths one is taken, where not all are."""


@pytest.mark.crash
@pytest.mark.timeout(1800)
async def test_a_shot_in_pieces_is_bought_once_and_whole(tmp_path: Path) -> None:
    shot = write_clip(tmp_path / "shot.mp4", clip=1, frames=FRAMES, rate=RATE, size=(720, 720))
    deaths = [f"{place}:kill:{time}" for time in (1, 2) for place in PLACES]
    chosen = deaths if FULL else deaths[::SAMPLE]
    async with open_site(tmp_path) as site:
        await _killed(site, "undisturbed", "", shot)
        died = await asyncio.gather(
            *(_killed(site, f"place-{number}", death, shot) for number, death in enumerate(chosen))
        )
        book, verdict, killed = await site.book(), Verdict(), 0
        for death, (case, reports, code) in zip(chosen, died, strict=True):
            judged = await case.judge(book, reports)
            assert judged.is_clean, f"{death}: {judged}"
            assert await _frames(case) == FRAMES, death
            verdict += judged
            killed += code == -9
    assert killed >= len(chosen) * 3 // 4  # some places are passed once only
    print(f"\ncrash: pieces, {killed} of {len(deaths)} kills: {verdict}")


async def _killed(site: Site, name: str, death: str, shot: Path) -> tuple[Case, list[Report], int]:
    async with site.at_once:
        case = site.case(name, Shot(prompt=name), windows=WINDOWS)
        video = await open_store(case.location).assets.add(shot, "video")
        case.shots = (Shot(prompt=name, video=video),)
        code = await case.start(failpoint=death).ended()
        return case, await case.finish([case.start()]), code


async def _frames(case: Case) -> int:
    job = job_of(case.shots[0], backend_of(case.site.bases))
    whole = await Results(open_store(case.location)).get(job.key)
    assert whole is not None
    return whole.info.frames
