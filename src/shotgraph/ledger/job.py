"""One attempt to buy a job, and its state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from shotgraph.keys import Key
from shotgraph.ledger.events import (
    SLOTS,
    Accepted,
    CancelAsked,
    Doubt,
    Ended,
    Event,
    Forgotten,
    GivenUp,
    Intent,
    Turned,
)
from shotgraph.ledger.states import Happening, JobState, step

Kind = TypeVar("Kind", Intent, Doubt, Accepted, Turned, GivenUp, CancelAsked, Ended, Forgotten)


@dataclass(frozen=True)
class Attempt:
    """One attempt; the next one begins only when this one is known to be over.

    Attributes:
        number: From 1; 0 where there has been none. It is the epoch: what belongs to an older
            attempt can't change what a newer one says.
        events: By slot.
    """

    key: Key
    number: int
    events: Mapping[str, Event] = field(default_factory=lambda: MappingProxyType({}))

    def find(self, kind: type[Kind]) -> Kind | None:
        """Find the event of one kind."""
        event = self.events.get(kind.slot)
        return event if isinstance(event, kind) else None

    def with_event(self, event: Event) -> "Attempt":
        """Copy it, with one more event."""
        return Attempt(self.key, self.number, {**self.events, event.slot: event})

    @property
    def state(self) -> JobState:
        """What its events add up to."""
        state: JobState = "new"
        for slot in SLOTS:
            if slot in self.events:
                state = step(state, _happening(self.events[slot]))
        return state

    def is_leased(self, now: datetime) -> bool:
        """Tell whether its owner may still be sending it, so that nobody else may decide."""
        intent = self.find(Intent)
        return self.state == "sending" and intent is not None and now < intent.send_before


def _happening(event: Event) -> Happening:
    if isinstance(event, Ended):
        return "success" if event.succeeded else "failure"
    return event.what
