"""What fal made → bytes in the store, and the job's result."""

from shotgraph.endpoints.output import VIDEO, Output, has_files, outline, url_at
from shotgraph.errors import MediaError, Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.fal.fetch import fetch
from shotgraph.fal.job import Job
from shotgraph.fal.session import Session
from shotgraph.ledger import Accepted, Attempt, Ended, KeptOutput, Result
from shotgraph.model.references import one
from shotgraph.spans import span


class NotInReply(Terminal):
    """A job's reply has no file where the step looks for one."""

    code = "not_in_reply"


class OtherKind(MediaError):
    """A job's reply has a file where the step looks for one, and the file is of another kind."""

    code = "other_kind"


async def keep(session: Session, job: Job, attempt: Attempt) -> Result:
    """Fetch every file of a finished job that the step takes, and keep them.

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
    urls = {output.path: _url(job, attempt, accepted, ended, output) for output in outputs}
    kept: dict[str, KeptOutput] = {}
    for output in outputs:
        if output.path not in kept:
            with span("fal.fetch", **job.traits(), request_id=accepted.request_id) as noted:
                found = await _fetched(session, urls[output.path])
                noted.note(size_bytes=found.asset.size_bytes, sha256=found.asset.sha256)
            _check_kind(job, accepted, output, found)
            kept[output.path] = found
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
    )
    await session.results.put(result)
    reach(Failpoint.RESULT_THERE)
    return result


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


async def _fetched(session: Session, url: str) -> KeptOutput:
    # Of whatever kind: it is paid for.
    asset, info = await fetch(
        url, None, bases=session.fal.bases, store=session.store, clock=session.clock
    )
    await session.uploads.note(asset, url)
    return KeptOutput(asset=asset, info=info)
