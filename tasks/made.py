"""What a task returns: plain JSON that the next task takes as its clip."""

from typing import Literal

from prefect import get_run_logger
from prefect.context import TaskRunContext
from prefect.transactions import TransactionState, get_transaction
from typing_extensions import TypedDict

from shotgraph.ledger import Result
from shotgraph.media_ref import MediaKind


class Made(TypedDict):
    """A clip or an image in the store, and how it came to be.

    ``duration_s`` and ``fps`` are exact fractions written as text; ``cost_usd`` is what this
    run's job cost, in dollars, as text.
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
