"""What fal made → bytes in the store, and the job's result."""

from pydantic import ValidationError

from shotgraph.errors import Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.fal.fetch import fetch
from shotgraph.fal.job import Job
from shotgraph.fal.session import Session
from shotgraph.ledger import Accepted, Attempt, Ended, Result


async def keep(session: Session, job: Job, attempt: Attempt) -> Result:
    """Fetch a finished job's clip, and keep it.

    Raises:
        Retryable: It could not be fetched this time; it stays on record.
        Terminal: fal no longer has it, or its answer names no video.
        MediaError: What came is not a whole video.
    """
    accepted, ended = attempt.find(Accepted), attempt.find(Ended)
    assert accepted is not None  # noqa: S101  nothing ends that was not accepted
    assert ended is not None  # noqa: S101  only what ended is kept
    try:
        url = job.endpoint.output.model_validate(ended.output).video.url
    except ValidationError:
        raise Terminal(
            f"{job.step}: request {accepted.request_id} succeeded, and its answer names no "
            f"video; it stays on record as attempt {attempt.number} of {job.key[:12]}…"
        ) from None
    asset, info = await fetch(
        url, "video", bases=session.fal.bases, store=session.store, clock=session.clock
    )
    await session.uploads.note(asset, url)
    result = Result(
        key=job.key,
        recipe=job.endpoint.id,
        asset=asset,
        info=info,
        request_id=accepted.request_id,
        cost_usd=ended.cost_usd,
        seconds=max(0.0, (ended.at - accepted.at).total_seconds()),
        made_at=session.clock.now(),
    )
    await session.results.put(result)
    reach(Failpoint.RESULT_THERE)
    return result
