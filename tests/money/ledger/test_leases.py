"""While its owner may still be sending an attempt, nobody else decides anything about it."""

from datetime import timedelta

import pytest

from shotgraph.errors import Ambiguous, Retryable
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.buy import buy
from shotgraph.money.events import Event, GivenUp, Intent
from shotgraph.money.reconcile import settle
from shotgraph.money.windows import Windows
from shotgraph.rehearsal import Options, RehearsalServer
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.clocks import SteppingClock
from tests.money.connected import connected_to
from tests.money.ledger.conftest import Connect
from tests.money.ledger.records import (
    ACCEPTED,
    AT,
    DOUBT,
    GIVEN_UP,
    KEY,
    LEASE,
    TURNED,
    UNTIL_SAFE,
    intent,
)
from tests.rehearsal.client import Client

TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(("after", "leased"), [
    (timedelta(0), True),
    (LEASE - TICK, True),
    (LEASE, False),
    (LEASE + TICK, False),
    # A clock that is behind is no reason to take over.
    (-timedelta(hours=1), True),
])  # fmt: skip
def test_a_lease_ends_with_its_time(after: timedelta, leased: bool) -> None:
    attempt = Attempt(KEY, 1).with_event(intent())
    assert attempt.is_leased(AT + after) == leased


@pytest.mark.parametrize("said", [DOUBT, ACCEPTED, TURNED, GIVEN_UP], ids=lambda event: event.what)
def test_a_lease_ends_with_the_owners_word(said: Event) -> None:
    attempt = Attempt(KEY, 1).with_event(intent()).with_event(said)
    assert not attempt.is_leased(AT)


def test_nothing_is_leased_before_it_is_begun() -> None:
    assert not Attempt(KEY, 0).is_leased(AT)


async def begin(ledger: Ledger, clock: SteppingClock) -> Attempt:
    attempt = await ledger.begin(Attempt(KEY, 0), intent(at=clock.now()))
    assert attempt is not None
    return attempt


def given_up(attempt: Attempt) -> timedelta:
    """How long after its intent an attempt was given up."""
    ended, begun = attempt.find(GivenUp), attempt.find(Intent)
    assert ended is not None
    assert begun is not None
    return ended.at - begun.at


async def test_even_who_is_told_to_buy_again_waits_for_the_lease(
    server: Client, connect: Connect, ledger: Ledger
) -> None:
    clock = SteppingClock()
    session = connect(clock=clock, on_ambiguous="resubmit", windows=Windows(look_s=1000))
    attempt = await begin(ledger, clock)
    await settle(session, attempt)
    assert LEASE <= given_up(await ledger.latest(KEY)) < LEASE + timedelta(seconds=2)
    assert (await server.book())["counts"].get("submits", 0) == 0


async def test_who_waits_gives_up_when_it_is_safe(connect: Connect, ledger: Ledger) -> None:
    clock = SteppingClock()
    with RehearsalServer(Options(now=clock.now)) as fal:
        session = connect(clock=clock, windows=Windows(look_s=1000), fal=connected_to(fal))
        attempt = await begin(ledger, clock)
        await settle(session, attempt)
    assert UNTIL_SAFE <= given_up(await ledger.latest(KEY)) < UNTIL_SAFE + timedelta(seconds=6)


async def test_who_is_told_to_fail_looks_until_the_lease_is_over(
    server: Client, connect: Connect, ledger: Ledger
) -> None:
    clock = SteppingClock()
    session = connect(clock=clock, on_ambiguous="fail", windows=Windows(look_s=1000))
    attempt = await begin(ledger, clock)
    began = clock.now()
    with pytest.raises(Ambiguous, match="Nothing was sent again"):
        await settle(session, attempt)
    assert LEASE <= clock.now() - began < LEASE + timedelta(seconds=2)
    assert (await ledger.latest(KEY)).state == "sending"


async def test_who_looks_sees_the_owners_own_word(
    server: Client, connect: Connect, ledger: Ledger
) -> None:
    class Meanwhile(SteppingClock):
        """While somebody waits, the owner says that it was accepted."""

        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            await ledger.record(attempt, ACCEPTED)

    clock = Meanwhile()
    session = connect(clock=clock, on_ambiguous="resubmit", windows=Windows(look_s=1000))
    attempt = await begin(ledger, clock)
    await settle(session, attempt)
    assert (await ledger.latest(KEY)).state == "in_flight"
    assert clock.slept == [1.0]


async def test_who_was_given_up_before_it_sent_sends_nothing(
    server: Client, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Ledger.begin

    async def begin_and_stand_still(
        ledger: Ledger, after: Attempt, intent: Intent
    ) -> Attempt | None:
        """The run stands still after its intent, until another run has given the attempt up."""
        begun = await begin(ledger, after, intent)
        if begun is not None and begun.number == 1:
            await ledger.record(begun, GIVEN_UP)
        return begun

    monkeypatch.setattr(Ledger, "begin", begin_and_stand_still)
    session = connect()
    with pytest.raises(Retryable, match="another run took over before it was sent"):
        await buy(session, job_of(Shot(prompt="dusk"), session.fal.backend))
    assert (await server.book())["counts"].get("submits", 0) == 0
