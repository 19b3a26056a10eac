"""What events add up to: always a state of the table, in whatever order they came to be."""

import asyncio
from collections.abc import Sequence
from itertools import product
from random import Random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from shotgraph.money.attempts import MAY_BUY, TABLE, Attempt, JobState, Ledger
from shotgraph.money.events import Accepted, Event
from shotgraph.store import RecordStore
from tests.money.ledger.records import (
    ACCEPTED,
    CANCEL,
    DOUBT,
    FAILED,
    FORGOTTEN,
    GIVEN_UP,
    KEY,
    SUCCEEDED,
    TURNED,
    intent,
)

IN_SLOT: dict[str, tuple[Event | None, ...]] = {
    "intent": (None, intent()),
    "doubt": (None, DOUBT),
    "outcome": (None, ACCEPTED, TURNED, GIVEN_UP),
    "cancel": (None, CANCEL),
    "ended": (None, SUCCEEDED, FAILED),
    "forgotten": (None, FORGOTTEN),
}
ALL_WAYS = [
    {slot: event for slot, event in zip(IN_SLOT, events, strict=True) if event is not None}
    for events in product(*IN_SLOT.values())
]


def in_words(events: dict[str, Event]) -> JobState | None:
    """The state as decision 3 tells it; None for what can't have happened."""
    later = events.keys() & {"cancel", "ended", "forgotten"}
    outcome = events.get("outcome")
    if "intent" not in events:
        return None if events else "new"
    if outcome is None:
        undecided: JobState = "unknown" if "doubt" in events else "sending"
        return None if later else undecided
    if outcome in (TURNED, GIVEN_UP):
        closed: JobState = "turned" if outcome == TURNED else "given_up"
        return None if later else closed
    if "forgotten" in events:
        return "given_up"
    if "ended" in events:
        return "succeeded" if events["ended"] == SUCCEEDED else "failed"
    return "in_flight"


@pytest.mark.parametrize("events", ALL_WAYS, ids=lambda events: "+".join(events) or "nothing")
def test_slots_add_up_to_a_state_or_can_not_be(events: dict[str, Event]) -> None:
    attempt, expected = Attempt(KEY, 1, events), in_words(events)
    if expected is None:
        with pytest.raises(KeyError):
            _ = attempt.state
    else:
        assert attempt.state == expected
        assert set(TABLE.values()) | {"new"} == set(get_args(JobState))


@given(st.sampled_from([way for way in ALL_WAYS if in_words(way)]), st.randoms())
def test_the_order_of_events_does_not_count(events: dict[str, Event], chance: Random) -> None:
    shuffled = list(events.values())
    chance.shuffle(shuffled)
    attempt = Attempt(KEY, 1)
    for event in shuffled:
        attempt = attempt.with_event(event)
    assert attempt.state == in_words(events)


ACTS = ("look", "begin", "doubt", "accept", "turn", "give up", "cancel", "end", "fail", "forget")


class Writer:
    """A run, or a person, that acts on what it saw last, however long ago."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.seen = Attempt(KEY, 0)

    async def act(self, act: str) -> None:
        event = self._event(act)
        if act == "look":
            self.seen = await self._ledger.latest(KEY)
        elif act == "begin" and self.seen.state in MAY_BUY:
            self.seen = await self._ledger.begin(self.seen, intent()) or self.seen
        elif event is not None:
            self.seen = await self._ledger.record(self.seen, event)

    def _event(self, act: str) -> Event | None:
        """What it would put; None where its kind does nothing in such a state."""
        state = self.seen.state
        if state in ("sending", "unknown"):
            said: dict[str, Event] = {"accept": ACCEPTED, "turn": TURNED, "give up": GIVEN_UP}
            return DOUBT if (act, state) == ("doubt", "sending") else said.get(act)
        if act == "forget" and state in ("in_flight", "succeeded"):
            return FORGOTTEN
        if act == "cancel" and self.seen.find(Accepted) is not None:
            return CANCEL
        if state == "in_flight":
            return {"end": SUCCEEDED, "fail": FAILED}.get(act)
        return None


async def check(ledger: Ledger, before: Attempt) -> Attempt:
    """Look at all attempts after somebody acted: nothing of what is over has changed."""
    latest = await ledger.latest(KEY)
    assert latest.state in get_args(JobState)
    assert latest.number in (before.number, before.number + 1)
    earlier = [await ledger.attempt(KEY, number) for number in range(1, latest.number)]
    assert all(attempt.state in MAY_BUY for attempt in earlier), "two attempts are under way"
    again = await ledger.attempt(KEY, before.number)
    assert before.events.items() <= again.events.items()
    if before.number and before.state in MAY_BUY:
        assert again.state in MAY_BUY, f"{before.state} became {again.state}"
    return latest


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(ACTS)), max_size=30))
def test_whoever_does_what_it_is_one_attempt_after_the_other(
    acts: Sequence[tuple[int, str]],
) -> None:
    async def play() -> None:
        ledger = Ledger(RecordStore(MemoryStore()))
        writers, latest = [Writer(ledger) for _ in range(3)], Attempt(KEY, 0)
        for writer, act in acts:
            await writers[writer].act(act)
            latest = await check(ledger, latest)

    asyncio.run(play())
