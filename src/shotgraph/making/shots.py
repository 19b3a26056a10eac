"""A job with any media → its result: made to fit, bought in pieces, joined again.

A job that fits is bought as it is. The result of any other job is kept under the key of the
original job, when all of its pieces exist.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial

from shotgraph.errors import Ambiguous, MediaError, Retryable, ShotgraphError
from shotgraph.making.fit import VideoFit
from shotgraph.making.inspections import check_media
from shotgraph.making.make import Maker
from shotgraph.making.prepare import Fits, cuts_in, find_fits, prepare
from shotgraph.making.step_jobs import LocalJob, RejoinArguments, with_location
from shotgraph.media.info import MediaInfo
from shotgraph.media.progress import listening
from shotgraph.model.references import Asset, Sha256
from shotgraph.money.buy import Bought, How, buy
from shotgraph.money.job import Job
from shotgraph.money.lengths import heed_lengths, other_length, what_is_done
from shotgraph.money.results import PieceLength, Result
from shotgraph.money.schemas import is_to_be_bought
from shotgraph.money.session import Session
from shotgraph.spec import OnLength


async def draw(session: Session, job: Job, on_length: OnLength = "warn") -> Bought:
    """Get a job's result, whatever its media.

    Args:
        session: The run's.
        job: The job.
        on_length: What is done where a video comes back in another length than was asked for.

    Raises:
        MediaError: One does, and `on_length` is `fail`.
        ShotgraphError: As for `buy`; if several pieces fail, the most open error, raised when all
            pieces have ended.
    """
    if not job.endpoint.has_limits:
        await check_whole(session, job)
        return await buy(session, job)
    bought = await _drawn(session, job)
    try:
        heed_lengths(job.step, bought.result, on_length, session.say)
    except MediaError as error:
        error.cost_usd = Decimal(0) if bought.how == "cached" else bought.result.cost_usd
        error.request_id = bought.result.request_id
        raise
    return bought


async def _drawn(session: Session, job: Job) -> Bought:
    job = replace(job, endpoint=session.prices.priced(job.endpoint))
    found = await session.results.get(job.key)
    if found is not None:
        return Bought(found, "cached")
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
            f"{error.message}. What was bought for ${cost_usd:.2f} and could not be joined to the "
            "shot is in the store: run again, and nothing of it is bought again"
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
    """Check that media decode which are sent as they are; those of a job that runs were sent."""
    if not await is_to_be_bought(session, job):
        return
    try:
        with listening(lambda line: session.say(f"{job.step}: {line}"), session.clock):
            await check_media(job.arguments, session.store)
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
    # An ambiguous piece comes first: it must be searched for. A retry is no use if another piece
    # failed for good.
    worst = min(
        errors, key=lambda one: (not isinstance(one, Ambiguous), isinstance(one, Retryable))
    )
    spent = [
        one.result.cost_usd for one in ended if isinstance(one, Bought) and one.how != "cached"
    ]
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
    """The pieces that came back in another length, and what was made of them."""
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
    """How this run got the pieces, and their cost."""
    hows = {one.how for one in bought}
    how: How = "ran" if "ran" in hows else "resumed" if "resumed" in hows else "cached"
    new = [one.result.cost_usd for one in bought if one.how != "cached"]
    return how, sum(new, Decimal(0))
