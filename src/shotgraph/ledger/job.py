"""What the events of a job add up to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar

from shotgraph.keys import Key
from shotgraph.ledger.events import Accepted, Doubtful, Ended, Event, Intent, Turned

JobState: TypeAlias = Literal["new", "unknown", "in_flight", "turned", "failed", "succeeded"]
"""new: never tried; unknown: sent, and the answer is not on record; in_flight: fal has it;
turned: fal did not take it; failed: fal took it and failed; succeeded: there is a result."""

Kind = TypeVar("Kind", Intent, Accepted, Turned, Doubtful, Ended)


@dataclass(frozen=True)
class Attempt:
    """One attempt to buy a job; the next one starts only when this one is known to be over.

    Attributes:
        number: From 1; 0 where there has been none.
    """

    key: Key
    number: int
    events: Sequence[Event] = field(default=())

    def find(self, kind: type[Kind]) -> Kind | None:
        """Find the event of one kind."""
        return next((event for event in self.events if isinstance(event, kind)), None)

    @property
    def state(self) -> JobState:
        """What its events add up to."""
        ended = self.find(Ended)
        if ended is not None:
            return "succeeded" if ended.succeeded else "failed"
        if self.find(Accepted) is not None:
            return "in_flight"
        if self.find(Turned) is not None:
            return "turned"
        return "unknown" if self.events else "new"
