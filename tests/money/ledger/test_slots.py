"""Attempts and events are put once: of those that race one wins, and all see the same."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from itertools import permutations
from pathlib import Path
from typing import Any, TypeVar

import pytest

from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.events import Event, Intent
from shotgraph.store import open_store
from tests.money.ledger.records import (
    ACCEPTED,
    DOUBT,
    FAILED,
    GIVEN_UP,
    KEY,
    SUCCEEDED,
    TURNED,
    accepted,
    intent,
    key_of,
    put_attempt,
)

Said = TypeVar("Said")

RACERS = 8
ROUNDS = 4
OUTCOMES: dict[str, Event] = {"accepted": ACCEPTED, "turned": TURNED, "given_up": GIVEN_UP}


def race(folder: Path, run: Callable[[Ledger, int], Coroutine[Any, Any, Said]]) -> list[Said]:
    """Have racers with a ledger of their own do one thing at the same moment."""
    line = threading.Barrier(RACERS)
    said: list[Said] = []

    def go(racer: int) -> None:
        ledger = Ledger(open_store(str(folder)).records)
        line.wait()
        said.append(asyncio.run(run(ledger, racer)))

    threads = [threading.Thread(target=go, args=(racer,)) for racer in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == RACERS
    return said


async def test_of_those_that_want_an_attempt_one_begins_it(folder: Path, ledger: Ledger) -> None:
    for number in range(ROUNDS):
        key = key_of(f"round {number}")

        async def begin(theirs: Ledger, racer: int, key: Any = key) -> Attempt | None:
            nothing_yet = Attempt(key, 0)
            return await theirs.begin(nothing_yet, intent(key, owner=f"host:{racer}"))

        began = [attempt for attempt in race(folder, begin) if attempt is not None]
        assert len(began) == 1
        assert await ledger.latest(key) == began[0]
        assert (began[0].number, began[0].state) == (1, "sending")


async def test_of_those_that_say_how_it_went_one_is_believed(folder: Path, ledger: Ledger) -> None:
    for number in range(ROUNDS):
        attempt = await put_attempt(ledger, key=key_of(f"round {number}"))

        async def settle(theirs: Ledger, racer: int, attempt: Attempt = attempt) -> Attempt:
            kind = ("accepted", "turned", "given_up")[racer % 3]
            event = accepted(f"request-{racer}") if kind == "accepted" else OUTCOMES[kind]
            return await theirs.record(attempt, event)

        seen = race(folder, settle)
        assert all(one == seen[0] for one in seen)
        assert seen[0] == await ledger.latest(attempt.key)
        assert seen[0].state in ("in_flight", "turned", "given_up")


@pytest.mark.parametrize(("first", "second"), list(permutations(OUTCOMES, 2)))
async def test_the_second_outcome_gives_way_to_the_first(
    folder: Path, ledger: Ledger, first: str, second: str
) -> None:
    attempt = await put_attempt(ledger)
    other = Ledger(open_store(str(folder)).records)
    stands = await ledger.record(attempt, OUTCOMES[first])
    assert await other.record(attempt, OUTCOMES[second]) == stands
    assert (await other.latest(KEY)).events["outcome"] == OUTCOMES[first]


async def test_the_number_of_an_attempt_is_its_epoch(ledger: Ledger) -> None:
    first = await put_attempt(ledger, GIVEN_UP)
    second = await put_attempt(ledger, ACCEPTED)
    assert (first.number, second.number) == (1, 2)
    # Somebody who slept through all that knows only of the time before the first.
    assert await ledger.begin(Attempt(KEY, 0), intent(owner="late:1")) is None
    assert await ledger.begin(first, intent(owner="late:1")) is None
    for late in (accepted("late"), DOUBT, TURNED):
        assert (await ledger.record(first, late)).state == "given_up"
    latest = await ledger.latest(KEY)
    assert latest == second
    found = latest.find(Intent)
    assert found is not None
    assert found.owner == "host:1"


async def test_the_latest_attempt_has_the_highest_number(ledger: Ledger) -> None:
    assert (await ledger.latest(KEY)).number == 0
    for number in range(1, 13):
        assert (await put_attempt(ledger, TURNED)).number == number
    assert (await ledger.latest(KEY)).number == 12
    assert (await ledger.attempt(KEY, 9)).state == "turned"
    assert (await ledger.attempt(KEY, 13)).state == "new"


async def test_every_job_is_listed_with_its_latest_attempt(ledger: Ledger) -> None:
    one, other = key_of("one"), key_of("other")
    await put_attempt(ledger, ACCEPTED, FAILED, key=one)
    await put_attempt(ledger, ACCEPTED, SUCCEEDED, key=one)
    await put_attempt(ledger, DOUBT, key=other)
    found = {attempt.key: (attempt.number, attempt.state) for attempt in await ledger.all_latest()}
    assert found == {one: (2, "succeeded"), other: (1, "unknown")}


async def test_what_is_read_is_what_was_put(ledger: Ledger) -> None:
    put = await put_attempt(ledger, DOUBT, ACCEPTED, SUCCEEDED)
    assert await ledger.latest(KEY) == put
    assert put.events == {
        "intent": intent(),
        "doubt": DOUBT,
        "outcome": ACCEPTED,
        "ended": SUCCEEDED,
    }
