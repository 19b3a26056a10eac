"""The results of tasks: plain JSON that the next task accepts as its clip."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NotRequired, TypeAlias, cast

from prefect import get_run_logger
from prefect.context import TaskRunContext
from prefect.transactions import AsyncTransaction, IsolationLevel, get_transaction
from typing_extensions import TypedDict

from shotgraph.endpoints import Output
from shotgraph.media.probe import Medium
from shotgraph.media.quality.flaw import Flaws, flaws_json, flaws_of_json
from shotgraph.media.treatment import Treatment
from shotgraph.model.references import MediaKind
from shotgraph.money.results import PieceLength, Result


class MadeOutput(TypedDict):
    """One file that a step made: a `Medium` as plain JSON.

    ``duration_s`` and ``fps`` are exact fractions, as text.
    """

    sha256: str
    kind: MediaKind
    size_bytes: int
    content_type: str
    width: int
    height: int
    duration_s: str
    fps: str | None


class Made(MadeOutput):
    """A clip or an image in the store, and its origin.

    ``cost_usd`` is the cost of this run's job, in dollars, as text. ``outputs`` exists if the step
    made several files: each by its name; the first of them is the clip itself. ``treatment``
    describes the changes that a local step made to its clips, ``lengths`` the pieces of a shot that
    came back in another length than requested, ``flaws`` the other faults of fal's result.
    """

    key: str
    request_id: str | None
    cost_usd: str
    how: Literal["ran", "cached", "resumed"]
    outputs: NotRequired[dict[str, MadeOutput]]
    treatment: NotRequired[dict[str, Any]]
    lengths: NotRequired[list[dict[str, Any]]]
    flaws: NotRequired[list[dict[str, Any]]]


def made(
    result: Result,
    how: Literal["ran", "cached", "resumed"],
    outputs: Sequence[Output] = (),
    flaws: Flaws = (),
    *,
    cost_usd: Decimal | None = None,
) -> Made:
    """Describe a result.

    Args:
        how: How this run got the result.
        outputs: The files that its step takes from the reply, if the step names them.
        flaws: The faults that were found in the result.
        cost_usd: The cost for this run, if it may differ from the result's cost.
    """
    if cost_usd is None:
        cost_usd = Decimal(0) if how == "cached" else result.cost_usd
    history = {
        "key": result.key,
        "request_id": result.request_id,
        "cost_usd": str(cost_usd),
        "how": how,
    }
    described = cast(Made, {**_as_json(result.medium), **history})
    if len(outputs) > 1:
        kept = result.outputs or {}
        described["outputs"] = {
            one.name: _as_json(kept.get(one.path, result).medium) for one in outputs
        }
    if result.treatment is not None:
        described["treatment"] = result.treatment.model_dump(mode="json")
    if result.lengths:
        described["lengths"] = [one.model_dump(mode="json") for one in result.lengths]
    if flaws:
        described["flaws"] = flaws_json(flaws)
    return described


def treatment_of(found: Made) -> Treatment | None:
    """Return the changes that a local step made to its clips."""
    said = found.get("treatment")
    return Treatment.model_validate(said) if said is not None else None


def lengths_of(found: Made) -> tuple[PieceLength, ...]:
    """Return the pieces that came back in another length than requested."""
    return tuple(PieceLength.model_validate(one) for one in found.get("lengths", ()))


def flaws_of(found: Made) -> Flaws:
    """Return the faults of fal's result."""
    return flaws_of_json(found.get("flaws", ()))


def _as_json(medium: Medium) -> MadeOutput:
    return cast(MadeOutput, medium.model_dump(mode="json", exclude={"frames"}))


async def finished(found: Made) -> Made:
    """Return the result of a task; the UI shows an existing result as Cached."""
    context, transaction = TaskRunContext.get(), get_transaction()
    if context is None or not context.task.fn.__module__.startswith(__package__):
        return found
    if found["how"] == "cached" and transaction is not None:
        get_run_logger().info("%s: it is in the store", context.task_run.name)
        # Prefect calls a state Cached if its transaction is committed before the task ends. If a
        # task returned such a state itself, the next task would get the state in place of the clip.
        # A transaction with a lock releases it at each commit, and Prefect commits once more.
        has_lock = transaction.isolation_level == IsolationLevel.SERIALIZABLE
        if isinstance(transaction, AsyncTransaction) and not has_lock:
            transaction.stage(found)
            await transaction.commit()
    return found


Source: TypeAlias = str | Path | Made | MadeOutput
"""The result of another task, a path, or an https URL."""


class _ElementImages(TypedDict):
    frontal_image: Source


class ElementSource(_ElementImages, total=False):
    """A character or an object: a picture from the front, and 1 to 3 pictures from other sides."""

    reference_images: list[Source]
