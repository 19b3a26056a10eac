"""What a task returns: plain JSON that the next task takes as its clip."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NotRequired, TypeAlias

from prefect import get_run_logger
from prefect.context import TaskRunContext
from prefect.transactions import TransactionState, get_transaction
from typing_extensions import TypedDict

from shotgraph.endpoints import Output
from shotgraph.model.references import MediaKind
from shotgraph.money.results import KeptOutput, Result


class MadeOutput(TypedDict):
    """One of several files that a step made, as in `Made`."""

    sha256: str
    kind: MediaKind
    size_bytes: int
    content_type: str
    width: int
    height: int
    duration_s: str
    fps: str | None


class Made(TypedDict):
    """A clip or an image in the store, and how it was made.

    ``duration_s`` and ``fps`` are exact fractions written as text; ``cost_usd`` is what this
    run's job cost, in dollars, as text. ``outputs`` is there where a step made several files: each
    by its name, the first of them being the clip itself.
    """

    sha256: str
    kind: MediaKind
    size_bytes: int
    content_type: str
    width: int
    height: int
    duration_s: str
    fps: str | None
    key: str
    request_id: str | None
    cost_usd: str
    how: Literal["ran", "cached", "resumed"]
    outputs: NotRequired[dict[str, MadeOutput]]


def made(result: Result, how: Literal["ran", "cached", "resumed"]) -> Made:
    """Describe a result."""
    return Made(
        sha256=result.asset.sha256,
        kind=result.asset.kind,
        size_bytes=result.asset.size_bytes,
        content_type=result.asset.content_type,
        width=result.info.width,
        height=result.info.height,
        duration_s=str(result.info.duration),
        fps=str(result.info.frame_rate) if result.info.frame_rate else None,
        key=result.key,
        request_id=result.request_id,
        cost_usd="0" if how == "cached" else str(result.cost_usd),
        how=how,
    )


def made_several(
    result: Result, how: Literal["ran", "cached", "resumed"], outputs: Sequence[Output]
) -> Made:
    """Describe a result of several files, each by its name."""
    first = made(result, how)
    if len(outputs) < 2:
        return first
    kept = result.outputs or {}
    alone = KeptOutput(asset=result.asset, info=result.info)
    first["outputs"] = {one.name: _described(kept.get(one.path, alone)) for one in outputs}
    return first


def _described(kept: KeptOutput) -> MadeOutput:
    rate = kept.info.frame_rate
    return MadeOutput(
        sha256=kept.asset.sha256,
        kind=kept.asset.kind,
        size_bytes=kept.asset.size_bytes,
        content_type=kept.asset.content_type,
        width=kept.info.width,
        height=kept.info.height,
        duration_s=str(kept.info.duration),
        fps=str(rate) if rate else None,
    )


async def finished(found: Made) -> Made:
    """Hand over what a task made; what was there before is shown as Cached in the UI."""
    context, transaction = TaskRunContext.get(), get_transaction()
    ours = context is not None and context.task.fn.__module__.startswith(__package__)
    if found["how"] == "cached" and ours and transaction is not None:
        get_run_logger().info("It is in the store.")
        if transaction.store and transaction.key and transaction.write_on_commit:
            await transaction.store.awrite(key=transaction.key, obj=found)
        # Prefect calls a state Cached when its transaction is committed as the task ends. A task
        # that returned such a state itself would hand the state over, in place of its clip.
        transaction.state = TransactionState.COMMITTED
    return found


Source: TypeAlias = str | Path | Made | MadeOutput
"""What another task made, a path, or an https URL."""


class _ElementImages(TypedDict):
    frontal_image: Source


class ElementSource(_ElementImages, total=False):
    """A character or an object: a picture from the front, and 1 to 3 from other sides."""

    reference_images: list[Source]
