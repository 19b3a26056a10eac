"""What fal made → bytes in the store, and the job's result."""

from shotgraph.endpoints.output import VIDEO, Output, outline, url_at
from shotgraph.errors import Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.fal.fetch import fetch
from shotgraph.fal.job import Job
from shotgraph.fal.session import Session
from shotgraph.ledger import Accepted, Attempt, Ended, KeptOutput, Result
from shotgraph.spans import span


class NotInReply(Terminal):
    """A job's reply has no file where the step looks for one."""

    code = "not_in_reply"


async def keep(session: Session, job: Job, attempt: Attempt) -> Result:
    """Fetch every file of a finished job that the step takes, and keep them.

    Raises:
        Retryable: One could not be fetched this time; the job stays on record.
        NotInReply: The reply names no file at a path.
        Terminal: fal no longer has one.
        MediaError: What came is not whole, or not of the kind that it should be.
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
                found = await _fetched(session, urls[output.path], output)
                noted.note(size_bytes=found.asset.size_bytes, sha256=found.asset.sha256)
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
    raise NotInReply(
        f"{job.step}: request {accepted.request_id} of {job.endpoint.id} succeeded, for at most "
        f'${ended.cost_usd:.2f}, and its reply has no file at "{output.path}"; it has: '
        f"{outline(ended.output)}. It is on record: put one of these as the step's output and run "
        "again, and the file is fetched; nothing is bought again"
    )


async def _fetched(session: Session, url: str, output: Output) -> KeptOutput:
    asset, info = await fetch(
        url, output.kind, bases=session.fal.bases, store=session.store, clock=session.clock
    )
    await session.uploads.note(asset, url)
    return KeptOutput(asset=asset, info=info)
