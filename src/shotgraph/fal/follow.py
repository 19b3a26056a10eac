"""A request on record → its outcome: asked after with growing pauses, for as long as it takes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx
from fal_client import Completed, FalClientHTTPError

from shotgraph.clock import Clock
from shotgraph.errors import Retryable, ShotgraphError, Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.fal.connection import FalConnection
from shotgraph.fal.handle import Handle, UnknownStatus, handle_of
from shotgraph.fal.news import News, Watch, unwatched
from shotgraph.fal.replies import failure, refusal
from shotgraph.fal.status_stream import StatusStream
from shotgraph.ledger import Accepted

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
PAUSE_GROWTH = 1.4
CANCELLED = 499
TIMES_MISSING = 4
"""How often in a row fal may say that it does not know a request before that is believed."""
PATIENCE_S = 3600.0
"""How long one run follows a job; then it stays on record, and the next run takes it up."""


class Gone(Terminal):
    """fal no longer knows a request that it accepted."""

    code = "gone"


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Attributes:
        output: The endpoint's answer; None if it failed.
        error: Why it failed; None if it did not.
        billed_units: From ``X-Fal-Billable-Units``; None if fal did not say.
        was_cancelled: Whether it ended because it was asked to.
        may_be_billed: Whether fal may charge for it: a failure of its own (5xx) is never charged,
            one that the input is to blame for (422) may be.
    """

    output: dict[str, Any] | None
    error: ShotgraphError | None
    billed_units: Decimal | None
    was_cancelled: bool = False
    may_be_billed: bool = True

    def cost_usd(self, usd_per_unit: Decimal | None, estimate_usd: Decimal) -> Decimal:
        """Tell what it cost, in dollars; where that is not known, what it may have cost."""
        if self.billed_units is not None and usd_per_unit is not None:
            return self.billed_units * usd_per_unit
        if self.billed_units == 0:
            return Decimal(0)
        return estimate_usd if self.may_be_billed else Decimal(0)


def pauses() -> Iterator[float]:
    """Give the pauses between two questions, in seconds: 0.5, 0.7, 0.98, … up to 10."""
    pause = FIRST_PAUSE_S
    while True:
        yield pause
        pause = min(LONGEST_PAUSE_S, pause * PAUSE_GROWTH)


async def follow(
    accepted: Accepted,
    fal: FalConnection,
    *,
    what: str,
    clock: Clock,
    say: Callable[[str], None],
    watch: Watch = unwatched,
) -> Outcome:
    """Wait until fal is done with a request, and read its answer.

    Args:
        accepted: The request, as it is on record.
        fal: Where it is.
        what: The step, for messages.
        clock: The time.
        say: Takes lines for the log: changes that are worth reading, and no others.
        watch: Hears of every change.

    Raises:
        Retryable: fal could not be asked, or it takes longer than the patience of one run; the
            job stays on record, and asking again buys nothing.
        Refused: fal no longer accepts the key; the job stays on record.
    """
    headers: dict[str, str] = {}

    async def keep_headers(response: httpx.Response) -> None:
        if str(response.url) == accepted.response_url:
            headers.update(response.headers)

    async with fal.client() as client:
        client.event_hooks["response"] = [keep_headers]
        handle = handle_of(accepted, client)
        stream = StatusStream(accepted, client, clock)
        news = News(what, say, watch, clock)
        try:
            await _until_completed(handle, what, clock, news, stream)
        finally:
            await stream.stop()
        try:
            output = await handle.get(interval=FIRST_PAUSE_S)
        except FalClientHTTPError as error:
            failed = _failed(error.response, what, accepted)
            status = error.response.status_code
            return Outcome(
                None,
                failed,
                _units(headers),
                was_cancelled=status == CANCELLED,
                may_be_billed=status < CANCELLED,
            )
        except (httpx.HTTPError, ValueError) as error:
            raise _still_on_record(what, accepted, type(error).__name__) from None
    if not isinstance(output, dict):
        raise _still_on_record(what, accepted, "the answer is no JSON object")
    return Outcome(output, None, _units(headers))


async def _until_completed(
    handle: Handle, what: str, clock: Clock, news: News, stream: StatusStream
) -> None:
    missing = 0
    give_up_at = clock.monotonic() + PATIENCE_S
    for pause in pauses():
        try:
            status = await handle.status(with_logs=True)
            missing = 0
        except FalClientHTTPError as error:
            refused = refusal(error.response, what)
            if error.response.status_code in (401, 403) and refused is not None:
                raise refused from None
            missing = missing + 1 if error.response.status_code in (404, 410) else 0
            if missing == TIMES_MISSING:
                raise _gone(what, handle.request_id) from None
            status = None
        except (httpx.HTTPError, UnknownStatus, ValueError):
            status = None
        reach(Failpoint.POLL)
        news.read(status)
        if isinstance(status, Completed):
            reach(Failpoint.COMPLETED_SEEN)
            return
        if clock.monotonic() >= give_up_at:
            raise Retryable(
                f"{what}: fal has not finished request {handle.request_id} within "
                f"{PATIENCE_S / 60:.0f} minutes. It stays on record: run again to wait for it; "
                "nothing is bought twice"
            )
        await stream.pause(pause)


def _gone(what: str, request_id: str) -> Gone:
    return Gone(
        f"{what}: fal no longer knows request {request_id}, which is on record as accepted: what "
        "it made, if anything, can't be had any more. It was not bought again"
    )


def _failed(response: httpx.Response, what: str, accepted: Accepted) -> ShotgraphError:
    if response.status_code in (404, 410) and "x-fal-error-type" not in response.headers:
        raise _gone(what, accepted.request_id)
    error = failure(response, what)
    if error is None:
        raise _still_on_record(what, accepted, f"HTTP {response.status_code}")
    return error


def _still_on_record(what: str, accepted: Accepted, why: str) -> Retryable:
    return Retryable(
        f"{what}: the answer of request {accepted.request_id} could not be read ({why}). "
        "It stays on record, and is asked for again; nothing is bought twice"
    )


def _units(headers: dict[str, str]) -> Decimal | None:
    try:
        units = Decimal(headers["x-fal-billable-units"])
    except (KeyError, InvalidOperation):
        return None
    return units if units.is_finite() and units >= 0 else None
