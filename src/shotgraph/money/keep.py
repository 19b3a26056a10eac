"""A job that has ended → its files in the store, and its result on record."""

from typing import Any

from shotgraph.endpoints.endpoint import VIDEO, Output, has_files, outline, url_at
from shotgraph.errors import FullDisk, MediaError, ReadOnlyDisk, Retryable, ShotgraphError, Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.inputs.intake import fetch
from shotgraph.media.info import MediaInfo
from shotgraph.model.references import one
from shotgraph.money.attempts import Attempt
from shotgraph.money.events import Accepted, Ended
from shotgraph.money.job import Job
from shotgraph.money.lengths import asked_seconds, other_length
from shotgraph.money.results import KeptOutput, PieceLength, Result
from shotgraph.money.session import Session
from shotgraph.spans import span


class NotInReply(Terminal):
    """A job's reply has no file where the step looks for one."""

    code = "not_in_reply"


class OtherKind(MediaError):
    """A job's reply has a file where the step looks for one, and the file is of another kind."""

    code = "other_kind"


async def keep(
    session: Session, job: Job, attempt: Attempt, output: dict[str, Any] | None
) -> Result:
    """Fetch every file of a finished job that the step takes, and keep them.

    Args:
        session: The run's.
        job: The job.
        attempt: The one that made it.
        output: The endpoint's answer.

    Raises:
        Retryable: One could not be fetched this time; the job stays on record.
        NotInReply: The reply names no file at a path.
        OtherKind: A file is not of the kind that the step says.
        Terminal: fal no longer has one.
        MediaError: What came is not whole.
    """
    accepted, ended = attempt.find(Accepted), attempt.find(Ended)
    assert accepted is not None  # noqa: S101  nothing ends that was not accepted
    assert ended is not None  # noqa: S101  only what ended is kept
    outputs = job.endpoint.outputs
    ended = ended.model_copy(update={"output": output})
    urls = {wanted.path: _url(job, attempt, accepted, ended, wanted) for wanted in outputs}
    kept: dict[str, KeptOutput] = {}
    for wanted in outputs:
        if wanted.path not in kept:
            with span("fal.fetch", **job.traits(), request_id=accepted.request_id) as noted:
                try:
                    found = await _fetched(session, urls[wanted.path])
                except Retryable as error:
                    raise _not_fetched_yet(job, accepted, ended, error) from None
                noted.note(size_bytes=found.asset.size_bytes, sha256=found.asset.sha256)
            _check_kind(job, accepted, wanted, found)
            kept[wanted.path] = found
    first = kept[outputs[0].path]
    result = Result(
        key=job.key,
        recipe=job.endpoint.id,
        asset=first.asset,
        info=first.info,
        request_id=accepted.request_id,
        cost_usd=ended.cost_usd,
        seconds=max(0.0, (ended.at - accepted.at).total_seconds()),
        made_at=session.clock.now(),
        outputs=kept if kept.keys() != {VIDEO.path} else None,
        lengths=await _lengths(session, job, first.info),
    )
    await session.results.put(result)
    reach(Failpoint.RESULT_THERE)
    return result


async def _lengths(session: Session, job: Job, info: MediaInfo) -> tuple[PieceLength, ...]:
    """Whether it is as long as was asked for; only of endpoints whose seconds are known."""
    if not job.endpoint.has_limits:
        return ()
    try:
        infos = {each.sha256: await session.store.assets.info(each) for each in job.assets()}
    except (
        ShotgraphError
    ):  # an input that is no longer there: what was paid for is kept all the same
        return ()
    found = other_length(asked_seconds(job, infos), info)
    return (found,) if found is not None else ()


def _url(job: Job, attempt: Attempt, accepted: Accepted, ended: Ended, output: Output) -> str:
    url = url_at(ended.output, output.path)
    if url is not None:
        return url
    if job.endpoint.outputs == (VIDEO,) and job.endpoint.has_limits:
        raise Terminal(
            f"{job.step}: request {accepted.request_id} succeeded, and its answer names no "
            f"video; it stays on record as attempt {attempt.number} of {job.key[:12]}…"
        )
    what_now = (
        "put one of these as the step's output and run again, and the file is fetched; nothing is "
        "bought again"
        if has_files(ended.output)
        else "there is no file in it that a step could pass on. Another run buys nothing and ends "
        "the same: take the step out, or use an endpoint that makes a video, an image or a sound"
    )
    raise NotInReply(
        f"{job.step}: request {accepted.request_id} of {job.endpoint.id} succeeded, for at most "
        f'${ended.cost_usd:.2f}, and its reply has no file at "{output.path}"; it has: '
        f"{outline(ended.output)}. It is on record: {what_now}"
    )


def _check_kind(job: Job, accepted: Accepted, output: Output, found: KeptOutput) -> None:
    kind = found.asset.kind
    if kind == output.kind:
        return
    if job.endpoint.has_limits:
        raise MediaError(f'"{output.path}" holds {one(kind)}, not {one(output.kind)}')
    raise OtherKind(
        f'{job.step}: request {accepted.request_id} of {job.endpoint.id} made "{output.path}", '
        f"which holds {one(kind)}, not {one(output.kind)}. It is on record, and nothing is bought "
        f"again: write {{path: {output.path}, kind: {kind}}} where that is what you want, and run "
        "again"
    )


def _not_fetched_yet(job: Job, accepted: Accepted, ended: Ended, error: Retryable) -> Retryable:
    why = f"{error.message}. It is on record: run again, and the file is fetched"
    if isinstance(error, FullDisk | ReadOnlyDisk):  # which says itself what to do before
        why = f"its file could not be stored: {error.message}. The file is fetched then"
    named = type(error)(
        f"{job.step}: request {accepted.request_id} of {job.endpoint.id} is drawn and paid for (at "
        f"most ${ended.cost_usd:.2f}), and {why}; nothing is bought again"
    )
    named.after_s, named.request_id, named.cost_usd = (
        error.after_s,
        accepted.request_id,
        ended.cost_usd,
    )
    return named


async def _fetched(session: Session, url: str) -> KeptOutput:
    # A file of any kind is kept: it is paid for.
    asset, info = await fetch(
        url, None, bases=session.fal.bases, store=session.store, clock=session.clock
    )
    await session.uploads.note(asset, url)
    return KeptOutput(asset=asset, info=info)
