"""Faults in what fal returned: said, taken again within a bound, or the end of the step."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from shotgraph.errors import FaultyClip, OverBudget
from shotgraph.failpoints import Injected
from shotgraph.making.quality_check import LookedAt
from shotgraph.making.retaking import CheckedResult, draw_checked
from shotgraph.making.shots import draw
from shotgraph.money.budget import Budget
from shotgraph.money.job import Job, retake_of
from shotgraph.money.session import Session
from shotgraph.spec import Checking
from shotgraph.store import Store
from tests.joins.odd.bench import Bench
from tests.making.test_draw import job_of
from tests.rehearsal.client import Client

pytestmark = pytest.mark.crash
MakeSession = Callable[..., Session]
RETAKE = Checking("retake", 1)


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 s in which all moves as in a film, and nothing is wrong."""
    given = ["-f", "lavfi", "-i", "testsrc2=s=720x720:r=24:d=3", "-c:v", "libx264"]
    return Bench(tmp_path_factory.mktemp("shot")).run(*given, "-pix_fmt", "yuv420p", into="s.mp4")


async def checked(session: Session, job: Job, checking: Checking) -> CheckedResult:
    return await draw_checked(session, job, checking, lambda one: draw(session, one))


async def takes(server: Client) -> int:
    return len(await server.jobs())


async def test_faults_are_said_and_the_clip_goes_on(
    session: MakeSession, server: Client, store: Store, shot: Path, said: list[str]
) -> None:
    await server.fault("spoil", look="black")
    job = await job_of(store, shot, prompt="Black, and said")

    found = await checked(session(), job, Checking())
    again = await checked(session(), job, Checking())

    assert [flaw.kind for flaw in found.flaws] == ["black"]
    assert any("fal's clip has faults: from 0.92 s to" in line for line in said)
    assert (again.flaws, again.bought.how, await takes(server)) == (found.flaws, "cached", 1)


async def test_a_take_with_faults_is_taken_again_once(
    session: MakeSession, server: Client, store: Store, shot: Path
) -> None:
    await server.fault("spoil", look="frozen", times=1)
    job = await job_of(store, shot, prompt="Frozen, and taken again")

    found = await checked(session(), job, RETAKE)
    again = await checked(session(), job, RETAKE)

    assert (found.flaws, found.retakes, await takes(server)) == ((), 1, 2)
    assert found.bought.result.key == retake_of(job, 1).key
    assert found.bought.result.cost_usd == Decimal("0.126") * 6
    assert again.bought.result.key == found.bought.result.key
    assert (again.bought.how, again.retakes) == ("cached", 1)


async def test_no_more_takes_are_bought_than_it_says_and_the_best_goes_on(
    session: MakeSession, server: Client, store: Store, shot: Path, said: list[str]
) -> None:
    for look in ("black", "short", "cut"):
        await server.fault("spoil", look=look, times=1)
    job = await job_of(store, shot, prompt="Never right")

    found = await checked(session(), job, Checking("retake", 2))

    assert await takes(server) == 3
    assert found.bought.result.key == retake_of(job, 1).key
    assert "retake 1 is used: all 3 takes have faults" in said[-1]


@pytest.mark.parametrize("rate", ["uneven", "15"])
async def test_repeats_that_came_of_the_rate_that_was_sent_buy_no_retake(
    session: MakeSession, server: Client, store: Store, tmp_path: Path, rate: str
) -> None:
    moving = ["-f", "lavfi", "-i", f"testsrc2=s=720x720:r={24 if rate == 'uneven' else rate}:d=3.5"]
    lost = ["-vf", "select='not(eq(mod(n,7),3)+between(n,40,46))'", "-fps_mode", "vfr"]
    coded = ["-c:v", "libx264", "-pix_fmt", "yuv420p"]
    given = [*moving, *(lost if rate == "uneven" else []), *coded]
    shot = Bench(tmp_path).run(*given, into="s.mp4")
    job = await job_of(store, shot, prompt=f"At its rate, {rate}", keep_audio=True)

    found = await checked(session(), job, Checking("retake", 2))

    assert (found.flaws, await takes(server)) == ((), 1)


async def test_a_step_that_stops_says_what_was_seen_and_what_it_cost(
    session: MakeSession, server: Client, store: Store, shot: Path
) -> None:
    await server.fault("spoil", look="cut")
    job = await job_of(store, shot, prompt="Cut, and no further")

    with pytest.raises(FaultyClip, match=r"at 1\.5 s: it has a cut") as stopped:
        await checked(session(), job, Checking("stop"))
    with pytest.raises(FaultyClip, match="The clip had cost") as again:
        await checked(session(), job, Checking("stop"))
    accepted = await checked(session(), job, Checking("warn"))

    assert stopped.value.cost_usd == Decimal("0.126") * 3
    assert "check: warn" in stopped.value.message
    assert again.value.cost_usd == 0
    assert (accepted.bought.how, await takes(server)) == ("cached", 1)


async def test_a_run_that_dies_after_the_finding_buys_the_retake_once(
    session: MakeSession,
    server: Client,
    store: Store,
    shot: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await server.fault("spoil", look="black", times=1)
    job = await job_of(store, shot, prompt="Killed in between")
    for failpoint in ("flaws_put", "flaws_there"):
        monkeypatch.setenv("SHOTGRAPH_FAILPOINT", f"{failpoint}:raise")
        monkeypatch.setattr("shotgraph.failpoints._passed", type(_passed())())
        if failpoint == "flaws_there":
            # The first take was looked at, and its finding is not there yet.
            assert await LookedAt(store).known(job.key) is None
        with pytest.raises(Injected):
            await checked(session(), job, RETAKE)
        assert await takes(server) == 1
    monkeypatch.delenv("SHOTGRAPH_FAILPOINT")

    found = await checked(session(), job, RETAKE)

    assert (found.flaws, await takes(server)) == ((), 2)


def _passed() -> dict[str, int]:
    from shotgraph import failpoints

    return failpoints._passed


async def test_two_runs_at_once_buy_each_take_once(
    session: MakeSession, server: Client, store: Store, shot: Path
) -> None:
    await server.fault("spoil", look="black", times=1)
    job = await job_of(store, shot, prompt="Two at once")

    one, other = await asyncio.gather(
        *(checked(session(), replace(job, step=step), RETAKE) for step in ("one", "other"))
    )

    assert one.bought.result.key == other.bought.result.key == retake_of(job, 1).key
    assert await takes(server) == 2


async def test_a_budget_is_a_wall_for_retakes_too(
    session: MakeSession, server: Client, store: Store, shot: Path
) -> None:
    await server.fault("spoil", look="black")
    job = await job_of(store, shot, prompt="Too little money for two")
    budget = Budget(name="run of the wall", limit_usd=Decimal("0.50"))

    with pytest.raises(OverBudget):
        await checked(session(budgets=(budget,)), job, RETAKE)

    assert await takes(server) == 1


async def test_what_is_lost_of_a_take_with_faults_is_not_bought_again(
    session: MakeSession, server: Client, store: Store, shot: Path
) -> None:
    await server.fault("spoil", look="black", times=1)
    job = await job_of(store, shot, prompt="Lost, and not missed")
    await checked(session(), job, RETAKE)
    first = await session().results.get(job.key)
    assert first is not None
    await store.assets.remove(first.asset.sha256)

    found = await checked(session(), job, RETAKE)

    assert (found.bought.how, await takes(server)) == ("cached", 2)
