"""One wall clock is not enough to buy again: fal's, the machine's and the store's can object."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from obstore.store import MemoryStore

from shotgraph.clock import boot_id
from shotgraph.errors import Ambiguous
from shotgraph.keys import Key
from shotgraph.money import timing
from shotgraph.money.accounts import Money, money_of
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.buy import Bought, buy
from shotgraph.money.events import GivenUp, Intent
from shotgraph.money.reconcile import look_for
from shotgraph.money.session import Session
from shotgraph.money.timing import Asked, timing_of
from shotgraph.money.windows import Windows
from shotgraph.rehearsal import Options, RehearsalServer
from shotgraph.store import AssetStore, RecordStore, Store
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.clocks import SteppingClock
from tests.money.connected import connected_to
from tests.money.ledger.conftest import Connect
from tests.money.ledger.records import KEY, UNTIL_SAFE, intent
from tests.money.scripted import Heard, ScriptedServer, reply
from tests.rehearsal.client import Client

HOURS = timedelta(hours=2).total_seconds()
WINDOWS = Windows(look_s=0, skew_s=5)
SHOT = Shot(prompt="the harbour at dusk")


class Machine(SteppingClock):
    """A machine whose wall clock can jump, as one does that is set right.

    It really waits for a fiftieth of what it sleeps: a busy machine takes seconds to draw.
    """

    def __init__(self, behind_s: float = 0) -> None:
        super().__init__()
        self.off = timedelta(seconds=-behind_s)

    def now(self) -> datetime:
        return super().now() + self.off

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        await asyncio.sleep(seconds / 50)

    def jump(self, seconds: float) -> None:
        self.off += timedelta(seconds=seconds)


@dataclass
class Fal:
    """A server that has its own time, and has lost the answer to the first submission."""

    server: RehearsalServer
    client: Client
    time: SteppingClock
    connect: Connect

    def session(self, clock: SteppingClock, **fields: object) -> Session:
        given = {"clock": clock, "windows": WINDOWS, "fal": connected_to(self.server), **fields}
        return self.connect(**given)

    async def buy(self, clock: SteppingClock) -> Bought:
        session = self.session(clock)
        return await buy(session, job_of(SHOT, session.fal.backend))


@pytest.fixture
async def lossy(connect: Connect) -> AsyncIterator[Fal]:
    time = SteppingClock()
    with RehearsalServer(Options(queue_s=0, run_s=0, quick=True, now=time.now)) as server:
        async with Client.of(server) as client:
            await client.fault("drop", times=1)
            # It is drawn for half an hour, and in no list until then.
            await client.fault("listing_late", seconds=1800)
            yield Fal(server, client, time, connect)


@pytest.fixture
def another_boot(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: monkeypatch.setattr(timing, "boot_id", lambda: "another")


async def refused(fal: Fal, clock: SteppingClock, said: str) -> None:
    with pytest.raises(Ambiguous, match=said):
        await fal.buy(clock)
    assert await fal.client.submits() == 1, "it was bought again while the first one is drawn"


@pytest.mark.parametrize("on_the_same_machine", [True, False])
async def test_a_clock_that_jumps_forward_does_not_buy_again(
    on_the_same_machine: bool, lossy: Fal, another_boot: Callable[[], None]
) -> None:
    clock = Machine()
    await refused(lossy, clock, "Buying again is safe from")
    if not on_the_same_machine:
        another_boot()
    clock.jump(HOURS)
    objection = "fal's clock shows"
    await refused(lossy, clock, objection)
    clock.jump(10 * 365 * 24 * 3600)
    await refused(lossy, clock, objection)


async def test_a_clock_that_was_slow_and_is_set_right_does_not_buy_again(lossy: Fal) -> None:
    """fal's clock confirms that it is late; the intent's own time was wrong."""
    clock = Machine(behind_s=HOURS)
    await refused(lossy, clock, "not known")
    clock.jump(HOURS)
    await refused(lossy, clock, "this machine has run for only")


@pytest.mark.slow
async def test_a_clock_that_was_fast_and_is_set_right_finds_the_job(
    lossy: Fal, another_boot: Callable[[], None]
) -> None:
    """By the intent's own time, the job was sent later than fal says that it had it."""
    clock = Machine(behind_s=-HOURS)
    await refused(lossy, clock, "not known")
    await lossy.client.until_drawn()
    another_boot()
    clock.jump(-HOURS)
    for one in (clock, lossy.time):
        one.pass_by(2 * HOURS)
    assert (await lossy.buy(clock)).how == "resumed"
    assert await lossy.client.submits() == 1


@pytest.mark.slow
async def test_when_all_clocks_agree_it_is_bought_again(
    connect: Connect, ledger: Ledger, another_boot: Callable[[], None]
) -> None:
    time = Machine()
    with RehearsalServer(Options(queue_s=0, run_s=0, quick=True, now=time.now)) as server:
        async with Client.of(server) as client:
            await client.fault("refuse", status=503, body="nginx", times=1)
            fal = Fal(server, client, time, connect)
            with pytest.raises(Ambiguous):
                await fal.buy(time)
            another_boot()
            time.pass_by(WINDOWS.until_safe.total_seconds() + 1)
            bought = await fal.buy(time)
            assert bought.how == "ran"
            assert await fal.client.submits() == 2
    first = await ledger.attempt(bought.result.key, 1)
    given_up = first.find(GivenUp)
    assert given_up is not None
    assert given_up.is_sure
    assert money_of(first) == Money()


async def attempt_on(session: Session, clock: SteppingClock, **fields: object) -> Attempt:
    begun = intent(at=clock.now()).model_copy(update=fields)
    attempt = await session.ledger.begin(Attempt(KEY, 0), begun)
    assert attempt is not None
    return attempt


async def test_without_a_date_the_machine_s_own_time_decides(connect: Connect) -> None:
    async with ScriptedServer(lambda _: reply(200, {"items": []})) as listing:
        clock = Machine()
        base = connect()
        at_it = replace(base.fal, bases=listing.bases)
        session = connect(clock=clock, windows=WINDOWS, fal=at_it)
        attempt = await attempt_on(session, clock, boot_id=boot_id(), uptime_s=clock.monotonic())
        clock.jump(HOURS)
        look = await look_for(session, attempt)
        assert (look.is_complete, look.is_safe) == (True, False)
        clock.pass_by(UNTIL_SAFE.total_seconds())
        assert (await look_for(session, attempt)).is_safe


@pytest.mark.parametrize("date", ["", "no date", "Mon, 99 Xyz 2026 00:00:00 GMT"])
async def test_where_nothing_confirms_the_clock_nothing_is_bought(
    date: str, connect: Connect
) -> None:
    def answer(_: Heard) -> bytes:
        return reply(200, {"items": []}, **({"date": date} if date else {}))

    async with ScriptedServer(answer) as listing:
        clock = Machine()
        session = connect(clock=clock, fal=replace(connect().fal, bases=listing.bases))
        attempt = await attempt_on(session, clock)
        clock.jump(HOURS)
        look = await look_for(session, attempt)
    assert (look.found, look.is_complete, look.is_safe) == (False, True, False)
    assert look.timing is not None
    assert "nothing confirms this machine's clock" in look.timing.objection


async def test_a_list_is_asked_for_up_to_fal_s_own_present(connect: Connect) -> None:
    """This machine is an hour behind: what ended since then would be left out."""
    dated = datetime.now(UTC) + timedelta(hours=1)
    asked: list[str] = []

    def answer(request: Heard) -> bytes:
        asked.append(request.path)
        return reply(200, {"items": []}, date=f"{dated:%a, %d %b %Y %H:%M:%S GMT}")

    async with ScriptedServer(answer) as listing:
        clock = Machine()
        session = connect(clock=clock, fal=replace(connect().fal, bases=listing.bases))
        await look_for(session, await attempt_on(session, clock))
    assert len(asked) == 2
    (end,) = parse_qs(urlsplit(asked[-1]).query)["end"]
    assert datetime.fromisoformat(end) >= dated.replace(microsecond=0)


async def test_a_bucket_says_when_the_intent_was_put(connect: Connect) -> None:
    """The sender's machine was two hours behind, is another one, and nobody knows its clock."""
    memory = MemoryStore()
    store = Store("memory", None, AssetStore(memory, None), RecordStore(memory))
    session = connect(store=store, windows=WINDOWS)
    slow = Machine(behind_s=HOURS)
    attempt = await attempt_on(session, slow)
    put_at = await session.ledger.put_at(attempt, intent())
    assert put_at is not None
    now = datetime.now(UTC)
    early = await timing_of(session, attempt, Asked(now, 0), now)
    assert "by the store's clock, the job was sent at" in early.objection
    assert early.safe_from == put_at + UNTIL_SAFE
    later = now + UNTIL_SAFE + timedelta(seconds=1)
    assert (await timing_of(session, attempt, Asked(later, 0), later)).objection == ""


async def test_a_machine_that_is_behind_waits_by_its_own_clock_too(connect: Connect) -> None:
    """fal says that it is safe; who is right is not known, so the later of both counts."""
    session = connect(windows=WINDOWS)
    attempt = await attempt_on(session, Machine())
    sent = attempt.find(Intent)
    assert sent is not None
    behind, by_fal = sent.safe_from - timedelta(seconds=1), sent.safe_from + timedelta(hours=1)
    timing = await timing_of(session, attempt, Asked(behind, 0), by_fal)
    assert timing.objection != ""
    assert timing.safe_from == sent.safe_from
    assert (await timing_of(session, attempt, Asked(by_fal, 0), by_fal)).objection == ""


async def test_a_folder_has_no_clock_of_its_own(store: Store, ledger: Ledger) -> None:
    begun = await ledger.begin(Attempt(KEY, 0), intent())
    assert begun is not None
    assert await ledger.put_at(begun, intent()) is None
    assert await store.records.put_at(f"attempts/{Key(KEY)}/000009/intent.json") is None
