"""The exhaustive model of a purchase: nothing is paid twice, and it would see it if something were.

Kills, pauses, lost replies and failures have no limit in it: a worker can be killed or stopped at
every step, and every request can fail, be delayed, or lose its answer. It takes every change of a
job's state from the ledger's own table.
"""

import time
from collections.abc import Iterator
from itertools import product

import pytest

from shotgraph.money.attempts import MAY_BUY, TABLE, Happening

from .explore import Explored, explore, start
from .protocol import Guards
from .world import EMPTY, NONE, Attempt, Request, Slots, Worker, World, put, state_of

pytestmark = pytest.mark.crash

ENOUGH = 30_000
"""How many worlds to go through where going through all takes longer than a minute."""


def _attempt(age: int, *happenings: Happening) -> Attempt:
    slots: Slots = EMPTY
    for happening in ("intent", *happenings):
        slots = put(slots, happening, over=False)
    return Attempt(slots, NONE, age)


TWO_LOST = World(
    attempts=((_attempt(1, "doubt"),), (_attempt(0, "doubt"),)),
    results=(NONE, NONE),
    requests=(Request(0, "hidden", 1, ""), Request(1, "hidden", 0, "")),
    workers=(Worker(0), Worker(1)),
)
"""Two takes that look alike, one sent after the other, and the answers of both are lost."""

ONE_IS_LISTED = TWO_LOST._replace(
    attempts=((_attempt(3, "doubt"),), (_attempt(2, "doubt"),)),
    requests=(Request(0, "listed", 0, "success"), Request(1, "hidden", 1, "")),
)
"""The same later on: fal lists the first one's request, and not yet the second one's."""

A_PERSON = World(((),), (NONE,), (), (Worker(0), Worker(0, pc="person")))
"""A run, and somebody who says "reconcile --buy-again" at some moment."""


@pytest.mark.parametrize(("what", "first", "most"), [
    ("1 worker", start((0,)), None),
    ("2 workers", start((0, 0)), None),
    ("3 workers", start((0, 0, 0)), ENOUGH),
    ("2 takes that look alike", start((0, 1)), ENOUGH),
    ("2 takes with lost answers", TWO_LOST, ENOUGH),
])  # fmt: skip
def test_nothing_is_paid_twice(what: str, first: World, most: int | None) -> None:
    began = time.monotonic()
    found = explore(Guards(), first, most=most or 10**9)
    assert (found.worst, found.lost, found.stuck) == (1, 0, 0), found.way
    assert found.is_whole == (most is None)
    _print(what, found, time.monotonic() - began)


def test_what_a_person_buys_again_is_all_that_is_paid_twice() -> None:
    assert explore(Guards(), A_PERSON).worst == 2
    found = explore(Guards(), A_PERSON, pardons=1, most=ENOUGH)
    assert (found.worst, found.lost) == (1, 0), found.way


WEAKENED = {
    "intent": (Guards(intent=False), start((0,))),
    "put_if_absent": (Guards(put_if_absent=False), start((0, 0))),
    "deadline": (Guards(deadline=False), start((0, 0))),
    "classification": (Guards(classification=False), start((0,))),
    "wait": (Guards(wait=False), start((0,))),
    "clock_first": (Guards(clock_first=False), start((0,))),
    "whole_list": (Guards(whole_list=False), start((0,))),
    "claim_settled": (Guards(claim_settled=False, swap=False), start((0, 0))),
    "swap": (Guards(swap=False), ONE_IS_LISTED),
}


@pytest.mark.parametrize("guard", WEAKENED)
def test_without_a_guard_it_is_paid_twice(guard: str) -> None:
    found = explore(*WEAKENED[guard])
    assert found.worst == 2
    print(f"\nmodel: without {guard}: 2 paid, after {'; '.join(found.way)}")


def test_without_claims_a_paid_job_is_lost() -> None:
    found = explore(Guards(claim=False), ONE_IS_LISTED)
    assert found.lost == 1
    print(f"\nmodel: without claim: 1 paid job lost, after {'; '.join(found.way)}")


def test_the_table_has_every_state_that_events_can_add_up_to() -> None:
    used = {step for slots in _possible() for step in _steps(slots)}
    assert used == set(TABLE), "the table has entries that nothing leads to"
    assert {state_of(slots) for slots in _possible()} == {*TABLE.values(), "new"}
    assert {state_of(slots) for slots in _possible()} >= MAY_BUY


def _possible() -> Iterator[Slots]:
    """Every way in which an attempt's slots can be filled, whoever comes first."""
    yield EMPTY
    doubts: tuple[Happening | None, ...] = (None, "doubt")
    closed: tuple[Happening | None, ...] = (None, "turned", "given_up")
    for doubt, outcome in product(doubts, closed):
        yield ("intent", doubt, outcome, None, None, None)
    cancels: tuple[Happening | None, ...] = (None, "cancel")
    ends: tuple[Happening | None, ...] = (None, "failure", "success")
    persons: tuple[Happening | None, ...] = (None, "forgotten")
    for doubt, cancel, end, person in product(doubts, cancels, ends, persons):
        yield ("intent", doubt, "accepted", cancel, end, person)


def _steps(slots: Slots) -> Iterator[tuple[object, object]]:
    for place, happening in enumerate(slots):
        if happening is not None:
            before = (*slots[:place], *EMPTY[place:])
            yield state_of(before), happening


def _print(what: str, found: Explored, took_s: float) -> None:
    extent = "all of them" if found.is_whole else "of more"
    print(
        f"\nmodel: {what}: {found.worlds} states ({extent}), any number of kills, pauses and lost "
        f"replies: worst {found.worst} paid, {found.lost} lost, {found.stuck} stuck, {took_s:.0f} s"
    )
