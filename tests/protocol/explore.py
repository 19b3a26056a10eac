"""Every world that can be reached, one after the other, the nearest first."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .canonical import canonical
from .protocol import Guards, Protocol, happen
from .world import NONE, Worker, World, is_paid


@dataclass(frozen=True)
class Explored:
    """What a search saw.

    Attributes:
        worlds: How many it went through.
        is_whole: Whether these are all that can be reached.
        worst: The most paid jobs for one film; for several films that look alike, the same
            beyond the first one of each.
        lost: The most paid jobs that are nobody's when everybody is done.
        stuck: Worlds from which nobody's film can be reached any more; counted in whole searches.
        way: The shortest way to a world with a second paid job, or a lost one.
    """

    worlds: int
    is_whole: bool
    worst: int
    lost: int
    stuck: int
    way: tuple[str, ...]


def start(films: Sequence[int]) -> World:
    """Nothing is on record, and each worker wants one of the films."""
    count = max(films) + 1
    workers = tuple(Worker(film) for film in films)
    return World(((),) * count, (NONE,) * count, (), workers)


def explore(guards: Guards, first: World, *, most: int = 10**9, pardons: int = 0) -> Explored:
    """Go through every world, until something is bought twice or lost.

    Args:
        guards: What the protocol does.
        first: Where to begin.
        most: How many worlds to go through.
        pardons: How many jobs a person may buy again.
    """
    protocol, first = Protocol(guards), canonical(first)
    came_from: dict[World, tuple[str, World] | None] = {first: None}
    ahead = deque([first])
    edges: list[tuple[World, World]] = []
    worst = lost = 0
    while ahead and len(came_from) < most:
        world = ahead.popleft()
        worst = max(worst, _paid(world) - pardons)
        lost = max(lost, _lost(world) - pardons)
        if worst > 1 or lost > 0:
            return Explored(len(came_from), False, worst, lost, 0, _way(came_from, world))
        for what, after in _after(protocol, world):
            edges.append((after, world))
            if after not in came_from:
                came_from[after] = (what, world)
                ahead.append(after)
    stuck = 0 if ahead else _stuck(came_from, edges)
    return Explored(len(came_from), not ahead, worst, lost, stuck, ())


def _after(protocol: Protocol, world: World) -> Iterator[tuple[str, World]]:
    for number in range(len(world.workers)):
        for what, after in protocol.steps(world, number):
            yield what, canonical(after)
    for what, after in happen(world):
        yield what, canonical(after)


def _paid(world: World) -> int:
    """Paid jobs, as if for one film."""
    return sum(map(is_paid, world.requests)) - len(world.attempts) + 1


def _lost(world: World) -> int:
    if any(worker.pc != "done" for worker in world.workers):
        return 0
    return sum(
        is_paid(request) and number not in world.results
        for number, request in enumerate(world.requests)
    )


def _stuck(worlds: dict[World, tuple[str, World] | None], edges: list[tuple[World, World]]) -> int:
    """Go back from the worlds in which all have what they want: what is not met can't get there."""
    before: dict[World, list[World]] = {}
    for after, world in edges:
        before.setdefault(after, []).append(world)
    good = [world for world in worlds if NONE not in world.results]
    met = set(good)
    while good:
        for world in before.get(good.pop(), ()):
            if world not in met:
                met.add(world)
                good.append(world)
    return len(worlds) - len(met)


def _way(came_from: dict[World, tuple[str, World] | None], world: World) -> tuple[str, ...]:
    way: list[str] = []
    step = came_from[world]
    while step is not None:
        way.append(step[0])
        step = came_from[step[1]]
    return tuple(reversed(way))
