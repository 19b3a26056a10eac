"""fal asks to be left alone: the run that was refused waits for that long, and holds up nobody."""

import pytest

from shotgraph.errors import Retryable
from shotgraph.money.buy import buy
from shotgraph.money.send import LONGEST_REST_S
from shotgraph.money.session import Session
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.clocks import SteppingClock
from tests.money.ledger.conftest import Connect
from tests.rehearsal.client import Client


async def refused(session: Session, words: str) -> Retryable:
    with pytest.raises(Retryable, match=r"fal is busy \(429.*nothing was bought") as caught:
        await buy(session, job_of(Shot(prompt=words), session.fal.backend))
    return caught.value


@pytest.mark.parametrize(
    ("asked_s", "rested_s"), [(20.0, [20.0]), (3600.0, [LONGEST_REST_S]), (0.0, []), (None, [])]
)
async def test_it_waits_as_long_as_fal_asks_for_and_no_longer_than_a_minute(
    asked_s: float | None, rested_s: list[float], server: Client, connect: Connect
) -> None:
    clock = SteppingClock()
    await server.fault("refuse", status=429, retry_after_s=asked_s, times=1)
    error = await refused(connect(clock=clock), "dusk")
    assert clock.slept == rested_s
    assert error.after_s == asked_s
    assert ("asks to wait for" in error.message) == (asked_s is not None)
    assert (await server.book())["jobs"] == []


async def test_others_may_buy_it_meanwhile(server: Client, connect: Connect) -> None:
    class Resting(SteppingClock):
        """While one waits, another one buys the same job."""

        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            job = job_of(Shot(prompt="dusk"), other.fal.backend)
            # By itself: in one process, the second would wait for the first.
            assert (await other.ledger.latest(job.key)).state == "turned"

    other = connect()
    await server.fault("refuse", status=429, retry_after_s=20, times=1)
    clock = Resting()
    await refused(connect(clock=clock), "dusk")
    assert clock.slept == [20]
    assert (await buy(other, job_of(Shot(prompt="dusk"), other.fal.backend))).how == "ran"
    assert (await server.book())["counts"]["submits_accepted"] == 1
