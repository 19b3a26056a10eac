"""Options that the tasks share: retries, time-outs, the form of results."""

from typing import Any

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.serializers import JSONSerializer

from shotgraph.errors import Retryable

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
    """Retry by class of error: only what is safe to do again."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, Retryable)
