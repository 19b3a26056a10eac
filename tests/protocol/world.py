"""A world in which films are bought: the states that the model of the protocol goes through.

Time is in ticks. Sending, delivery, and running until it is listed each take at most one; so an
attempt that fal does not list is sure not to exist after three (`SAFE`), and not before.
"""

from functools import cache
from typing import Literal, NamedTuple, TypeAlias

from shotgraph.money.attempts import Happening, JobState, step
from shotgraph.money.events import SLOTS

SAFE = 3
NONE = -1

Pc: TypeAlias = Literal[
    "look",
    "intent",
    "post",
    "claim",
    "accept",
    "doubt",
    "turn",
    "list",
    "adopt",
    "record",
    "give_up",
    "follow",
    "keep",
    "person",
    "pardon",
    "forget",
    "done",
]
End: TypeAlias = Literal["", "success", "failure"]
Slots: TypeAlias = tuple[Happening | None, ...]
_SLOT_OF: dict[Happening, str] = {
    "accepted": "outcome",
    "turned": "outcome",
    "given_up": "outcome",
    "failure": "ended",
    "success": "ended",
}


class Attempt(NamedTuple):
    """One attempt on record: what stands in its slots, and ticks since its intent's clock."""

    slots: Slots
    request: int
    age: int


class Request(NamedTuple):
    """One request at fal, or on its way there.

    Attributes:
        film: The film that its sender wants.
        age: Ticks in its stage.
        end: What became of it, as fal knows.
        owner: The film and the attempt that have claimed it.
        found: Whether they claimed it because it looked like theirs.
    """

    film: int
    stage: Literal["wire", "hidden", "listed"]
    age: int
    end: End
    owner: tuple[int, ...] = ()
    found: bool = False


class Worker(NamedTuple):
    """One process: where it is in the protocol, and what it holds in memory.

    Attributes:
        age: Ticks since it read the clock for an intent that is not yet on record.
        safe: Whether buying again was safe when it last read the clock.
        seen: The requests that its last look showed.
        whole: Whether that look showed everything.
    """

    film: int
    pc: Pc = "look"
    attempt: int = NONE
    request: int = NONE
    age: int = 0
    safe: bool = False
    seen: tuple[int, ...] = ()
    whole: bool = True


class World(NamedTuple):
    """Everything; attempts and results by film."""

    attempts: tuple[tuple[Attempt, ...], ...]
    results: tuple[int, ...]
    requests: tuple[Request, ...]
    workers: tuple[Worker, ...]

    def paid(self, film: int) -> int:
        """How many jobs are paid, or will be, for one film."""
        return sum(one.film == film and is_paid(one) for one in self.requests)


def is_paid(request: Request) -> bool:
    """Tell whether fal has it, and bills it."""
    return request.stage != "wire" and request.end != "failure"


def is_settled(world: World, number: int) -> bool:
    """Tell whether a request is on record with the attempt that claimed it."""
    owner = world.requests[number].owner
    return bool(owner) and world.attempts[owner[0]][owner[1]].request == number


@cache
def state_of(slots: Slots) -> JobState:
    """Go through the ledger's own table, in the order in which it reads an attempt's slots."""
    state: JobState = "new"
    for happening in slots:
        if happening is not None:
            state = step(state, happening)
    return state


@cache
def put(slots: Slots, happening: Happening, *, over: bool) -> Slots:
    """Put an event into its slot, if that is free; or `over` what is there."""
    place = SLOTS.index(_SLOT_OF.get(happening, happening))
    if slots[place] is not None and not over:
        return slots
    return (*slots[:place], happening, *slots[place + 1 :])


EMPTY: Slots = (None,) * len(SLOTS)
