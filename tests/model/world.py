"""A world in which films are bought: what the model of the protocol explores.

Time is in ticks, of which the longest part of each window lasts one: sending, delivery, and
running with being listed. So buying again is safe after three (`SAFE`), and not before.
"""

from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from shotgraph.ledger.events import SLOTS
from shotgraph.ledger.states import Happening, JobState, step

SAFE = 3
"""Ticks after its intent when an attempt that is not listed is sure not to exist."""

Pc: TypeAlias = Literal[
    "look", "intent", "check", "post", "claim", "accept", "doubt", "turn",
    "settle", "list", "adopt", "record", "give_up", "wait", "follow", "end", "keep", "done",
]  # fmt: skip
Stage: TypeAlias = Literal["wire", "hidden", "listed"]
Slots: TypeAlias = tuple[Happening | None, ...]
_SLOT: dict[Happening, int] = {
    "intent": SLOTS.index("intent"),
    "doubt": SLOTS.index("doubt"),
    "accepted": SLOTS.index("outcome"),
    "turned": SLOTS.index("outcome"),
    "given_up": SLOTS.index("outcome"),
    "cancel": SLOTS.index("cancel"),
    "failure": SLOTS.index("ended"),
    "success": SLOTS.index("ended"),
    "forgotten": SLOTS.index("forgotten"),
}


class Attempt(NamedTuple):
    """One attempt on record: its slots, its accepted request, and how long ago it was intended."""

    slots: Slots
    job: int | None
    age: int

    @property
    def state(self) -> JobState:
        return state_of(self.slots)


class Request(NamedTuple):
    """One request at fal, or on its way there.

    Attributes:
        sent_for: The film whose worker sent it.
        age: Ticks in its stage.
        end: What became of it, as fal knows.
        owner: The film and attempt that claimed it.
    """

    sent_for: int
    stage: Stage
    age: int
    end: Literal["success", "failure"] | None
    owner: tuple[int, int] | None

    @property
    def is_paid(self) -> bool:
        return self.stage != "wire" and self.end != "failure"


class Worker(NamedTuple):
    """One process: where it is in the protocol, and what it holds in its memory.

    Attributes:
        film: Which film it wants.
        attempt: The attempt that it is at.
        job: The request that it has heard of.
        age: Ticks since it read the clock, before its intent is on record.
        safe: Whether it was safe to buy again when it last read the clock.
        seen: The requests that its last look showed; None where the list could not be read.
    """

    film: int
    pc: Pc = "look"
    attempt: int | None = None
    job: int | None = None
    age: int = 0
    safe: bool = False
    seen: tuple[int, ...] | None = ()


class World(NamedTuple):
    """Everything.

    Attributes:
        attempts: By film, in order.
        results: By film: the request whose clip is in the store.
        spent: Kills, lost replies and pauses so far, where they are counted.
        pardons: How often a person decided to buy again, by film.
    """

    attempts: tuple[tuple[Attempt, ...], ...]
    results: tuple[int | None, ...]
    requests: tuple[Request, ...]
    workers: tuple[Worker, ...]
    spent: tuple[int, int, int] = (0, 0, 0)
    pardons: tuple[int, ...] = ()

    def paid(self, film: int) -> int:
        """How many jobs are paid for one film."""
        return sum(one.is_paid and one.sent_for == film for one in self.requests)


@lru_cache(maxsize=None)
def state_of(slots: Slots) -> JobState:
    """Go through the ledger's own table, in the order in which it reads an attempt's slots."""
    state: JobState = "new"
    for happening in slots:
        if happening is not None:
            state = step(state, happening)
    return state


def begun(age: int) -> Attempt:
    """An attempt of which only the intent is on record."""
    return Attempt(("intent", *[None] * (len(SLOTS) - 1)), None, age)


def with_happening(
    attempt: Attempt, happening: Happening, job: int | None = None, *, over: bool = False
) -> Attempt:
    """Put an event into its slot, if that is free (or `over` what is there)."""
    place = _SLOT[happening]
    if attempt.slots[place] is not None and not over:
        return attempt
    slots = (*attempt.slots[:place], happening, *attempt.slots[place + 1 :])
    if SLOTS[place] == "outcome":
        attempt = attempt._replace(job=job)
    return attempt._replace(slots=slots)


def canonical(world: World) -> World:
    """Forget what nothing can tell any more, and number the rest anew.

    What makes the number of states finite, though kills, pauses and lost replies have no limit:
    attempts that are over and that nobody holds, failed requests that nobody holds, and which of
    two workers for one film is which.
    """
    held: list[set[int]] = [{len(found) - 1} for found in world.attempts]
    for worker in world.workers:
        if worker.attempt is not None:
            held[worker.film].add(worker.attempt)
    for request in world.requests:
        if request.owner is not None and request.end != "failure":
            held[request.owner[0]].add(request.owner[1])
    numbers = [
        {old: new for new, old in enumerate(sorted(kept - {-1}))} for kept in held
    ]  # fmt: skip
    jobs = _live_requests(world, numbers)
    return World(
        attempts=tuple(
            tuple(
                found[old]._replace(job=jobs.get(found[old].job))
                for old in numbers[film]
            )
            for film, found in enumerate(world.attempts)
        ),
        results=tuple(jobs.get(job) for job in world.results),
        requests=tuple(
            _renumbered(world.requests[old], numbers) for old in jobs if old is not None
        ),
        workers=tuple(
            sorted(_held_by(worker, numbers, jobs) for worker in world.workers)
        ),
        spent=world.spent,
        pardons=world.pardons,
    )
