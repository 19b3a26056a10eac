"""Worlds that nothing can tell apart → one of them.

What makes the states finite, although kills, pauses, lost replies and failures have no limit.
Forgotten are attempts that are over and that nobody holds, how the latest of them ended, how old
an attempt is once that no longer matters, requests that failed and that nobody holds, and which
of two equal workers is which.
"""

from shotgraph.money.attempts import MAY_BUY

from .world import (
    EMPTY,
    NONE,
    SAFE,
    Attempt,
    Request,
    Worker,
    World,
    is_settled,
    put,
    state_of,
)

_TURNED = put(put(EMPTY, "intent", over=False), "turned", over=False)
_OVER = Attempt(_TURNED, NONE, SAFE)


def canonical(world: World) -> World:
    """Forget what nobody can ask for any more."""
    requests = _requests_in_use(world)
    attempts = _attempts_in_use(world, requests)
    ages = len(world.attempts) > 1 or any(one.pc == "post" for one in world.workers)
    simple = tuple(
        tuple(
            _simplified(one, in_use=number in in_use, ages=ages)
            for number, one in enumerate(found)
            if number in in_use or number == len(found) - 1
        )
        for found, in_use in zip(world.attempts, attempts, strict=True)
    )
    kept = [len(found) for found in simple] == [len(found) for found in world.attempts]
    if kept and len(requests) == len(world.requests):
        return World(simple, world.results, world.requests, tuple(sorted(world.workers)))
    return _renumbered(world, simple, requests, attempts)


def _requests_in_use(world: World) -> set[int]:
    """Those that can still be listed, adopted or followed."""
    in_use = {
        number
        for number, one in enumerate(world.requests)
        if one.end != "failure" or not is_settled(world, number) or _is_doubtful(world, one)
    }
    for worker in world.workers:
        in_use.add(worker.request)
        in_use.update(worker.seen)
    for attempts in world.attempts:
        if attempts:
            in_use.add(attempts[-1].request)
    in_use.discard(NONE)
    return in_use


def _is_doubtful(world: World, request: Request) -> bool:
    """Tell whether it may be another film's than the one that found it."""
    if not request.found or len(world.attempts) == 1:
        return False
    film, attempt = request.owner
    return world.attempts[film][attempt].age < SAFE


def _attempts_in_use(world: World, requests: set[int]) -> list[set[int]]:
    in_use: list[set[int]] = [set() for _ in world.attempts]
    for worker in world.workers:
        in_use[worker.film].add(worker.attempt)
    for number in requests:
        if world.requests[number].owner:
            film, attempt = world.requests[number].owner
            in_use[film].add(attempt)
    return in_use


def _simplified(attempt: Attempt, *, in_use: bool, ages: bool) -> Attempt:
    state = state_of(attempt.slots)
    if state in ("sending", "unknown"):
        return attempt
    if state in MAY_BUY and not in_use:
        return _OVER
    # Whether there was a doubt on the way, or a cancel, changes nothing from here on.
    intent, _, outcome, _, ended, forgotten = attempt.slots
    slots = (intent, None, outcome, None, ended, forgotten)
    return Attempt(slots, attempt.request, attempt.age if in_use and ages else SAFE)


def _renumbered(
    world: World,
    simple: tuple[tuple[Attempt, ...], ...],
    requests: set[int],
    attempts: list[set[int]],
) -> World:
    number_of = {old: new for new, old in enumerate(sorted(requests))}
    place_of = [
        {old: new for new, old in enumerate(sorted((in_use | {len(found) - 1}) - {NONE}))}
        for in_use, found in zip(attempts, world.attempts, strict=True)
    ]

    def owned(request: Request) -> Request:
        if not request.owner:
            return request
        film, attempt = request.owner
        return request._replace(owner=(film, place_of[film][attempt]))

    def holding(worker: Worker) -> Worker:
        return worker._replace(
            attempt=place_of[worker.film].get(worker.attempt, NONE),
            request=number_of.get(worker.request, NONE),
            seen=tuple(number_of[number] for number in worker.seen),
        )

    return World(
        attempts=tuple(
            tuple(one._replace(request=number_of.get(one.request, NONE)) for one in found)
            for found in simple
        ),
        results=tuple(number_of.get(result, NONE) for result in world.results),
        requests=tuple(owned(world.requests[old]) for old in sorted(requests)),
        workers=tuple(sorted(holding(worker) for worker in world.workers)),
    )
