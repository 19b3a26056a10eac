"""A ``fal`` step's body → its result: media taken in, checked, bought once."""

from shotgraph.errors import MediaError
from shotgraph.fal.buy import Bought
from shotgraph.fal.checked import check_before_buying
from shotgraph.fal.fal_job import fal_job
from shotgraph.fal.intake import Intake
from shotgraph.fal.session import Session
from shotgraph.fitting.draw import draw
from shotgraph.ledger import Result
from shotgraph.media_ref import one
from shotgraph.spec.fal_step import FalArguments


async def draw_fal(session: Session, step: str, arguments: FalArguments, take: int = 1) -> Bought:
    """Get the result of a ``fal`` step.

    Args:
        session: The run's.
        step: The step, for messages.
        arguments: Its body, with files and URLs in it.
        take: Which generation, from 1.

    Raises:
        InvalidInput: The endpoint's document says that it would not take the arguments.
        NotInReply: The job was bought, and its reply has no file at a path; nothing is lost.
        ShotgraphError: As for `draw`.
    """
    intake = Intake(session.fal.bases, session.store, session.clock)
    taken = await intake.take_in(arguments)
    job = fal_job(step, taken, take, session.fal.backend)
    await check_before_buying(session, job, taken)
    bought = await draw(session, job)
    _check_kinds(step, bought.result, taken)
    return bought


def _check_kinds(step: str, result: Result, arguments: FalArguments) -> None:
    """Check what was fetched before, for a step that called it something else."""
    kept = result.outputs or {}
    for output in arguments.output:
        kind = kept[output.path].asset.kind if output.path in kept else result.asset.kind
        if kind != output.kind:
            raise MediaError(
                f"{step}: {arguments.endpoint} makes {one(kind)} at {output.path}, and not "
                f"{one(output.kind)}; write {{path: {output.path}, kind: {kind}}} and run again: "
                "it is in the store, and nothing is bought again"
            )
