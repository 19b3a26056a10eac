"""Records of jobs, as a run writes them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from shotgraph.keys import canonical_json
from shotgraph.making.step_jobs import LocalJob
from shotgraph.media.probe import probe
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.events import Accepted, Doubt, Ended, Event, GivenUp, Intent, Turned
from shotgraph.money.job import Job
from shotgraph.money.results import Result, Results
from shotgraph.store import Store

AT = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
DOUBT = Doubt(at=AT, why="the connection was lost")
ACCEPTED = Accepted(
    at=AT,
    request_id="0a1b2c",
    status_url="https://queue.fal.run/fal-ai/kling-video/requests/0a1b2c/status",
    response_url="https://queue.fal.run/fal-ai/kling-video/requests/0a1b2c",
    cancel_url="https://queue.fal.run/fal-ai/kling-video/requests/0a1b2c/cancel",
)
TURNED = Turned(at=AT, why="429")
GIVEN_UP = GivenUp(at=AT, why="it is not there")
FAILED = Ended(at=AT, succeeded=False, why="422")
SUCCEEDED = Ended(at=AT, succeeded=True, cost_usd=Decimal("0.63"), output={})


async def put_attempt(store: Store, job: Job, *events: Event) -> Attempt:
    """Put an attempt to buy a job on record: its intent, then these events."""
    ledger = Ledger(store.records)
    intent = Intent(
        at=AT,
        key=job.key,
        send_before=AT + timedelta(minutes=1),
        safe_from=AT + timedelta(minutes=10),
        endpoint_id=job.endpoint.id,
        backend=job.backend,
        queue_url="https://queue.fal.run",
        step=job.step,
        take=job.take,
        arguments=canonical_json(job.arguments),
        body={},
        estimate_usd=Decimal("0.63"),
        owner="host:1",
    )
    attempt = await ledger.begin(await ledger.latest(job.key), intent)
    assert attempt is not None
    for event in events:
        attempt = await ledger.record(attempt, event)
    return attempt


async def put_result(store: Store, job: Job | LocalJob, clip: Path) -> Result:
    """Put a clip into the store as what a job made."""
    info = await probe(clip)
    result = Result(
        key=job.key,
        recipe=job.endpoint.id if isinstance(job, Job) else job.recipe,
        asset=await store.assets.add(clip, info.kind),
        info=info,
        request_id="0a1b2c" if isinstance(job, Job) else None,
        cost_usd=Decimal("0.63"),
        seconds=90,
        made_at=AT,
    )
    await Results(store).put(result)
    return result
