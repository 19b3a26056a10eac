"""Budgets over real purchases; what was really charged is what the server's book says."""

import asyncio
import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shotgraph.errors import Ambiguous, OverBudget, Refused, Retryable, ShotgraphError
from shotgraph.money.attempts import Ledger
from shotgraph.money.budget import Budget
from shotgraph.money.buy import buy
from shotgraph.money.events import Intent
from shotgraph.money.session import Session
from shotgraph.money.windows import Windows
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.ledger.conftest import Connect
from tests.rehearsal.client import Client

PRICE_USD = Decimal("0.252")
DAY = Budget(name="day 2026-11-23", limit_usd=2 * PRICE_USD)


async def want(session: Session, words: str) -> ShotgraphError | None:
    """Buy a shot; gives the error if that did not work."""
    try:
        await buy(session, job_of(Shot(prompt=words), session.fal.backend))
    except ShotgraphError as error:
        return error
    return None


async def spent_usd(session: Session, budget: Budget = DAY) -> Decimal:
    return await session.budget_book.spent_usd(budget, session.clock.now())


async def charged_usd(server: Client) -> Decimal:
    return Decimal(str((await server.book())["charged_usd"]))


async def test_of_many_at_once_as_many_are_bought_as_there_is_room_for(
    server: Client, connect: Connect
) -> None:
    session = connect(budgets=[DAY])
    ended = await asyncio.gather(*(want(session, f"shot {number}") for number in range(6)))
    refused = [error for error in ended if error is not None]
    assert [type(error) for error in refused] == [OverBudget] * 4
    assert (await server.book())["counts"]["submits"] == 2
    assert await spent_usd(session) == await charged_usd(server) == DAY.limit_usd

    more = connect(budgets=[DAY.model_copy(update={"limit_usd": 6 * PRICE_USD})])
    ended = await asyncio.gather(*(want(more, f"shot {number}") for number in range(6)))
    assert ended == [None] * 6
    assert (await server.book())["counts"]["submits"] == 6
    assert await spent_usd(more) == await charged_usd(server) == 6 * PRICE_USD


@pytest.mark.parametrize(("fault", "error", "cost_usd"), [
    ({"kind": "refuse", "status": 422}, Refused, Decimal(0)),
    ({"kind": "refuse", "status": 429, "retry_after_s": 1}, Retryable, Decimal(0)),
    ({"kind": "fail", "status": 500}, Refused, Decimal(0)),
    ({"kind": "fail", "status": 500, "retryable": True}, Retryable, Decimal(0)),
    ({"kind": "fail", "status": 422, "charged": True}, Refused, PRICE_USD),
])  # fmt: skip
async def test_what_was_not_charged_is_given_back(
    fault: dict[str, Any],
    error: type[ShotgraphError],
    cost_usd: Decimal,
    server: Client,
    connect: Connect,
) -> None:
    session = connect(budgets=[DAY])
    await server.fault(**fault, times=1)
    assert type(await want(session, "no luck")) is error
    assert await spent_usd(session) == await charged_usd(server) == cost_usd
    room = int((DAY.limit_usd - cost_usd) / PRICE_USD)
    for number in range(room):
        assert await want(session, f"shot {number}") is None
    assert isinstance(await want(session, "one too many"), OverBudget)
    assert await spent_usd(session) == await charged_usd(server) == DAY.limit_usd


async def test_a_lost_answer_takes_room_until_it_is_known(server: Client, connect: Connect) -> None:
    one = DAY.model_copy(update={"limit_usd": PRICE_USD})
    hold = await server.fault("hold", state="IN_PROGRESS")
    await server.fault("drop", times=1)
    assert isinstance(await want(connect(budgets=[one]), "lost"), Ambiguous)
    assert await spent_usd(connect(), one) == PRICE_USD
    assert isinstance(await want(connect(budgets=[one]), "another"), OverBudget)
    assert (await server.http.delete(f"{server.control}/faults/{hold}")).status_code == 204
    found = connect(budgets=[one], windows=Windows(look_s=30))
    assert await want(found, "lost") is None
    assert (await server.book())["counts"]["submits"] == 1
    assert await spent_usd(found, one) == await charged_usd(server) == PRICE_USD


async def test_what_is_taken_up_or_there_needs_no_room(server: Client, connect: Connect) -> None:
    session = connect(budgets=[DAY])
    assert await want(session, "shot 0") is None
    none = Budget(name="run without money", limit_usd=Decimal(0))
    assert await want(connect(budgets=[none]), "shot 0") is None
    assert isinstance(await want(connect(budgets=[none]), "shot 1"), OverBudget)
    assert (await server.book())["counts"]["submits"] == 1


@pytest.mark.parametrize("run_first", [True, False])
async def test_the_strictest_budget_holds_and_is_named(
    run_first: bool, server: Client, connect: Connect, folder: Path
) -> None:
    run = Budget(name="run 0f3a", limit_usd=PRICE_USD)
    session = connect(budgets=[run, DAY] if run_first else [DAY, run])
    assert await want(session, "shot 0") is None
    error = await want(session, "shot 1")
    assert isinstance(error, OverBudget)
    assert "Of the budget run 0f3a of $0.25" in error.message
    assert "the budget is too small by $0.252" in error.message
    names = {path.parent.name: path.name for path in folder.glob("budgets/*/*")}
    assert names == {"run_0f3a": "00000001.json", "day_2026-11-23": "00000001.json"}
    assert await charged_usd(server) == PRICE_USD


async def test_room_is_held_as_long_as_it_can_be_sent_by_anybodys_clock(
    server: Client, connect: Connect, ledger: Ledger, folder: Path
) -> None:
    session = connect(budgets=[DAY])
    await want(session, "shot 0")
    intent = (await ledger.all_latest())[0].find(Intent)
    assert intent is not None
    (path,) = folder.glob("budgets/day_2026-11-23/*")
    until = datetime.fromisoformat(json.loads(path.read_bytes())["until"])
    assert until == intent.send_before + timedelta(seconds=session.windows.skew_s)
