"""A job is one step's words, inputs and take: run twice it is one, and three takes are three."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shotgraph.money.attempts import Ledger
from shotgraph.money.buy import Bought, buy
from shotgraph.money.job import Job
from shotgraph.money.session import Session
from shotgraph.money.windows import Windows
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.ledger.conftest import Connect
from tests.rehearsal.client import Client

PRICE_USD = Decimal("0.252")


def shot(session: Session, words: str = "the harbour at dusk", take: int = 1) -> Job:
    return job_of(Shot(prompt=words, take=take), session.fal.backend)


def takes(session: Session, count: int) -> list[Job]:
    return [shot(session, take=take) for take in range(1, count + 1)]


async def book(server: Client) -> tuple[int, list[dict[str, Any]], Decimal]:
    """How often something was submitted, what was charged, and how much in dollars."""
    read = await server.book()
    charged = [job for job in read["jobs"] if job["charged_usd"] > 0]
    return read["counts"].get("submits", 0), charged, Decimal(str(read["charged_usd"]))


def requests(bought: Sequence[Bought]) -> set[str | None]:
    return {one.result.request_id for one in bought}


async def test_a_step_that_is_run_twice_is_one_job(server: Client, connect: Connect) -> None:
    session = connect()
    first = await buy(session, shot(session))
    second = await buy(connect(), shot(session))
    assert (first.how, second.how) == ("ran", "cached")
    assert first.result == second.result
    submits, charged, cost_usd = await book(server)
    assert (submits, cost_usd) == (1, PRICE_USD)
    assert charged[0]["request_id"] == first.result.request_id
    assert first.result.cost_usd == PRICE_USD


async def test_its_name_and_place_in_a_film_do_not_count(server: Client, connect: Connect) -> None:
    session = connect()
    await buy(session, shot(session))
    renamed = await buy(session, replace(shot(session), step="another name"))
    assert renamed.how == "cached"
    assert (await book(server))[0] == 1


async def test_three_takes_are_three_jobs(server: Client, connect: Connect, ledger: Ledger) -> None:
    session = connect()
    bought = [await buy(session, job) for job in takes(session, 3)]
    assert [one.how for one in bought] == ["ran"] * 3
    submits, charged, cost_usd = await book(server)
    assert (submits, len(charged), cost_usd) == (3, 3, 3 * PRICE_USD)
    # At fal they look the same, so nothing but the key tells them apart.
    assert charged[0]["input"] == charged[1]["input"] == charged[2]["input"]
    assert requests(bought) == {job["request_id"] for job in charged}
    assert len({one.result.asset.sha256 for one in bought}) == 3
    latest = [await ledger.latest(job.key) for job in takes(session, 3)]
    assert [(attempt.number, attempt.state) for attempt in latest] == [(1, "succeeded")] * 3

    again = [await buy(connect(), job) for job in takes(session, 3)]
    assert [one.how for one in again] == ["cached"] * 3
    assert [one.result for one in again] == [one.result for one in bought]
    assert (await book(server))[0] == 3


async def test_a_fourth_take_is_all_that_a_fourth_take_costs(
    server: Client, connect: Connect
) -> None:
    session = connect()
    await asyncio.gather(*(buy(session, job) for job in takes(session, 3)))
    bought = await asyncio.gather(*(buy(session, job) for job in takes(session, 4)))
    assert [one.how for one in bought] == ["cached"] * 3 + ["ran"]
    assert len(requests(bought)) == 4
    assert (await book(server))[0] == 4


async def test_equal_steps_of_one_run_are_one_job(server: Client, connect: Connect) -> None:
    session = connect()
    twins = [replace(shot(session), step=f"twin {number}") for number in range(4)]
    bought = await asyncio.gather(*(buy(session, twin) for twin in twins))
    assert sorted(one.how for one in bought) == ["cached"] * 3 + ["ran"]
    assert len(requests(bought)) == 1
    submits, charged, cost_usd = await book(server)
    assert (submits, len(charged), cost_usd) == (1, 1, PRICE_USD)


async def test_equal_steps_of_runs_at_the_same_time_are_one_job(
    server: Client, connect: Connect
) -> None:
    """Each in a loop of its own: nothing but the ledger stands between them."""
    line = threading.Barrier(4)

    def run() -> Bought:
        session = connect(windows=Windows(look_s=30))
        line.wait()
        return asyncio.run(buy(session, shot(session)))

    with ThreadPoolExecutor(4) as threads:
        running = [threads.submit(run) for _ in range(4)]
        bought = await asyncio.gather(*(asyncio.wrap_future(one) for one in running))
    hows = [one.how for one in bought]
    assert hows.count("ran") == 1
    assert set(hows) <= {"ran", "resumed", "cached"}
    assert len(requests(bought)) == 1
    assert (await book(server))[::2] == (1, PRICE_USD)


@pytest.mark.parametrize("listing", ["listing_shows_running", ""])
async def test_takes_whose_answers_are_lost_get_one_each(
    listing: str, server: Client, connect: Connect
) -> None:
    if listing:
        await server.fault(listing)
    await server.fault("drop", times=3)
    session = connect(windows=Windows(look_s=30))
    bought = await asyncio.gather(*(buy(session, job) for job in takes(session, 3)))
    submits, charged, cost_usd = await book(server)
    assert (submits, cost_usd) == (3, 3 * PRICE_USD)
    assert requests(bought) == {job["request_id"] for job in charged}
    assert len({one.result.asset.sha256 for one in bought}) == 3
