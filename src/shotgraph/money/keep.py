"""When a job has ended: fetch its files into the store, and record its result."""

from typing import Any

from shotgraph.endpoints.endpoint import (
    VIDEO,
    Output,
)
from shotgraph.errors import FullDisk, MediaError, ReadOnlyDisk, Retryable, ShotgraphError, Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.inputs.guard import NotAllowed
from shotgraph.inputs.hosts import PUBLIC, REHEARSAL
from shotgraph.inputs.intake import NotThere, fetch
from shotgraph.media.info import MediaInfo
from shotgraph.model.references import Asset, one
from shotgraph.money.answers import locate, not_in_reply
from shotgraph.money.attempts import Attempt
from shotgraph.money.events import Accepted, Ended
from shotgraph.money.job import Job
from shotgraph.money.lengths import asked_seconds, other_length
from shotgraph.money.results import KeptOutput, PieceLength, Result
from shotgraph.money.session import Session
from shotgraph.spans import span
from shotgraph.store.assets import object_name


class OtherKind(MediaError):
    """A job's reply has a file where the step looks for one, and the file is of another kind."""

    code = "other_kind"


class OtherBytes(Terminal):
    """A job's file was lost from the store, and fal's host has another file at its address."""

    code = "other_bytes"


async def keep(
    session: Session, job: Job, attempt: Attempt, output: dict[str, Any] | None
) -> Result:
    """Fetch every file of a finished job that the step takes, and keep them.

    Args:
        session: The run's session.
        job: The job.
        attempt: The attempt that succeeded.
        output: The endpoint's answer.

    Raises:
        Retryable: A file could not be fetched this time; the job stays on record.
        NotInReply: The reply names no file at a path.
        OtherKind: A file is not of the kind that the step names.
        OtherBytes: A file is not the one that was kept of this request before.
        Terminal: fal no longer has a file.
        MediaError: A fetched file is damaged or incomplete.
    """
    accepted, ended = attempt.find(Accepted), attempt.find(Ended)
    assert accepted is not None  # noqa: S101  nothing ends that was not accepted
    assert ended is not None  # noqa: S101  only an ended attempt is kept
    outputs = job.endpoint.outputs
    ended = ended.model_copy(update={"output": output})
    there = locate(job.endpoint, attempt, output)
    for wanted in outputs:
        if wanted.path not in there:
            raise not_in_reply(job, attempt, output, ended.cost_usd, wanted)
        path, _ = there[wanted.path]
        if path != wanted.path:
            session.say(
                f'{job.step}: the reply of request {accepted.request_id} has no "{wanted.path}"; '
                f'its only {wanted.kind} is used instead, at "{path}"'
            )
    before = await session.results.kept_before(job.key, accepted.request_id)
    kept: dict[str, KeptOutput] = {}
    for wanted in outputs:
        if wanted.path not in kept:
            with span("fal.fetch", **job.traits(), request_id=accepted.request_id) as noted:
                try:
                    found = await _fetched(session, there[wanted.path][1])
                except Retryable as error:
                    raise _not_fetched_yet(job, accepted, ended, error) from None
                noted.note(size_bytes=found.asset.size_bytes, sha256=found.asset.sha256)
            if wanted.path in before:
                _check_bytes(job, accepted, wanted, found.asset, before[wanted.path])
            _check_kind(job, accepted, wanted, found)
            await session.uploads.note(found.asset, there[wanted.path][1])
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
    """Compare the result's length with the requested one, for endpoints with known lengths."""
    if not job.endpoint.has_limits:
        return ()
    try:
        infos = {each.sha256: await session.store.assets.info(each) for each in job.assets()}
    except (
        ShotgraphError
    ):  # an input is no longer in the store; the result is kept all the same, as it is paid for
        return ()
    found = other_length(asked_seconds(job, infos), info)
    return (found,) if found is not None else ()


def _check_bytes(job: Job, accepted: Accepted, output: Output, found: Asset, bought: Asset) -> None:
    """Refuse a file that is not the one that was bought: a wrong film must not pass."""
    if found.sha256 == bought.sha256:
        return
    raise OtherBytes(
        f'{job.step}: the file at "{output.path}" of request {accepted.request_id} is not the one '
        f"that was bought. The store has lost that one ({bought.size_bytes} bytes, sha256 "
        f"{bought.sha256}), and fal's host now has another in its place ({found.size_bytes} bytes, "
        f"sha256 {found.sha256}). It was not taken, and nothing was bought again. Put the file "
        f"that was bought back into the store from a copy, as {object_name(bought.sha256)}, and "
        f'run again; or buy another: "shotgraph reconcile {job.key[:12]} --buy-again", and run '
        "again"
    )


def _check_kind(job: Job, accepted: Accepted, output: Output, found: KeptOutput) -> None:
    kind = found.asset.kind
    if kind == output.kind:
        return
    if job.endpoint.has_limits:
        raise MediaError(f'"{output.path}" holds {one(kind)}, not {one(output.kind)}')
    raise OtherKind(
        f'{job.step}: request {accepted.request_id} of {job.endpoint.id} made "{output.path}", '
        f"which holds {one(kind)}, not {one(output.kind)}. The job is on record, and nothing is "
        f"bought again. To accept this kind, write {{path: {output.path}, kind: {kind}}} and run "
        "again"
    )


def way_out(session: Session, error: Terminal) -> str:
    """How to allow fetching from a refused host, in words; empty if no setting allows it.

    fal's own files are at fal. A user's own server in place of fal may keep them on another host.
    """
    origin = error.origin if isinstance(error, NotAllowed) else ""
    if not origin or session.fal.backend in (PUBLIC, REHEARSAL):
        return ""
    return (
        f". {session.fal.bases.queue_url} named that host, and files are fetched only from its own "
        "hosts and from public ones: find out why it did. Only if you run that host yourself, "
        "beside your own server in place of fal, allow it: your files are uploaded there "
        f"too. The setting is SHOTGRAPH_FAL_CDN_URL={origin} (in a block: cdn_url)"
    )


def _not_fetched_yet(job: Job, accepted: Accepted, ended: Ended, error: Retryable) -> Retryable:
    why = f"{error.message}. The job is on record: run again, and shotgraph fetches the file"
    if isinstance(error, FullDisk | ReadOnlyDisk):  # its own message says what to do first
        why = f"its file could not be stored: {error.message}. The next run fetches the file"
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


LATE_S = (1.0, 2.0, 4.0)
"""The pauses between requests for a file that its host does not have: it may be late."""


async def _fetched(session: Session, url: str) -> KeptOutput:
    for pause_s in (*LATE_S, None):
        try:
            # A file of any kind is kept, because it is paid for.
            asset, info = await fetch(
                url, None, bases=session.fal.bases, store=session.store, clock=session.clock
            )
            break
        except NotThere:
            if pause_s is None:
                raise
            await session.clock.sleep(pause_s)
    return KeptOutput(asset=asset, info=info)
