"""What a budget holds, what it gives back, and what it says when it is full."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from shotgraph.errors import OverBudget, Terminal
from shotgraph.keys import Key
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.budget import Budget, Budgets
from shotgraph.money.events import Event
from shotgraph.store import RecordStore, Store
from shotgraph.store.records import AT_ONCE
from tests.money.ledger.records import (
    ACCEPTED,
    AT,
    CANCEL,
    DOUBT,
    FAILED,
    FORGOTTEN,
    GIVEN_UP,
    KEY,
    PRICE_USD,
    SUCCEEDED,
    TURNED,
    UNTIL_SAFE,
    intent,
    key_of,
    put_attempt,
)

DAY = Budget(name="day 2026-11-23", limit_usd=Decimal("2"))
RUN = Budget(name="run 0f3a", limit_usd=Decimal("1"))
LAPSE = timedelta(minutes=5)
CHEAPER = SUCCEEDED.model_copy(update={"cost_usd": Decimal("0.504")})
DEARER = SUCCEEDED.model_copy(update={"cost_usd": Decimal("0.756")})
FAILED_BILLED = FAILED.model_copy(update={"cost_usd": Decimal("0.252")})
GIVEN_UP_SAFELY = GIVEN_UP.model_copy(update={"at": AT + UNTIL_SAFE})


@pytest.fixture
def budgets(store: Store, ledger: Ledger) -> Budgets:
    return Budgets(store.records, ledger)


async def reserve(
    budgets: Budgets,
    *which: Budget,
    key: Key = KEY,
    number: int = 1,
    usd: Decimal = PRICE_USD,
    now: datetime = AT,
) -> None:
    await budgets.reserve(
        which or (DAY,), key=key, number=number, usd=usd, now=now, until=now + LAPSE, what="dusk"
    )


@pytest.mark.parametrize(("events", "worth_usd"), [
    ([], PRICE_USD),
    ([DOUBT], PRICE_USD),
    ([ACCEPTED], PRICE_USD),
    ([ACCEPTED, CANCEL], PRICE_USD),
    ([ACCEPTED, FORGOTTEN], PRICE_USD),
    ([GIVEN_UP], PRICE_USD),
    ([GIVEN_UP_SAFELY], Decimal(0)),
    ([DOUBT, GIVEN_UP_SAFELY], Decimal(0)),
    ([TURNED], Decimal(0)),
    ([DOUBT, TURNED], Decimal(0)),
    ([ACCEPTED, CHEAPER], Decimal("0.504")),
    ([ACCEPTED, DEARER], Decimal("0.756")),
    ([ACCEPTED, CHEAPER, FORGOTTEN], Decimal("0.504")),
    ([ACCEPTED, FAILED], Decimal(0)),
    ([ACCEPTED, FAILED_BILLED], Decimal("0.252")),
])  # fmt: skip
async def test_an_attempt_counts_for_what_is_known_of_it(
    events: list[Event], worth_usd: Decimal, budgets: Budgets, ledger: Ledger
) -> None:
    await reserve(budgets)
    await put_attempt(ledger, *events)
    for now in (AT, AT + LAPSE, AT + timedelta(days=30)):
        assert await budgets.spent_usd(DAY, now) == worth_usd


async def test_a_reservation_lapses_unless_the_attempt_begins(
    budgets: Budgets, ledger: Ledger
) -> None:
    await reserve(budgets)
    assert await budgets.spent_usd(DAY, AT + LAPSE - timedelta(seconds=1)) == PRICE_USD
    assert await budgets.spent_usd(DAY, AT + LAPSE) == 0
    await put_attempt(ledger)
    assert await budgets.spent_usd(DAY, AT + LAPSE) == PRICE_USD


async def test_what_was_given_back_can_be_spent_again(budgets: Budgets, ledger: Ledger) -> None:
    for words in ("one", "two", "three"):
        await reserve(budgets, key=key_of(words))
    with pytest.raises(OverBudget):
        await reserve(budgets)
    await put_attempt(ledger, TURNED, key=key_of("one"))
    await reserve(budgets)
    with pytest.raises(OverBudget):
        await reserve(budgets, key=key_of("four"))


async def test_one_attempt_counts_once_whoever_reserves_for_it(
    budgets: Budgets, ledger: Ledger
) -> None:
    for _ in range(5):
        await reserve(budgets)
    assert await budgets.spent_usd(DAY, AT) == PRICE_USD
    await put_attempt(ledger, ACCEPTED, CHEAPER)
    await reserve(budgets)
    assert await budgets.spent_usd(DAY, AT) == Decimal("0.504")


async def test_every_attempt_of_a_job_counts(budgets: Budgets, ledger: Ledger) -> None:
    for number, ended in ((1, FAILED_BILLED), (2, FAILED), (3, CHEAPER)):
        await reserve(budgets, number=number)
        await put_attempt(ledger, ACCEPTED, ended)
    assert await budgets.spent_usd(DAY, AT) == Decimal("0.252") + 0 + Decimal("0.504")


@pytest.mark.parametrize(("limit_usd", "fit"), [
    ("1.89", 3),
    ("1.889", 2),
    ("1.26", 2),
    ("0.63", 1),
    ("0.629", 0),
    ("0", 0),
])  # fmt: skip
async def test_a_budget_can_be_used_up_and_not_passed(
    limit_usd: str, fit: int, budgets: Budgets
) -> None:
    budget = Budget(name="day", limit_usd=Decimal(limit_usd))
    for number in range(fit):
        await reserve(budgets, budget, key=key_of(f"job {number}"))
    with pytest.raises(OverBudget):
        await reserve(budgets, budget)
    assert await budgets.spent_usd(budget, AT) == fit * PRICE_USD


async def test_a_full_budget_says_which_it_is_and_by_how_much(budgets: Budgets) -> None:
    await reserve(budgets, RUN, key=key_of("one"))
    with pytest.raises(OverBudget) as caught:
        await reserve(budgets, DAY, RUN)
    assert caught.value.exit_code == 3
    assert caught.value.message == (
        "dusk would cost $0.63. Of the budget run 0f3a of $1.00, $0.63 is spent or in flight, so "
        "the budget is too small by $0.260. The job was not sent. Raise the budget, and run "
        "again: finished steps are kept"
    )


@pytest.mark.parametrize("order", [(DAY, RUN), (RUN, DAY)], ids=["day first", "run first"])
async def test_of_several_budgets_the_strictest_holds(
    order: tuple[Budget, Budget], budgets: Budgets
) -> None:
    await reserve(budgets, *order, key=key_of("one"))
    with pytest.raises(OverBudget, match="Of the budget run 0f3a of"):
        await reserve(budgets, *order, key=key_of("two"))
    # What was refused by one of them has taken nothing from the other.
    assert await budgets.spent_usd(DAY, AT) == PRICE_USD
    assert await budgets.spent_usd(RUN, AT) == PRICE_USD
    await reserve(budgets, DAY, key=key_of("three"))
    await reserve(budgets, DAY, key=key_of("four"))
    other_run = Budget(name="run 77b1", limit_usd=Decimal(1))
    with pytest.raises(OverBudget, match="Of the budget day 2026-11-23 of"):
        await reserve(budgets, other_run, DAY, key=key_of("five"))
    assert await budgets.spent_usd(other_run, AT) == 0


async def test_a_run_without_a_budget_reserves_nothing(budgets: Budgets, folder: Path) -> None:
    await budgets.reserve((), key=KEY, number=1, usd=PRICE_USD, now=AT, until=AT, what="dusk")
    assert not (folder / "budgets").exists()


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"version": 1', b"\xff"])
async def test_a_reservation_that_can_not_be_read_is_no_room(
    damage: bytes, budgets: Budgets, folder: Path
) -> None:
    await reserve(budgets, key=key_of("one"))
    await reserve(budgets, key=key_of("two"))
    (folder / "budgets/day_2026-11-23/00000001.json").write_bytes(damage)
    with pytest.raises(Terminal, match=r"day_2026-11-23/00000001\.json can't be read"):
        await reserve(budgets)
    with pytest.raises(Terminal, match=r"00000001\.json can't be read"):
        await budgets.spent_usd(DAY, AT)


@pytest.mark.parametrize("lost", [1, 2])
async def test_a_reservation_that_is_gone_is_missed(
    lost: int, budgets: Budgets, folder: Path
) -> None:
    for words in ("one", "two", "three"):
        await reserve(budgets, key=key_of(words))
    (folder / f"budgets/day_2026-11-23/{lost:08d}.json").unlink()
    with pytest.raises(Terminal, match="budgets/day_2026-11-23 have a gap in their numbers"):
        await reserve(budgets)
    assert len(list((folder / "budgets/day_2026-11-23").iterdir())) == 2


async def test_an_attempt_that_can_not_be_read_is_no_room(
    budgets: Budgets, ledger: Ledger, folder: Path
) -> None:
    await reserve(budgets, key=key_of("one"))
    await put_attempt(ledger, ACCEPTED, key=key_of("one"))
    (folder / "attempts" / key_of("one") / "000001" / "outcome.json").write_bytes(b"")
    with pytest.raises(Terminal, match=r"outcome\.json can't be read"):
        await reserve(budgets)


async def test_a_late_attempt_still_counts(budgets: Budgets, ledger: Ledger) -> None:
    """Its reservation had lapsed when it began: it is not sent any more, and says so soon."""
    await reserve(budgets)
    late = await ledger.begin(Attempt(KEY, 0), intent(at=AT))
    assert late is not None
    assert await budgets.spent_usd(DAY, AT + 2 * LAPSE) == PRICE_USD
    await ledger.record(late, TURNED)
    assert await budgets.spent_usd(DAY, AT + 2 * LAPSE) == 0


class Distant(RecordStore):
    """A store that answers late, as a bucket does; knows how many waited for it together."""

    waiting = 0
    most = 0

    async def get(self, name: str) -> bytes | None:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await asyncio.sleep(0.005)
        self.waiting -= 1
        return await super().get(name)


async def test_a_busy_day_is_not_read_one_by_one() -> None:
    """A job has to be sent soon after its reservation was asked for."""
    distant, large = Distant(MemoryStore()), Budget(name=DAY.name, limit_usd=Decimal(1000))
    budgets, ledger = Budgets(distant, Ledger(distant)), Ledger(distant)
    for number in range(20):
        await reserve(budgets, large, key=key_of(f"job {number}"))
    await asyncio.gather(
        *(put_attempt(ledger, ACCEPTED, key=key_of(f"job {number}")) for number in range(20))
    )
    distant.most = 0
    assert await budgets.spent_usd(large, AT) == 20 * PRICE_USD
    assert 8 < distant.most <= AT_ONCE
