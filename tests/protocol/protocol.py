"""The protocol of a purchase, as `shotgraph.money` has it: buy, send, reconcile, follow, keep.

Each step reads or puts one thing that others see. Between any two of them the process may be
killed, stopped for any time, or another one may do anything.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from shotgraph.money.attempts import MAY_BUY, Happening

from .world import (
    EMPTY,
    NONE,
    SAFE,
    Attempt,
    End,
    Pc,
    Request,
    Worker,
    World,
    is_settled,
    put,
    state_of,
)


@dataclass(frozen=True)
class Guards:
    """What stands between a job and paying for it twice; each can be taken away.

    Attributes:
        intent: An attempt is on record before a byte of it leaves.
        put_if_absent: What is on record is never replaced.
        deadline: What was not sent in time is not sent.
        classification: A lost reply is not taken for a no.
        wait: An attempt is given up only when that is safe.
        clock_first: Whether it is safe is asked before fal's requests are listed.
        whole_list: A list that could not be read, or not whole, shows nothing.
        claim: A request belongs to one attempt.
        claim_settled: A claim whose attempt turned out otherwise does not count.
        swap: Where two films' requests look alike, both must be sure not to exist.
    """

    intent: bool = True
    put_if_absent: bool = True
    deadline: bool = True
    classification: bool = True
    wait: bool = True
    clock_first: bool = True
    whole_list: bool = True
    claim: bool = True
    claim_settled: bool = True
    swap: bool = True


Step: TypeAlias = Iterator[tuple[str, World]]


class Protocol:
    """Every step that a worker can take."""

    def __init__(self, guards: Guards) -> None:
        self.guards = guards
        self._steps: dict[Pc, Callable[[World, int, Worker], Step]] = {
            "look": self._look,
            "intent": self._intent,
            "post": self._post,
            "claim": self._claim,
            "accept": self._accept,
            "doubt": self._record("doubt", then="list"),
            "turn": self._record("turned", then="look"),
            "list": self._list,
            "adopt": self._adopt,
            "record": self._record("accepted", then="look"),
            "give_up": self._record("given_up", then="look"),
            "follow": self._follow,
            "keep": self._keep,
            "person": self._person,
            "pardon": self._record("given_up", then="done"),
            "forget": self._record("forgotten", then="done"),
        }

    def steps(self, world: World, number: int) -> Step:
        """Every way in which one worker's next step can go; none when it is done."""
        worker = world.workers[number]
        take = self._steps.get(worker.pc)
        return take(world, number, worker) if take is not None else iter(())

    def _look(self, world: World, number: int, worker: Worker) -> Step:
        fresh = Worker(worker.film)
        if world.results[worker.film] != NONE:
            yield "found", _at(world, number, fresh._replace(pc="done"))
            return
        attempts = world.attempts[worker.film]
        at = fresh._replace(attempt=len(attempts) - 1)
        state = state_of(attempts[-1].slots) if attempts else "new"
        if state in MAY_BUY:
            yield "look", _at(world, number, at._replace(pc="intent"))
        elif state in ("sending", "unknown"):
            yield "look", _at(world, number, at._replace(pc="list"))
        else:
            at = at._replace(request=attempts[-1].request)
            pc: Pc = "follow" if state == "in_flight" else "keep"
            yield "look", _at(world, number, at._replace(pc=pc))

    def _intent(self, world: World, number: int, worker: Worker) -> Step:
        attempts = world.attempts[worker.film]
        if not self.guards.intent:
            yield "go", _at(world, number, worker._replace(pc="post", attempt=NONE))
            return
        new = worker.attempt + 1
        attempt = _begun(worker.age)
        at = worker._replace(pc="post", attempt=new, age=0)
        if new == len(attempts):
            yield "intent", _at(_with_attempt(world, at, attempt), number, at)
        elif self.guards.put_if_absent:
            yield "lost the race", _at(world, number, Worker(worker.film))
        else:
            yield "intent over", _at(_with_attempt(world, at, attempt), number, at)

    def _post(self, world: World, number: int, worker: Worker) -> Step:
        if self.guards.intent and self.guards.deadline and _attempt(world, worker).age >= 1:
            yield "too late", _at(world, number, worker._replace(pc="turn"))
            return
        sent = world._replace(requests=(*world.requests, Request(worker.film, "wire", 0, "")))
        first: Pc = "claim" if self.guards.intent else "accept"
        heard = worker._replace(pc=first, request=len(world.requests))
        lost: Pc = "doubt" if self.guards.classification else "turn"
        yield "post, accepted", _at(_arrived(sent, len(world.requests)), number, heard)
        yield "post, refused", _at(world, number, worker._replace(pc="turn"))
        yield "post, lost on the way", _at(world, number, worker._replace(pc=lost))
        yield "post, reply lost", _at(sent, number, worker._replace(pc=lost))

    def _claim(self, world: World, number: int, worker: Worker) -> Step:
        world, is_mine = self._claimed(world, worker, worker.request)
        at = worker._replace(pc="accept" if is_mine else "doubt")
        yield "claim" if is_mine else "claimed by another", _at(world, number, at)

    def _accept(self, world: World, number: int, worker: Worker) -> Step:
        if not self.guards.intent:
            worker = worker._replace(attempt=len(world.attempts[worker.film]))
            world = _with_attempt(world, worker, _begun(0))
        yield from self._record("accepted", then="look")(world, number, worker)

    def _list(self, world: World, number: int, worker: Worker) -> Step:
        mine = (worker.film, worker.attempt)
        for request, one in enumerate(world.requests):
            if one.owner == mine:
                at = worker._replace(pc="record", request=request)
                yield "found among claims", _at(world, number, at)
                return
        at = self._timed(world, worker._replace(pc="adopt"))
        yield "list", _at(world, number, at._replace(seen=self._listed(world)))
        yield "list broken", _at(world, number, at._replace(whole=False))

    def _listed(self, world: World) -> tuple[int, ...]:
        """What fal lists and is nobody's for good; what succeeded comes first."""
        listed = [
            number
            for number, one in enumerate(world.requests)
            if one.stage == "listed" and not (self.guards.claim and is_settled(world, number))
        ]
        return tuple(sorted(listed, key=lambda number: world.requests[number].end != "success"))

    def _timed(self, world: World, worker: Worker) -> Worker:
        """Read the clock: whether what is not listed by now is sure not to exist."""
        if not self.guards.wait:
            return worker._replace(safe=True)
        safe = _attempt(world, worker).age >= SAFE
        if self.guards.swap:
            # Whoever holds a request of ours may have sent one of its own that is still to come.
            safe = safe and all(
                world.attempts[one.owner[0]][one.owner[1]].age >= SAFE
                for one in world.requests
                if one.stage == "listed" and one.found
            )
        return worker._replace(safe=safe)

    def _adopt(self, world: World, number: int, worker: Worker) -> Step:
        if worker.seen:
            first, *others = worker.seen
            world, is_mine = self._claimed(world, worker, first)
            # Whose it is was not known when the clock was read; the next look knows.
            at = worker._replace(seen=tuple(others), whole=worker.whole and not self.guards.swap)
            if is_mine:
                at = Worker(worker.film, "record", worker.attempt, first)
            yield "adopt" if is_mine else "not ours", _at(world, number, at)
            return
        if not self.guards.clock_first:
            worker = self._timed(world, worker)
        whole = worker.whole or not self.guards.whole_list
        pc: Pc = "give_up" if worker.safe and whole else "look"
        yield (
            "nothing",
            _at(world, number, Worker(worker.film, pc, worker.attempt if pc != "look" else NONE)),
        )

    def _follow(self, world: World, number: int, worker: Worker) -> Step:
        end = world.requests[worker.request].end
        if end == "success":
            yield from self._record("success", then="keep")(world, number, worker)
        elif end == "failure":
            yield from self._record("failure", then="look")(world, number, worker)
        else:
            cancelled = _ended(world, worker.request, "failure")
            yield from self._record("cancel", then="look")(world, number, worker)
            yield from self._record("cancel", then="look")(cancelled, number, worker)

    def _keep(self, world: World, number: int, worker: Worker) -> Step:
        results = list(world.results)
        if results[worker.film] == NONE:
            results[worker.film] = worker.request
        done = Worker(worker.film, pc="done")
        yield "keep", _at(world._replace(results=tuple(results)), number, done)

    def _person(self, world: World, number: int, worker: Worker) -> Step:
        """Somebody says "reconcile --buy-again"."""
        attempts = world.attempts[worker.film]
        latest = len(attempts) - 1
        state = state_of(attempts[-1].slots) if attempts else "new"
        if state == "unknown" or (state == "sending" and attempts[-1].age >= 1):
            yield "buy again", _at(world, number, worker._replace(pc="pardon", attempt=latest))
        elif state in ("in_flight", "succeeded"):
            yield "buy again", _at(world, number, worker._replace(pc="forget", attempt=latest))

    def _record(self, happening: Happening, *, then: Pc) -> Callable[[World, int, Worker], Step]:
        def take(world: World, number: int, worker: Worker) -> Step:
            if worker.attempt == NONE:
                yield "nothing on record", _at(world, number, Worker(worker.film))
                return
            world = self._written(world, worker, happening)
            at = Worker(worker.film) if then == "look" else worker._replace(pc=then)
            yield happening, _at(world, number, at)

        return take

    def _claimed(self, world: World, worker: Worker, request: int) -> tuple[World, bool]:
        """Claim a request; a claim that is on it is first brought to where it leads."""
        one, mine = world.requests[request], (worker.film, worker.attempt)
        if self.guards.claim and one.owner not in ((), mine):
            if not self.guards.claim_settled:
                return world, False
            theirs = Worker(one.owner[0], attempt=one.owner[1], request=request)
            world = self._written(world, theirs, "accepted")
            if _attempt(world, theirs).request == request:
                return world, False
        found = one.stage == "listed" and worker.pc == "adopt"
        return _with_request(world, request, one._replace(owner=mine, found=found)), True

    def _written(self, world: World, worker: Worker, happening: Happening) -> World:
        attempt = _attempt(world, worker)
        slots = put(attempt.slots, happening, over=not self.guards.put_if_absent)
        if slots == attempt.slots:
            return world
        request = worker.request if happening == "accepted" else attempt.request
        return _with_attempt(world, worker, Attempt(slots, request, attempt.age))


def happen(world: World) -> Step:
    """Everything that no worker does: time passes, fal goes on, processes are killed."""
    yield "tick", _ticked(world)
    for number, worker in enumerate(world.workers):
        if worker.pc not in ("look", "person", "done"):
            yield "kill", _at(world, number, Worker(worker.film))
    for number, request in enumerate(world.requests):
        if request.stage == "wire":
            yield "arrive", _arrived(world, number)
            continue
        if not request.end:
            yield "succeed at fal", _ended(world, number, "success")
            yield "fail at fal", _ended(world, number, "failure")
        if request.stage == "hidden":
            yield "be listed", _with_request(world, number, _listed(request))


def _ticked(world: World) -> World:
    return world._replace(
        attempts=tuple(
            tuple(one._replace(age=min(SAFE, one.age + 1)) for one in attempts)
            for attempts in world.attempts
        ),
        requests=tuple(_older(request) for request in world.requests),
        workers=tuple(
            worker._replace(age=min(SAFE, worker.age + 1)) if worker.pc == "intent" else worker
            for worker in world.workers
        ),
    )


def _older(request: Request) -> Request:
    """Each stage lasts at most a tick; then the next one begins by itself."""
    if request.stage == "wire":
        return request._replace(stage="hidden", age=0)
    if request.stage == "hidden" and request.age >= 1:
        return _listed(request._replace(end=request.end or "success"))
    return request._replace(age=request.age + 1) if request.stage == "hidden" else request


def _listed(request: Request) -> Request:
    return request._replace(stage="listed", age=0)


def _arrived(world: World, number: int) -> World:
    return _with_request(world, number, world.requests[number]._replace(stage="hidden", age=0))


def _ended(world: World, number: int, end: End) -> World:
    return _with_request(world, number, world.requests[number]._replace(end=end))


def _begun(age: int) -> Attempt:
    return Attempt(put(EMPTY, "intent", over=False), NONE, age)


def _attempt(world: World, worker: Worker) -> Attempt:
    return world.attempts[worker.film][worker.attempt]


def _at(world: World, number: int, worker: Worker) -> World:
    workers = world.workers
    return world._replace(workers=(*workers[:number], worker, *workers[number + 1 :]))


def _with_attempt(world: World, worker: Worker, attempt: Attempt) -> World:
    """Put an attempt at the place that a worker is at."""
    mine = world.attempts[worker.film]
    mine = (*mine[: worker.attempt], attempt, *mine[worker.attempt + 1 :])
    films = world.attempts
    return world._replace(attempts=(*films[: worker.film], mine, *films[worker.film + 1 :]))


def _with_request(world: World, number: int, request: Request) -> World:
    requests = world.requests
    return world._replace(requests=(*requests[:number], request, *requests[number + 1 :]))
