"""The common parts of all tasks: their class, retries, timeouts, the form of results."""

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
# Only for steps that hang: each run of ffmpeg has its own limit, by its film's length.
LOCAL_TIMEOUT_S = 12 * 3600.0

# Prefect's own JSON decoder imports and calls any name that a stored document contains.
PLAIN_JSON = JSONSerializer(
    object_encoder="shotgraph.tasks.policy.error_as_json", object_decoder=None
)


def error_as_json(value: object) -> dict[str, str]:
    """Write an error into the record of a failed run; it is never read back as an exception.

    Raises:
        TypeError: It is another value, and tasks return only plain JSON.
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
        # The store knows the existing results. Prefect would make its key before the task begins,
        # and our key needs the bytes of every input.
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
    """Retry by the class of the error: only an error that is safe to retry and may go away.

    A full disk is still full some seconds later, and each retry would fetch a clip again.
    """
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, Retryable) and not isinstance(error, FullDisk | ReadOnlyDisk)


P = ParamSpec("P")
R = TypeVar("R")

_OPTIONS = ("return_state", "wait_for", "deferred")


class StepTask(Task[P, R]):
    """A task of shotgraph.

    `map` takes every iterable argument apart. A clip from a task is a dict, and the settings of a
    run are a model: Prefect would make a task run for each of their keys. Here each of them is one
    value, the same for every task run. Lists are taken apart as usual, also lists that a task
    returned.
    """

    def map(self, *args: Any, **named: Any) -> Any:
        """Make a task run for each item of the lists; other arguments are the same for all runs.

        Args:
            args: Lists, and values that are the same for all; ``unmapped([…])`` for such a list.
            named: The same, by name; and Prefect's ``return_state``, ``wait_for``, ``deferred``.

        Returns:
            The futures of the task runs, in the order of the items.
        """
        options = {name: named.pop(name) for name in _OPTIONS if name in named}
        whole = {name: _whole(value) for name, value in named.items()}
        return super().map(*map(_whole, args), **whole, **options)

    def with_options(self, *args: Any, **options: Any) -> "StepTask[P, R]":
        """Return a copy of the task with other options."""
        # Prefect's copy is a plain Task; this class adds no state to it.
        copy: Any = super().with_options(*args, **options)
        copy.__class__ = StepTask
        changed: StepTask[P, R] = copy
        return changed


def step_task(
    **options: Any,
) -> Callable[[Callable[P, Coroutine[Any, Any, R]]], StepTask[P, Coroutine[Any, Any, R]]]:
    """Make tasks from functions, as Prefect's decorator ``task`` does."""

    def make(call: Callable[P, Coroutine[Any, Any, R]]) -> StepTask[P, Coroutine[Any, Any, R]]:
        return StepTask(call, **options)

    return make


def _whole(value: Any) -> Any:
    """Mark a value that Python can iterate over, but that is one value."""
    inner = value.unwrap() if isinstance(value, allow_failure) else value
    return unmapped(value) if _is_one(inner) else value


def _is_one(value: Any) -> bool:
    if isinstance(value, PrefectFuture):
        # Prefect waits for it too, because the length of a list gives the number of task runs.
        value = value.result(raise_on_failure=False)
    elif isinstance(value, State):
        # In a running event loop, `result` would return a coroutine.
        value = cast(Any, value).result(raise_on_failure=False, _sync=True)
    return isinstance(value, Mapping | BaseModel)
