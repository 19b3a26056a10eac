"""The runs of a step: one for each item of its lists, and for each round of each item."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from shotgraph.graph.meanings import UNREAD_NAME, Meanings, Named, NodeOutputs, Scope
from shotgraph.graph.resolve import Resolver
from shotgraph.graph.room import Room
from shotgraph.spec import Pipeline, Step
from shotgraph.spec.document import Path
from shotgraph.spec.pipeline import UNREAD, Reference, Repeat
from shotgraph.spec.step_options import MOST_ROUNDS


@dataclass(frozen=True)
class Run:
    """One run of a step.

    Attributes:
        name: The step's name, followed by the numbers of its items and its round.
        scope: Names that are valid only in this run.
        outputs: Its outputs; None if not known.
    """

    name: str
    scope: Scope
    outputs: NodeOutputs | None


MOST_FAILED = 20
"""The most failed runs of a step; then its other runs are not checked."""


@dataclass(frozen=True)
class Runner:
    """Finds the runs of the steps of one pipeline.

    Attributes:
        meanings: The meanings of its names.
        note: Notes a problem.
        made_by: Finds the outputs of one run of a step; None if they are not known and the problem
            is noted.
        room: The parts that the film may still get.
    """

    pipeline: Pipeline
    meanings: Meanings
    note: Callable[..., None]
    made_by: Callable[[Step, str, Scope], NodeOutputs | None]
    room: Room

    def runs(self, step: Step) -> list[Run]:
        """Find the runs of a step, in order.

        If a list is not known, there is one run with placeholders, to check the rest.
        """
        found: list[Run] = []
        for index, scope in self._items(step):
            rounds = self._rounds(step, index, scope)
            # If an item is a placeholder, the number of items is unknown, and so are the outputs.
            is_known = not any(item.is_unread or item.is_made_up for item in scope.values())
            found += rounds if is_known else map(_made_up, rounds)
            if sum(run.outputs is None for run in found) > MOST_FAILED:
                break
        return found

    def _items(self, step: Step) -> Iterator[tuple[tuple[int, ...], Scope]]:
        """Every combination of items; the last name changes fastest."""
        lists = []
        for name, written in step.for_each.items():
            items = self._list(written, ("steps", step.name, "for_each", name))
            lists.append(list(enumerate(items, start=1)))
        if not self._has_room(step, prod(len(items) for items in lists)):
            lists = [items[:1] for items in lists]
        for chosen in product(*lists):
            scope = {name: item for name, (_, item) in zip(step.for_each, chosen, strict=True)}
            yield tuple(number for number, _ in chosen), scope

    def _has_room(self, step: Step, runs: int) -> bool:
        """Count some runs; False, with a problem, if there are too many."""
        path = ("steps", step.name)
        problem = self.room.take_runs(runs * step.takes, self.pipeline.document, path)
        if problem is not None:
            self.note(path, problem.what, allowed=problem.allowed, of_key=True)
        return self.room.runs >= 0

    def _list(self, written: Any, here: Path) -> list[Named]:
        if written is UNREAD:
            return [UNREAD_NAME]
        if not isinstance(written, list):
            named = self._resolver({}).named(written, here)
            if named is None:
                return [UNREAD_NAME]
            if not isinstance(named.value, list):
                self.note(here, f"{written} is one {named.type_name}", allowed="a list of them")
                return [named.item(named.value)]
            if not named.value:
                self.note(here, f"{written} is empty: nothing would be made")
                return [UNREAD_NAME]
            self.room.take_values(len(named.value), self.pipeline.document, here)
            return [named.item(value) for value in named.value]
        items: list[Named] = []
        for number, one in enumerate(written):
            named = self._resolver({}).named(one, (*here, number)) or UNREAD_NAME
            values = named.value if isinstance(named.value, list) else [named.value]
            self.room.take_values(len(values), self.pipeline.document, here)
            items += [named.item(value) for value in values]
        return items or [UNREAD_NAME]

    def _rounds(self, step: Step, index: tuple[int, ...], scope: Scope) -> list[Run]:
        if step.repeat is None:
            name = _name(step, index)
            return [Run(name, scope, self.made_by(step, name, scope))]
        here = ("steps", step.name, "repeat")
        times = self._times(step.repeat, scope, (*here, "times"))
        previous = self._start(step.repeat, scope, (*here, "from"))
        if not self._has_room(step, times - 1):
            times = 1
        found = []
        for number in range(1, times + 1):
            name, inner = _name(step, (*index, number)), {**scope, step.repeat.name: previous}
            outputs = self.made_by(step, name, inner)
            found.append(Run(name, inner, outputs))
            previous = _last(next(iter(outputs.values()))) if outputs else UNREAD_NAME
        return found

    def _times(self, repeat: Repeat, scope: Scope, here: Path) -> int:
        times = repeat.times
        if not isinstance(times, Reference):
            return times
        named = self.meanings.find(times, scope, here)
        if named is None:
            return 1
        value = named.value
        if type(value) is not int or not 1 <= value <= MOST_ROUNDS:
            allowed = f"a whole number from 1 to {MOST_ROUNDS}"
            self.note(here, f"{times} is {_said(named)}", allowed=allowed)
            return 1
        return value

    def _start(self, repeat: Repeat, scope: Scope, here: Path) -> Named:
        if repeat.start is UNREAD:
            return UNREAD_NAME
        named = self._resolver(scope).named(repeat.start, here) or UNREAD_NAME
        if isinstance(named.value, list) and not named.last_for_one:
            self.note(here, f"{repeat.start} is a list", allowed="one to begin with")
        return _last(named)

    def _resolver(self, scope: Scope) -> Resolver:
        return Resolver(self.pipeline, self.meanings, scope, self.note, self.room)


def _last(named: Named) -> Named:
    value = named.value[-1] if isinstance(named.value, list) else named.value
    return replace(named, role="round", value=value, last_for_one=False)


def _made_up(run: Run) -> Run:
    outputs = run.outputs or {}
    made_up = {name: replace(named, is_made_up=True) for name, named in outputs.items()}
    return replace(run, outputs=made_up or None)


def _said(named: Named) -> str:
    return str(named.value) if isinstance(named.value, int) else f"of type {named.type_name}"


def _name(step: Step, index: tuple[int, ...]) -> str:
    return f"{step.name}[{','.join(map(str, index))}]" if index else step.name
