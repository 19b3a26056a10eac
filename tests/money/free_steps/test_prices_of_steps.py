"""What a ``fal`` step's price is worth when it is bought: refused, counted, and one job first."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

import pytest

from shotgraph.errors import InvalidInput, OverBudget
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.money.budget import Budget
from shotgraph.money.connection import FalConnection
from shotgraph.money.known_prices import turn_of
from shotgraph.money.prices import Prices
from shotgraph.money.session import Session
from shotgraph.store import Store
from tests.money.free_steps.conftest import ENDPOINT, Draw
from tests.rehearsal.client import Client

Sessions = Callable[..., Session]


def budget(usd: str) -> list[Budget]:
    return [Budget(name="run", limit_usd=Decimal(usd))]


async def submits(server: Client) -> int:
    return int((await server.book())["counts"].get("submits", 0))


async def spent(session: Session) -> Decimal:
    return await session.budget_book.spent_usd(session.budgets[0], session.clock.now())


@pytest.fixture
async def dear(server: Client) -> Client:
    """fal takes $50 for a unit, and bills 20 of them for a job."""
    await server.fault("reprice", endpoint_id=ENDPOINT, usd="50", unit="units")
    await server.fault("bill", endpoint_id=ENDPOINT, units=20)
    return server


@pytest.mark.parametrize("price_usd", ["0", "0.05", "49.99"])
async def test_a_price_below_fals_own_is_refused_before_anything_is_sent(
    price_usd: str, dear: Client, draw: Draw, session: Sessions
) -> None:
    with pytest.raises(InvalidInput) as wrong:
        await draw(of=session(trust_prices=False), price_usd=price_usd)
    assert f"price_usd: ${price_usd} is given, and fal takes $50" in wrong.value.message
    assert "Nothing was sent" in wrong.value.message
    assert wrong.value.exit_code == 2
    assert await submits(dear) == 0


async def test_what_was_billed_counts_whatever_the_file_says(
    dear: Client, draw: Draw, session: Sessions
) -> None:
    rich = session(budgets=budget("2000"))
    made = await draw(of=rich, price_usd="50", output="audio")
    assert made.result.cost_usd == 1000
    assert await spent(rich) == 1000
    with pytest.raises(InvalidInput, match=r"the last job here was billed \$1000"):
        await draw(of=rich, price_usd="50", output="audio", take=2)
    with pytest.raises(OverBudget):
        await draw(of=rich, price_usd="1001", output="audio", take=2)
    assert await submits(dear) == 1
    await draw(of=rich, price_usd="1000", output="audio", take=2)
    assert await spent(rich) == 2000


@pytest.mark.parametrize("trusts", [False, True])
async def test_one_job_goes_first_until_it_is_known_what_is_billed(
    trusts: bool, dear: Client, draw: Draw, session: Sessions
) -> None:
    careful = session(budgets=budget("700"), trust_prices=trusts)
    ended = await asyncio.gather(
        *(draw(of=careful, price_usd="51", output="audio", take=take) for take in range(1, 13)),
        return_exceptions=True,
    )
    assert await submits(dear) == 1, "twelve at once would have cost $12,000"
    wrong = [one for one in ended if isinstance(one, InvalidInput | OverBudget)]
    assert len(wrong) == 11
    assert await spent(careful) == 1000


async def test_jobs_that_cost_what_they_should_wait_for_the_first_only(
    server: Client, draw: Draw, session: Sessions
) -> None:
    await server.fault("reprice", endpoint_id=ENDPOINT, usd="0.01", unit="units")
    await server.fault("bill", endpoint_id=ENDPOINT, units=5)
    careful = session(budgets=budget("1"), trust_prices=False)
    made = await asyncio.gather(
        *(draw(of=careful, output="audio", take=take) for take in range(1, 5))
    )
    assert [one.how for one in made] == ["ran"] * 4
    jobs = await server.jobs()
    first, *others = sorted(jobs, key=lambda job: str(job["received_at"]))
    assert all(job["received_at"] >= first["ended_at"] for job in others)
    assert await spent(careful) == Decimal("0.20")


async def test_where_no_budget_holds_nobody_waits(server: Client, session: Sessions) -> None:
    both_are_in = asyncio.Barrier(2)

    async def job() -> None:
        async with turn_of(session(budgets=[], trust_prices=False), ENDPOINT):
            await both_are_in.wait()

    async with asyncio.timeout(300):
        await asyncio.gather(job(), job())


async def test_the_time_of_a_machine_does_not_make_a_job_cheaper(
    server: Client, draw: Draw, session: Sessions
) -> None:
    await server.fault("reprice", endpoint_id=ENDPOINT, usd="0.00017", unit="compute seconds")
    made = await draw(of=session(), output="audio")
    assert made.result.cost_usd == Decimal("0.05")


async def test_a_rehearsal_asks_for_no_price(
    server: Client, draw: Draw, session: Sessions, fal: FalConnection, store: Store
) -> None:
    rehearsed = session(budgets=budget("1"), trust_prices=False, prices=Prices())
    free = FalConnection(fal.bases, fal.key, REHEARSAL)
    made = await draw(of=type(rehearsed)(**{**vars(rehearsed), "fal": free}), output="audio")
    assert made.result.cost_usd == Decimal("0.05")
    assert "pricings" not in (await server.book())["counts"]
