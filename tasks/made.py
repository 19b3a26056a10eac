"""What a task returns: plain JSON that the next task takes as its clip."""

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
    """One file that a step made: a `Medium`, written as plain JSON.

    ``duration_s`` and ``fps`` are exact fractions written as text.
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
    """A clip or an image in the store, and how it was made.

    ``cost_usd`` is what this run's job cost, in dollars, as text. ``outputs`` is there where a step
    made several files: each by its name, the first of them being the clip itself. ``treatment``
    says what was done to the clips of a local step, ``lengths`` which pieces of a shot came back in
    another length than was asked for, ``flaws`` what else is wrong with what fal returned.
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
        how: How this run came by it.
        outputs: The files that its step takes from the reply, where the step says which.
        flaws: What was found to be wrong with it.
        cost_usd: What it cost this run, where that may not be what it cost.
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
    """What was done to the clips of a local step."""
    said = found.get("treatment")
    return Treatment.model_validate(said) if said is not None else None


def lengths_of(found: Made) -> tuple[PieceLength, ...]:
    """The pieces that came back in another length than was asked for."""
    return tuple(PieceLength.model_validate(one) for one in found.get("lengths", ()))


def flaws_of(found: Made) -> Flaws:
    """What is wrong with what fal returned."""
    return flaws_of_json(found.get("flaws", ()))


def _as_json(medium: Medium) -> MadeOutput:
    return cast(MadeOutput, medium.model_dump(mode="json", exclude={"frames"}))


async def finished(found: Made) -> Made:
    """Hand over what a task made; what was there before is shown as Cached in the UI."""
    context, transaction = TaskRunContext.get(), get_transaction()
    if context is None or not context.task.fn.__module__.startswith(__package__):
        return found
    if found["how"] == "cached" and transaction is not None:
        get_run_logger().info("%s: it is in the store", context.task_run.name)
        # Prefect calls a state Cached when its transaction is committed before the task ends. A
        # task that returned such a state itself would hand the state over, in place of its clip.
        # One with a lock gives it back by each commit, and Prefect commits once more.
        has_lock = transaction.isolation_level == IsolationLevel.SERIALIZABLE
        if isinstance(transaction, AsyncTransaction) and not has_lock:
            transaction.stage(found)
            await transaction.commit()
    return found


Source: TypeAlias = str | Path | Made | MadeOutput
"""What another task made, a path, or an https URL."""


class _ElementImages(TypedDict):
    frontal_image: Source


class ElementSource(_ElementImages, total=False):
    """A character or an object: a picture from the front, and 1 to 3 from other sides."""

    reference_images: list[Source]
