"""A job with any media → its result: made to fit, bought in pieces, joined again.

A job that fits is bought unchanged. The result of any other job is kept under the key of the
original job, when all of its pieces exist. The media of a ``fal`` step are first taken into the
store, and its arguments are checked.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial

from shotgraph.errors import Ambiguous, InvalidInput, MediaError, Retryable, ShotgraphError
from shotgraph.inputs.intake import Intake
from shotgraph.making.fit import VideoFit
from shotgraph.making.inspections import check_media
from shotgraph.making.make import Maker
from shotgraph.making.prepare import Fits, cuts_in, find_fits, prepare
from shotgraph.making.step_jobs import LocalJob, RejoinArguments, with_location
from shotgraph.media.info import MediaInfo
from shotgraph.media.progress import listening
from shotgraph.model.references import Asset, Sha256
from shotgraph.model.references import one as one_of
from shotgraph.money.buy import Bought, How, buy
from shotgraph.money.events import Ended
from shotgraph.money.job import Job, fal_job
from shotgraph.money.known_prices import note_bill, prices_with_bills, turn_of
from shotgraph.money.lengths import heed_lengths, other_length, what_is_done
from shotgraph.money.results import PieceLength, Result
from shotgraph.money.schemas import check_before_buying, is_to_be_bought
from shotgraph.money.session import Session
from shotgraph.money.step_price import wrong_price
from shotgraph.spec import OnLength
from shotgraph.spec.fal_arguments import FalArguments


async def draw(session: Session, job: Job, on_length: OnLength = "warn") -> Bought:
    """Get a job's result, whatever its media.

    Args:
        session: The run's session.
        job: The job.
        on_length: The action if a video comes back in another length than was asked for.

    Raises:
        MediaError: A video has another length, and `on_length` is `fail`.
        ShotgraphError: As for `buy`. If several pieces fail, the error with the most uncertain
            outcome is raised when all pieces have ended.
    """
    if not job.endpoint.has_limits:
        await check_whole(session, job)
        return await buy(session, job)
    bought = await _drawn(session, job)
    try:
        heed_lengths(job.step, bought.result, on_length, session.say)
    except MediaError as error:
        error.cost_usd = bought.cost_usd
        error.request_id = bought.result.request_id
        raise
    return bought


async def _drawn(session: Session, job: Job) -> Bought:
    found = await session.results.get(job.key)
    if found is not None:
        return Bought(found, "cached")
    prices = await prices_with_bills(session, job.endpoint.id)
    job = replace(job, endpoint=prices.priced(job.endpoint))
    infos = {asset.sha256: await session.store.assets.info(asset) for asset in job.assets()}
    with listening(lambda line: session.say(f"{job.step}: {line}"), session.clock):
        fits = await find_fits(job, infos, partial(cuts_in, store=session.store))
    if fits.video is None and not fits.images:
        await check_whole(session, job)
        return await buy(session, job)
    session.say(f"{job.step}: made to fit: {'; '.join(fits.changes())}")
    maker = Maker(session.store, session.clock, session.say)
    jobs = await prepare(job, fits, maker)
    bought = await _buy_all(session, jobs)
    how, cost_usd = _how_and_cost(bought)
    try:
        asset, info = await _restored(job, fits, bought, infos, maker)
    except MediaError as error:
        failed = MediaError(
            f"{error.message}. The clips of this step cost ${cost_usd:.2f}, and could not be "
            "joined to the shot. They are in the store: run again, and none of them is bought "
            "again"
        )
        failed.cost_usd = cost_usd
        raise failed from error
    result = Result(
        key=job.key,
        recipe=job.endpoint.id,
        asset=asset,
        info=info,
        request_id=", ".join(
            dict.fromkeys(one.result.request_id for one in bought if one.result.request_id)
        ),
        cost_usd=sum((one.result.cost_usd for one in bought), Decimal(0)),
        seconds=max(one.result.seconds for one in bought),
        made_at=session.clock.now(),
        lengths=_lengths(job, fits, bought),
    )
    await session.results.put(result)
    return Bought(result.model_copy(update={"cost_usd": cost_usd}), how)


async def check_whole(session: Session, job: Job) -> None:
    """Check that the media of a job decode, if they are sent unchanged and were not sent yet."""
    if not await is_to_be_bought(session, job):
        return
    try:
        with listening(lambda line: session.say(f"{job.step}: {line}"), session.clock):
            await check_media(job.arguments, session.store, measured=job.endpoint.repaints)
    except MediaError as error:
        located = await with_location(error, job, session.store.assets.file)
        raise MediaError(f"{located.message}. Nothing was sent") from error


async def _buy_all(session: Session, jobs: list[Job]) -> list[Bought]:
    ended = await asyncio.gather(*(buy(session, job) for job in jobs), return_exceptions=True)
    failed = [one for one in ended if isinstance(one, BaseException)]
    if not failed:
        return [one for one in ended if isinstance(one, Bought)]
    stops = [one for one in failed if not isinstance(one, ShotgraphError)]
    if stops:
        raise stops[0]
    errors = [one for one in failed if isinstance(one, ShotgraphError)]
    # An ambiguous piece comes first: it must be reconciled. A retry has no use if another piece
    # failed for good.
    worst = min(
        errors, key=lambda one: (not isinstance(one, Ambiguous), isinstance(one, Retryable))
    )
    spent = [one.cost_usd for one in ended if isinstance(one, Bought)]
    worst.cost_usd = sum([*spent, *(one.cost_usd for one in errors)], Decimal(0))
    raise worst


async def _restored(
    job: Job,
    fits: Fits,
    bought: list[Bought],
    infos: Mapping[Sha256, MediaInfo],
    maker: Maker,
) -> tuple[Asset, MediaInfo]:
    """Join the repainted pieces to the frames, the rate and the sound of the shot."""
    first = bought[0].result
    if fits.video is None or not job.endpoint.repaints:
        return first.asset, first.info
    shot, fit = fits.video
    voice = _voice(job, shot, infos[shot.sha256])
    if not fit.needs_restoring and voice is None:
        return first.asset, first.info
    rejoined = LocalJob(job.step, "rejoin", _arguments(fit, bought, voice))
    made, _ = await maker.get(rejoined)
    return made.asset, made.info


def _lengths(job: Job, fits: Fits, bought: list[Bought]) -> tuple[PieceLength, ...]:
    """List the pieces that came back in another length, and their treatment."""
    if fits.video is None or not job.endpoint.repaints:
        return bought[0].result.lengths
    _, fit = fits.video
    found = []
    for number, (piece, one) in enumerate(zip(fit.pieces, bought, strict=True), start=1):
        info = one.result.info
        done = what_is_done(piece.sent, piece.frames, fit.frame_rate, info)
        found.append(other_length(fit.seconds(piece), info, piece=number, done=done))
    return tuple(one for one in found if one is not None)


def _voice(job: Job, shot: Asset, info: MediaInfo) -> Asset | None:
    keeps = bool(getattr(job.arguments, "keep_audio", False))
    return shot if keeps and info.audio is not None else None


def _arguments(fit: VideoFit, bought: list[Bought], voice: Asset | None) -> RejoinArguments:
    return RejoinArguments(
        pieces=[one.result.asset for one in bought],
        frames=[piece.frames for piece in fit.pieces],
        sent=[piece.sent for piece in fit.pieces],
        frame_rate=fit.frame_rate,
        sound_of=voice,
    )


def _how_and_cost(bought: list[Bought]) -> tuple[How, Decimal]:
    """Tell how this run got the pieces, and their cost."""
    hows = {one.how for one in bought}
    how: How = "ran" if "ran" in hows else "resumed" if "resumed" in hows else "cached"
    return how, sum((one.cost_usd for one in bought), Decimal(0))


async def draw_fal(session: Session, step: str, arguments: FalArguments, take: int = 1) -> Bought:
    """Get the result of a ``fal`` step.

    Args:
        session: The run's session.
        step: The step's name, for messages.
        arguments: The step's arguments, with files and URLs in them.
        take: The number of the take, from 1.

    Raises:
        InvalidInput: The endpoint's schema does not allow the arguments, or the step's price is
            lower than the known price; nothing was sent.
        NotInReply: The job was bought, and its reply has no file at a path; the reply is kept.
        ShotgraphError: As for `draw`.
    """
    intake = Intake(session.fal.bases, session.store, session.clock)
    taken = await intake.take_in(arguments)
    job = fal_job(step, taken, take, session.fal.backend)
    await check_before_buying(session, job, taken)
    if arguments.price_usd is None:
        return await _drawn_fal(session, job, taken)
    if not await is_to_be_bought(session, job):
        priced = (await prices_with_bills(session, job.endpoint.id)).priced(job.endpoint)
        return await _drawn_fal(session, replace(job, endpoint=priced), taken)
    async with turn_of(session, job.endpoint.id):
        return await _bought_fal(session, job, taken)


async def _bought_fal(session: Session, job: Job, arguments: FalArguments) -> Bought:
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
    bought = await _drawn_fal(session, job, arguments)
    if bought.how == "ran":
        ended = (await session.ledger.latest(job.key)).find(Ended)
        note_bill(session, job.endpoint.id, ended.billed_units if ended is not None else None)
    return bought


async def _drawn_fal(session: Session, job: Job, arguments: FalArguments) -> Bought:
    bought = await draw(session, job)
    _check_kinds(job.step, bought.result, arguments)
    return bought


def _check_kinds(step: str, result: Result, arguments: FalArguments) -> None:
    """Check the kinds of the result's files: it may be from a step with other kinds."""
    kept = result.outputs or {}
    for output in arguments.output:
        kind = kept[output.path].asset.kind if output.path in kept else result.asset.kind
        if kind != output.kind:
            raise MediaError(
                f"{step}: {arguments.endpoint} makes {one_of(kind)} at {output.path}, and not "
                f"{one_of(output.kind)}; write {{path: {output.path}, kind: {kind}}} and run "
                "again: it is in the store, and nothing is bought again"
            )
