"""The class of shotgraph's tasks: Prefect's, with a `map` for which a clip is one thing."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ParamSpec, TypeVar, cast

from prefect import Task, allow_failure, unmapped
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from pydantic import BaseModel

P = ParamSpec("P")
R = TypeVar("R")

_OPTIONS = ("return_state", "wait_for", "deferred")


class StepTask(Task[P, R]):
    """A task of shotgraph's.

    `map` takes every iterable argument apart. A clip that a task made is a dict, and the settings
    of a run are a model: Prefect would make a task run of each of their keys. Here they are one
    value, the same for every task run. Lists are taken apart as ever, also those that a task
    returned.
    """

    def map(self, *args: Any, **named: Any) -> Any:
        """Make a task run of each item of the lists; everything else is the same for all of them.

        Args:
            args: Lists, and whatever is the same for all; ``unmapped([…])`` for such a list.
            named: The same by name; and Prefect's own ``return_state``, ``wait_for``, ``deferred``.

        Returns:
            The futures of the task runs, in the order of the items.
        """
        options = {name: named.pop(name) for name in _OPTIONS if name in named}
        whole = {name: _whole(value) for name, value in named.items()}
        return super().map(*map(_whole, args), **whole, **options)

    def with_options(self, *args: Any, **options: Any) -> "StepTask[P, R]":
        """Copy the task with other options."""
        # Prefect's copy is a plain Task; this class adds no state to it.
        copy: Any = super().with_options(*args, **options)
        copy.__class__ = StepTask
        changed: StepTask[P, R] = copy
        return changed


def step_task(
    **options: Any,
) -> Callable[[Callable[P, Coroutine[Any, Any, R]]], StepTask[P, Coroutine[Any, Any, R]]]:
    """Make tasks out of functions, as Prefect's decorator ``task`` does."""

    def make(call: Callable[P, Coroutine[Any, Any, R]]) -> StepTask[P, Coroutine[Any, Any, R]]:
        return StepTask(call, **options)

    return make


def _whole(value: Any) -> Any:
    """Mark what is one value, though Python can go through it."""
    inner = value.unwrap() if isinstance(value, allow_failure) else value
    return unmapped(value) if _is_one(inner) else value


def _is_one(value: Any) -> bool:
    if isinstance(value, PrefectFuture):
        # Prefect waits for it too, since a list tells how many task runs there are.
        value = value.result(raise_on_failure=False)
    elif isinstance(value, State):
        # Where an event loop runs, it would be a coroutine.
        value = cast(Any, value).result(raise_on_failure=False, _sync=True)
    return isinstance(value, Mapping | BaseModel)
