"""The ledger: attempts by key, events by slot, each written once; and the table of states."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal, TypeAlias, TypeVar

from pydantic import TypeAdapter

from shotgraph.errors import ShotgraphError, Terminal
from shotgraph.failpoints import Failpoint
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.keys import Key
from shotgraph.money.events import (
    SLOTS,
    Accepted,
    AnyEvent,
    CancelAsked,
    Doubt,
    Ended,
    Event,
    Forgotten,
    GivenUp,
    Intent,
    Turned,
    as_recorded,
    unreadable,
)
from shotgraph.money.seen_here import note_event
from shotgraph.store import RecordStore
from shotgraph.store.read_once import memory
from shotgraph.store.records import gather_reads, read_or_none

JobState: TypeAlias = Literal[
    "new", "sending", "unknown", "in_flight", "turned", "given_up", "failed", "succeeded"
]
"""new: no attempt. sending: the intent is on record, and no reply is. unknown: the reply was lost.
in_flight: fal accepted the job. turned: fal refused the job. given_up: fal does not have the job,
or its result is lost. failed: fal accepted the job, and it failed. succeeded: fal has a result."""

AttemptId: TypeAlias = tuple[Key, int]
"""A job's key, and the number of the attempt."""

Happening: TypeAlias = Literal[
    "intent",
    "doubt",
    "accepted",
    "turned",
    "given_up",
    "cancel",
    "failure",
    "success",
    "forgotten",
]

TABLE: dict[tuple[JobState, Happening], JobState] = {
    ("new", "intent"): "sending",
    ("sending", "doubt"): "unknown",
    ("sending", "accepted"): "in_flight",
    ("sending", "turned"): "turned",
    ("sending", "given_up"): "given_up",
    ("unknown", "accepted"): "in_flight",
    ("unknown", "turned"): "turned",
    ("unknown", "given_up"): "given_up",
    ("in_flight", "cancel"): "in_flight",
    ("in_flight", "failure"): "failed",
    ("in_flight", "success"): "succeeded",
    ("in_flight", "forgotten"): "given_up",
    ("succeeded", "forgotten"): "given_up",
    # A person gave it up while a run was recording its failure.
    ("failed", "forgotten"): "given_up",
}

MAY_BUY: frozenset[JobState] = frozenset({"new", "turned", "given_up", "failed"})
"""The states of the latest attempt in which the next attempt may begin."""


def step(state: JobState, happening: Happening) -> JobState:
    """Look up the state that follows an event.

    Raises:
        KeyError: The event can't happen in this state.
    """
    return TABLE[state, happening]


Kind = TypeVar("Kind", Intent, Doubt, Accepted, Turned, GivenUp, CancelAsked, Ended, Forgotten)


@dataclass(frozen=True)
class Attempt:
    """One attempt; the next begins only when this one is known to have ended.

    Attributes:
        number: From 1; 0 if the job has no attempt. It is an epoch: a record of an older attempt
            can't change a newer attempt.
        events: The events by slot.
    """

    key: Key
    number: int
    events: Mapping[str, Event] = field(default_factory=lambda: MappingProxyType({}))

    def find(self, kind: type[Kind]) -> Kind | None:
        """Find the event of one kind."""
        event = self.events.get(kind.slot)
        return event if isinstance(event, kind) else None

    def with_event(self, event: Event) -> "Attempt":
        """Return a copy with one more event."""
        return Attempt(self.key, self.number, {**self.events, event.slot: event})

    @property
    def state(self) -> JobState:
        """The state after the recorded events."""
        state: JobState = "new"
        for slot in SLOTS:
            if slot in self.events:
                state = step(state, _happening(self.events[slot]))
        return state

    def is_leased(self, now: datetime) -> bool:
        """Whether the lease holds: the owner may still be sending, so nobody else may decide."""
        intent = self.find(Intent)
        return self.state == "sending" and intent is not None and now < intent.send_before

    def state_at(self, now: datetime) -> JobState:
        """The state to show: an attempt in `sending` counts as unknown once its lease is over."""
        return "unknown" if self.state == "sending" and not self.is_leased(now) else self.state

    @property
    def is_cancel_asked(self) -> bool:
        """Whether fal was asked to cancel the job, and no record says yet whether it did."""
        asked = self.find(CancelAsked)
        return self.state == "in_flight" and asked is not None and not asked.came_too_late

    @property
    def is_lost(self) -> bool:
        """Whether it is unknown if fal has the job; False in a rehearsal, which costs nothing."""
        return self.state in ("sending", "unknown") and not self.is_rehearsed

    @property
    def is_rehearsed(self) -> bool:
        """Whether the job was sent to a rehearsal, so that nothing was paid."""
        intent = self.find(Intent)
        return intent is not None and intent.backend == REHEARSAL

    def went_with_its_rehearsal(self, queue_url: str | None) -> bool:
        """Whether the rehearsal that had the job is over: its clips are gone; nothing was paid.

        Args:
            queue_url: The queue of the present rehearsal; None if no rehearsal is running yet.
        """
        intent = self.find(Intent)
        return self.is_rehearsed and intent is not None and intent.queue_url != queue_url


def _happening(event: Event) -> Happening:
    if isinstance(event, Ended):
        return "success" if event.succeeded else "failure"
    return event.what


_EVENT: TypeAdapter[Event] = TypeAdapter(AnyEvent)


@dataclass(frozen=True)
class Listed:
    """All jobs of a ledger.

    Attributes:
        attempts: The latest attempt of every job that can be read.
        unreadable: For each job that can't be read, by key: the reason.
    """

    attempts: list[Attempt]
    unreadable: dict[Key, ShotgraphError]


class Ledger:
    """Records under ``attempts/<key>/<number>/<slot>.json``."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    async def latest(self, key: Key) -> Attempt:
        """Read the latest attempt to buy a job.

        Raises:
            Terminal: A record can't be read; the message names it, and nothing is bought.
        """
        return await self._latest(key, await self._records.names(f"attempts/{key}"))

    async def attempt(self, key: Key, number: int) -> Attempt:
        """Read one attempt; it has no events if no attempt has this number."""
        names = await self._records.names(f"attempts/{key}/{number:06d}")
        return await self._read_attempt(key, number, names)

    async def attempts(self, pairs: Iterable[AttemptId]) -> list[Attempt]:
        """Read some attempts, by key and number, for their costs.

        Within `each_read_once`, an attempt that has ended is read without a listing, and only the
        three events that decide its costs: no later record changes them.
        """
        return await gather_reads(self._for_costs(key, number) for key, number in pairs)

    async def _for_costs(self, key: Key, number: int) -> Attempt:
        folder = f"attempts/{key}/{number:06d}"
        if memory() is not None:
            names = [f"{folder}/{slot}.json" for slot in _OF_COSTS]
            if await self._are_there(names):
                return await self._read_attempt(key, number, names)
        return await self._read_attempt(key, number, await self._records.names(folder))

    async def _are_there(self, names: Iterable[str]) -> bool:
        for name in names:
            if await self._records.get(name) is None:
                return False
        return True

    async def all_latest(self) -> list[Attempt]:
        """Read the latest attempt of every job.

        Raises:
            Terminal: A record can't be read; the message names it.
        """
        listed = await self.listed()
        for error in listed.unreadable.values():
            raise error
        return listed.attempts

    async def listed(self) -> Listed:
        """Read the latest attempt of every job, and collect the errors of unreadable jobs."""
        by_key: dict[Key, list[str]] = defaultdict(list)
        for name in await self._records.names("attempts"):
            if name.count("/") == _SLASHES:  # shotgraph wrote no other file here
                by_key[Key(name.split("/")[1])].append(name)
        listed = Listed([], {})
        for key, names in by_key.items():
            try:
                listed.attempts.append(await self._latest(key, names))
            except ShotgraphError as error:
                listed.unreadable[key] = error
        return listed

    async def begin(self, after: Attempt, intent: Intent) -> Attempt | None:
        """Claim the next attempt, before anything is sent.

        Returns:
            The attempt; None if another process claimed it first.
        """
        attempt = Attempt(after.key, after.number + 1)
        won = await self._put(attempt, intent, Failpoint.INTENT_PUT)
        # A bucket's client repeats a put if its reply was lost, and then finds its own record.
        won = won or await self.is_begun_by(attempt, intent)
        return attempt.with_event(intent) if won else None

    async def is_begun_by(self, attempt: Attempt, intent: Intent) -> bool:
        """Whether the intent on record of an attempt is this one, and not that of another process.

        Raises:
            Retryable: The store could not be read.
        """
        found = read_or_none(Intent, await self._records.get(_name(attempt, intent)))
        return found is not None and found.owner == intent.owner

    async def record(self, attempt: Attempt, event: Event, at: Failpoint | None = None) -> Attempt:
        """Put an event into its slot of an attempt.

        Returns:
            The attempt with the event in the slot: this event, or the one recorded there first.
        """
        note_event(self._records.location, attempt, event)
        if await self._put(attempt, event, at):
            return attempt.with_event(event)
        return await self.attempt(attempt.key, attempt.number)

    async def put_at(self, attempt: Attempt, event: Event) -> datetime | None:
        """Tell when an event was recorded, by the store's own clock; None if it has no clock.

        Raises:
            Retryable: The store could not be read.
        """
        return await self._records.put_at(_name(attempt, event))

    async def _put(self, attempt: Attempt, event: Event, at: Failpoint | None) -> bool:
        data = as_recorded(event).model_dump_json().encode()
        return await self._records.put_if_absent(_name(attempt, event), data, at=at)

    async def _latest(self, key: Key, names: Sequence[str]) -> Attempt:
        number = max((_number(name) for name in names), default=0)
        return await self._read_attempt(
            key, number, [name for name in names if _number(name) == number]
        )

    async def _read_attempt(self, key: Key, number: int, names: Sequence[str]) -> Attempt:
        events = [await self._read(name) for name in names]
        attempt = Attempt(key, number, {event.slot: event for event in events})
        try:
            _ = attempt.state
        except KeyError:
            raise _unreadable(f"attempts/{key}/{number:06d}") from None
        return attempt

    async def _read(self, name: str) -> Event:
        data = await self._records.get(name)
        try:
            event = _EVENT.validate_json(data or b"")
        except ValueError as error:
            raise _unreadable(name, error) from None
        # A file synchroniser may copy a slot under a second name; the copy doesn't count.
        if not name.endswith(f"/{event.slot}.json"):
            raise _unreadable(name)
        return event


def _name(attempt: Attempt, event: Event) -> str:
    return f"attempts/{attempt.key}/{attempt.number:06d}/{event.slot}.json"


_SLASHES = 3
# The slots that decide the costs of an ended attempt. The end is first: many attempts lack it.
_OF_COSTS = (Ended.slot, Intent.slot, Accepted.slot)


def _unreadable(name: str, error: ValueError | None = None) -> Terminal:
    return unreadable(
        name,
        error or ValueError(),
        unknown="shotgraph can't know whether the job was bought",
        otherwise="the record is repaired. Don't delete it: without the record, the job may be "
        "bought a second time",
    )


def _number(name: str) -> int:
    part = name.split("/")[2]
    return int(part) if part.isdecimal() else 0
