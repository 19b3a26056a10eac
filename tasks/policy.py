"""Options that the tasks share: cache, retries, time-outs, the form of results."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect import Task
from prefect.cache_policies import CachePolicy
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import TaskRunContext
from prefect.filesystems import LocalFileSystem
from prefect.serializers import JSONSerializer
from pydantic import TypeAdapter

from shotgraph.errors import Retryable, ShotgraphError
from shotgraph.making.given_arguments import checked
from shotgraph.tasks.made import Made
from shotgraph.tasks.step import cached_as

RETRIES = 3
RETRY_PAUSES_S = [2.0, 8.0, 30.0]
PAID_TIMEOUT_S = 2 * 3600.0
# Only for steps that hang: each run of ffmpeg has its own limit, by the length of its film.
LOCAL_TIMEOUT_S = 12 * 3600.0

_MADE: TypeAdapter[Made] = TypeAdapter(Made)

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


@dataclass
class ContentKey(CachePolicy):
    """Prefect's cache, by content key.

    Prefect may answer from its cache only while the store still has the bytes: without them the
    task runs, and finds earlier purchases in the ledger. Settings, names and paths are not in the
    key. A step of a pipeline file brings the name of its result; for a task in a user's own flow it
    is computed here.
    """

    kind: str = ""

    def compute_key(
        self,
        task_ctx: TaskRunContext,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **kwargs: Any,
    ) -> str | None:
        """Compute the key; None if an input is not known yet, or if Prefect must not read its
        cache."""
        key = inputs["cached"] if "cached" in inputs else called_key(self.kind, inputs)
        readable = key is not None and may_be_read(task_ctx.result_store.result_storage, key)
        return key if readable else None


def called_key(kind: str, inputs: dict[str, Any]) -> str | None:
    """Name the result of a task by its arguments; None if they are wrong or not known yet."""
    given = dict(inputs)
    settings, tier, take = given.pop("settings"), given.pop("tier", None), given.pop("take", 1)
    on_length = given.pop("on_length", "warn")
    check, retakes = given.pop("check", "warn"), given.pop("retakes", 1)
    try:
        step = checked(kind, given, tier, take, on_length, check, retakes)
    except ShotgraphError:
        return None  # the task itself will say what is wrong
    return cached_as(step, settings)


def may_be_read(storage: object, key: str) -> bool:
    """Whether Prefect may read its stored result of a key.

    A stored document names the code that reads it (pickle, for example), and Prefect runs that
    code. So a document is read only from a folder, and only if it names our serializer and has the
    form of a result of ours; for all others the store has the result.
    """
    if not isinstance(storage, LocalFileSystem) or storage.basepath is None:
        return False
    try:
        document = json.loads((Path(storage.basepath).expanduser() / key).read_bytes())
        made = _MADE.validate_json(document["result"])
        plain = bool(document["metadata"]["serializer"] == PLAIN_JSON.model_dump())
        return plain and key.endswith(made["sha256"][:16])
    except FileNotFoundError:
        return True
    except (OSError, ValueError, LookupError, TypeError):
        return False


def paid_options(kind: str) -> dict[str, Any]:
    """The options of a paid task."""
    return _options(kind, PAID_TIMEOUT_S)


def local_options(kind: str) -> dict[str, Any]:
    """The options of a local task."""
    return _options(kind, LOCAL_TIMEOUT_S)


def _options(kind: str, timeout_s: float) -> dict[str, Any]:
    return {
        "name": kind,
        "cache_policy": ContentKey(kind=kind),
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
