"""Run a ``fal`` step: take in its media, check its arguments, buy it once."""

from dataclasses import replace
from decimal import Decimal

from shotgraph.errors import InvalidInput, MediaError
from shotgraph.inputs.intake import Intake
from shotgraph.making.shots import draw
from shotgraph.model.references import one
from shotgraph.money.buy import Bought
from shotgraph.money.events import Ended
from shotgraph.money.job import Job, fal_job
from shotgraph.money.known_prices import note_bill, prices_with_bills, turn_of
from shotgraph.money.results import Result
from shotgraph.money.schemas import check_before_buying, is_to_be_bought
from shotgraph.money.session import Session
from shotgraph.money.step_price import wrong_price
from shotgraph.spec.fal_arguments import FalArguments


async def draw_fal(session: Session, step: str, arguments: FalArguments, take: int = 1) -> Bought:
    """Get the result of a ``fal`` step.

    Args:
        session: The run's.
        step: The step, for messages.
        arguments: Its body, with files and URLs in it.
        take: Which generation, from 1.

    Raises:
        InvalidInput: The endpoint's document says that it would not take the arguments, or the
            step's price is less than what is known; nothing was sent.
        NotInReply: The job was bought, and its reply has no file at a path; nothing is lost.
        ShotgraphError: As for `draw`.
    """
    intake = Intake(session.fal.bases, session.store, session.clock)
    taken = await intake.take_in(arguments)
    job = fal_job(step, taken, take, session.fal.backend)
    await check_before_buying(session, job, taken)
    if arguments.price_usd is None:
        return await _drawn(session, job, taken)
    if not await is_to_be_bought(session, job):
        priced = (await prices_with_bills(session, job.endpoint.id)).priced(job.endpoint)
        return await _drawn(session, replace(job, endpoint=priced), taken)
    async with turn_of(session, job.endpoint.id):
        return await _bought(session, job, taken)


async def _bought(session: Session, job: Job, arguments: FalArguments) -> Bought:
    prices = await prices_with_bills(session, job.endpoint.id)
    wrong = wrong_price(
        arguments.price_usd or Decimal(0),
        prices.known(job.endpoint.id),
        arguments.arguments,
        is_trusted=session.trust_prices,
    )
    if wrong is not None:
        raise InvalidInput(
            f"{job.step}: price_usd: {wrong.what}; allowed: {wrong.allowed}. Nothing was sent"
        )
    job = replace(job, endpoint=prices.priced(job.endpoint))
    bought = await _drawn(session, job, arguments)
    if bought.how == "ran":
        ended = (await session.ledger.latest(job.key)).find(Ended)
        note_bill(session, job.endpoint.id, ended.billed_units if ended is not None else None)
    return bought


async def _drawn(session: Session, job: Job, arguments: FalArguments) -> Bought:
    bought = await draw(session, job)
    _check_kinds(job.step, bought.result, arguments)
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
