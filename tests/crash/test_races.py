"""Several processes that want one job at the same moment."""

import asyncio
from pathlib import Path

import pytest

from .oracle import Verdict
from .order import Report, Shot
from .s3_server import BUCKET, open_s3
from .site import FULL, SAMPLED, WINDOWS, Case, Site, open_site

FOLDER_ROUNDS = {2: 110, 3: 85, 4: 65, 5: 50, 6: 40, 7: 30, 8: 25, 9: 20, 10: 15} | {
    11: 12,
    12: 12,
    13: 10,
    14: 10,
    15: 8,
    16: 8,
}
"""Rounds by the number of processes: 500 in all."""
S3_ROUNDS = FOLDER_ROUNDS if FULL else dict.fromkeys(range(2, 17), 2) | {2: 7, 4: 7}
SAMPLE = 5
"""By which CI divides the rounds."""
WHOLE_EVERY = 10
"""Of so many rounds, one goes to the end in every process; in the others each process ends with
its first look at the job: by then it has bought, or has lost the race. Only the former share a
budget."""
PATIENT = WINDOWS.model_copy(update={"send_s": 10})
"""Sixteen processes on two cores may take a while to be sent."""
AT_ONCE = 2


@pytest.mark.crash
@pytest.mark.timeout(1800)
async def test_one_job_however_many_want_it_in_a_folder(tmp_path: Path) -> None:
    rounds = FOLDER_ROUNDS
    if SAMPLED:
        rounds = {count: -(-times // SAMPLE) for count, times in rounds.items()}
    async with open_site(tmp_path) as site:
        verdict = await _race(site, rounds, "")
    _print("a folder", rounds, verdict)


@pytest.mark.crash
@pytest.mark.timeout(5400 if FULL else 1800)
async def test_one_job_however_many_want_it_in_a_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_s3() as env:
        env["XDG_CACHE_HOME"] = str(tmp_path / "cache")
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        async with open_site(tmp_path, env=env) as site:
            verdict = await _race(site, S3_ROUNDS, f"s3://{BUCKET}/")
    _print("an S3 server", S3_ROUNDS, verdict)


async def _race(site: Site, rounds: dict[int, int], bucket: str) -> Verdict:
    at_once = asyncio.Semaphore(AT_ONCE)
    sizes = [count for count, times in rounds.items() for _ in range(times)]
    raced = await asyncio.gather(
        *(_round(site, number, size, bucket, at_once) for number, size in enumerate(sizes))
    )
    book, verdict = await site.book(), Verdict()
    for case, reports in raced:
        assert len(book.accepted(case.shots[0].prompt)) == 1, case.folder.name
        if reports:
            judged = await case.judge(book, reports)
            assert judged.is_clean, f"{case.folder.name}: {judged}"
            verdict += judged
    return verdict


async def _round(
    site: Site, number: int, size: int, bucket: str, at_once: asyncio.Semaphore
) -> tuple[Case, list[Report]]:
    """Race once; gives the reports of those that went to the end."""
    name = f"round-{number}-of-{size}"
    whole = number % WHOLE_EVERY == 0
    failpoint = "" if whole else "poll:raise"
    async with at_once:
        case = site.case(name, Shot(prompt=name), location=bucket and bucket + name)
        runs = case.start_together(size, failpoint=failpoint, has_budget=whole, windows=PATIENT)
        reports = await case.finish(runs)
    if whole:
        return case, reports
    assert all(report.died_at == ("poll",) for report in reports), name
    return case, []


def _print(where: str, rounds: dict[int, int], verdict: Verdict) -> None:
    whole = -(-sum(rounds.values()) // WHOLE_EVERY)
    processes = sum(size * times for size, times in rounds.items())
    print(
        f"\ncrash: races of {min(rounds)} to {max(rounds)} processes on one key in {where}: "
        f"{sum(rounds.values())} rounds, {processes} processes, 1 job in every round; "
        f"{whole} of them to the end: {verdict}"
    )
