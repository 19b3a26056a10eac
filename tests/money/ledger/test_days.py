"""The budget of a day counts what anybody buys on it, in runs that know nothing of it too."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from shotgraph.errors import OverBudget, Terminal
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.keys import Key
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.budget import Budget, Budgets, day_budget
from shotgraph.money.days import STORES_CLOCK, Days
from shotgraph.money.events import Event
from shotgraph.store import Store
from tests.money.clocks import SteppingClock
from tests.money.ledger.conftest import Connect
from tests.money.ledger.records import ACCEPTED, SUCCEEDED, TURNED, intent, key_of
from tests.money.ledger.records import PRICE_USD as RECORDED_USD
from tests.money.ledger.test_budget_buys import charged_usd, want
from tests.rehearsal.client import Client

PRICE_USD = Decimal("0.252")


class AtClock(SteppingClock):
    """Time that begins at a moment."""

    def __init__(self, began: datetime) -> None:
        super().__init__()
        self._began = began


def today(limit_usd: Decimal = Decimal(9)) -> Budget:
    (day,) = day_budget(limit_usd, datetime.now(UTC))
    return day


async def begun(
    ledger: Ledger, words: str, *, at: datetime | None = None, backend: str = "fal"
) -> Key:
    """An attempt that nobody has noted, as an older shotgraph began it."""
    key = key_of(words)
    there = intent(key, at=at or datetime.now(UTC)).model_copy(update={"backend": backend})
    assert await ledger.begin(Attempt(key, 0), there) is not None
    return key


@pytest.fixture
def budgets(store: Store, ledger: Ledger) -> Budgets:
    return Budgets(store.records, ledger)


async def test_what_is_bought_without_it_takes_room(server: Client, connect: Connect) -> None:
    assert await want(connect(), "shot 0") is None
    session = connect(daily_usd=Decimal("0.40"))
    error = await want(session, "shot 1")
    assert isinstance(error, OverBudget)
    assert (
        "of $0.40, $0.25 is spent or in flight, so the budget is too small by $0.104"
        in error.message
    )
    assert (await server.book())["counts"]["submits"] == 1
    # So does what is bought while the other one runs, and after its first look at the day.
    more = connect(daily_usd=4 * PRICE_USD)
    assert await want(more, "shot 1") is None
    assert await want(connect(), "shot 2") is None
    assert await want(more, "shot 3") is None
    assert isinstance(await want(more, "shot 4"), OverBudget)
    assert await charged_usd(server) == 4 * PRICE_USD


async def test_other_budgets_do_not_hide_it(server: Client, connect: Connect) -> None:
    run = Budget(name="run 0f3a", limit_usd=Decimal(1))
    assert await want(connect(budgets=[run]), "shot 0") is None
    assert isinstance(await want(connect(daily_usd=Decimal("0.40")), "shot 1"), OverBudget)


async def test_what_an_older_shotgraph_has_bought_takes_room(
    server: Client, connect: Connect, folder: Path
) -> None:
    assert await want(connect(), "shot 0") is None
    shutil.rmtree(folder / "days")
    assert isinstance(await want(connect(daily_usd=Decimal("0.40")), "shot 1"), OverBudget)
    session = connect(daily_usd=2 * PRICE_USD)
    assert await want(session, "shot 1") is None
    assert await session.budget_book.spent_usd(today(), session.clock.now()) == 2 * PRICE_USD


async def test_of_a_ledger_that_day_alone_counts_and_no_rehearsal(
    budgets: Budgets, ledger: Ledger, store: Store
) -> None:
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = await begun(ledger, "first", at=midnight)
    for words, at in (("before", midnight - timedelta(seconds=1)), ("after", midnight)):
        await begun(ledger, words, at=at + (at >= midnight) * timedelta(days=1))
    await begun(ledger, "rehearsed", at=now, backend=REHEARSAL)
    day = Budget(name="day", limit_usd=Decimal(9), day=midnight.date())
    assert await budgets.spent_usd(day, now) == RECORDED_USD
    assert await Days(store.records, ledger).attempts(midnight.date()) == {(first, 1)}


async def test_it_is_searched_once(budgets: Budgets, ledger: Ledger) -> None:
    assert await budgets.spent_usd(today(), datetime.now(UTC)) == 0
    await begun(ledger, "by an older shotgraph")
    assert await budgets.spent_usd(today(), datetime.now(UTC)) == 0


async def test_a_search_that_dies_is_done_again(
    budgets: Budgets, ledger: Ledger, folder: Path
) -> None:
    for number in range(3):
        await begun(ledger, f"shot {number}")
    await budgets.spent_usd(today(), datetime.now(UTC))
    noted = sorted(folder.glob("days/*/*"))
    assert [path.name for path in noted][-1] == "searched.json"
    for path in noted[1:]:  # as it is after one note
        path.unlink()
    assert await budgets.spent_usd(today(), datetime.now(UTC)) == 3 * RECORDED_USD


async def test_an_attempt_counts_once_and_by_what_came_of_it(
    budgets: Budgets, ledger: Ledger, store: Store
) -> None:
    now, days = datetime.now(UTC), Days(store.records, ledger)
    ends: dict[str, list[Event]] = {"ended": [ACCEPTED, SUCCEEDED], "turned": [TURNED], "begun": []}
    for words, events in ends.items():
        attempt = await ledger.attempt(await begun(ledger, words), 1)
        for event in events:
            attempt = await ledger.record(attempt, event)
        await days.note(now.date(), attempt.key, 1)
        await budgets.reserve(
            [today()], key=attempt.key, number=1, usd=RECORDED_USD, now=now, until=now, what=words
        )
    await days.note(now.date(), key_of("never begun"), 1)
    assert await budgets.spent_usd(today(), now) == 2 * RECORDED_USD


async def test_what_can_not_be_read_holds_the_wall(
    budgets: Budgets, ledger: Ledger, folder: Path
) -> None:
    key = await begun(ledger, "damaged")
    (folder / f"attempts/{key}/000001/intent.json").write_bytes(b"{")
    with pytest.raises(Terminal, match=f"attempts/{key}/000001/intent.json"):
        await budgets.spent_usd(today(), datetime.now(UTC))


async def test_stray_files_are_none_of_ours(budgets: Budgets, ledger: Ledger, folder: Path) -> None:
    await begun(ledger, "one")
    for name in ("intent.json", "of-old/intent.json", "of-old/copies/intent.json"):
        (folder / "attempts/of-old/copies").mkdir(parents=True, exist_ok=True)
        (folder / "attempts" / name).write_bytes(b"{")
    assert await budgets.spent_usd(today(), datetime.now(UTC)) == RECORDED_USD


@pytest.mark.parametrize("daily_usd", [None, PRICE_USD])
async def test_it_is_the_day_on_which_it_is_sent(
    daily_usd: Decimal | None, server: Client, connect: Connect, folder: Path
) -> None:
    """A session is opened, and its job waits for its place at fal until after midnight."""
    clock = AtClock(datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC))
    session = connect(daily_usd=daily_usd, clock=clock)
    assert await want(session, "shot 0") is None
    clock.pass_by(2)
    assert await want(session, "shot 1") is None
    noted = {path.parent.name[-10:] for path in folder.glob("days/*/*.000001.json")}
    reserved = {path.parent.name[-10:] for path in folder.glob("budgets/*/*")}
    assert noted | reserved == {"2026-11-23", "2026-11-24"}


async def test_a_rehearsal_notes_nothing(connect: Connect, server: Client, folder: Path) -> None:
    fal = connect().fal
    rehearsal = type(fal)(fal.bases, fal.key, REHEARSAL)
    session = connect(fal=rehearsal, daily_usd=Decimal(0))
    assert not session.has_wall
    assert await want(session, "shot 0") is None
    assert not list(folder.glob("days/*/*"))


async def test_many_first_looks_at_once_find_the_same(store: Store, ledger: Ledger) -> None:
    keys = {await begun(ledger, f"shot {number}") for number in range(5)}
    day = datetime.now(UTC).date()
    looks = [Days(store.records, ledger).attempts(day) for _ in range(8)]
    assert await asyncio.gather(*looks) == [{(key, 1) for key in keys}] * 8


def test_the_clock_of_a_store_may_be_slow() -> None:
    assert timedelta(minutes=5) <= STORES_CLOCK <= timedelta(days=1), "skew of clocks"
