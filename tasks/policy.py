"""What the tasks share: their class, retries, time-outs, the form of results."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ParamSpec, TypeVar, cast

from prefect import Task, allow_failure, unmapped
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture
from prefect.serializers import JSONSerializer
from pydantic import BaseModel

from shotgraph.errors import FullDisk, ReadOnlyDisk, Retryable

RETRIES = 3
RETRY_PAUSES_S = [2.0, 8.0, 30.0]
PAID_TIMEOUT_S = 2 * 3600.0
# Only for steps that hang: each run of ffmpeg has its own limit, by the length of its film.
LOCAL_TIMEOUT_S = 12 * 3600.0

# Prefect's own JSON decoder imports and calls any name that a stored document contains.
PLAIN_JSON = JSONSerializer(
    object_encoder="shotgraph.tasks.policy.error_as_json", object_decoder=None
)


def error_as_json(value: object) -> dict[str, str]:
    """Write an error into the record of a failed run; it is never read back as an exception.

    Raises:
        TypeError: It is something else, and tasks return plain JSON only.
    """
    if isinstance(value, BaseException):
        return {"error": type(value).__name__, "message": str(value)}
    raise TypeError(f"{type(value).__name__} is not plain JSON")


def paid_options(kind: str) -> dict[str, Any]:
    """The options of a paid task."""
    return _options(kind, PAID_TIMEOUT_S)


def local_options(kind: str) -> dict[str, Any]:
    """The options of a local task."""
    return _options(kind, LOCAL_TIMEOUT_S)


def _options(kind: str, timeout_s: float) -> dict[str, Any]:
    return {
        "name": kind,
        # The store knows what is there. A key of Prefect's is made before the task begins, and ours
        # takes the bytes of every input.
        "cache_policy": NO_CACHE,
        "persist_result": True,
        "result_serializer": PLAIN_JSON,
        "retries": RETRIES,
        "retry_delay_seconds": RETRY_PAUSES_S,
        "retry_jitter_factor": 0.3,
        "retry_condition_fn": is_retryable,
        "timeout_seconds": timeout_s,
    }


async def is_retryable(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Retry by class of error: only what is safe to do again, and may end otherwise.

    A full disk is as full some seconds later, and a clip would be fetched again for each retry.
    """
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, Retryable) and not isinstance(error, FullDisk | ReadOnlyDisk)


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
