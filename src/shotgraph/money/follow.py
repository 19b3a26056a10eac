"""Follow a request to its outcome: ask fal with growing pauses, until the patience ends.

Only the result counts, not the status: after a COMPLETED that came too early, or a result that
can't be read, fal is asked for the status again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, TypeAlias

from fal_client import Completed, Status

from shotgraph.clock import Clock
from shotgraph.errors import Ambiguous, ShotgraphError, Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.money.attempts import Attempt
from shotgraph.money.connection import FalConnection
from shotgraph.money.events import Accepted, Ended, Intent
from shotgraph.money.failures import (
    Failure,
    billed_units,
    failure,
    is_unknown_request,
    key_refusal,
    stated_failure,
    untyped_failure,
    untyped_words,
)
from shotgraph.money.job_progress import JobProgress, Watch, unwatched
from shotgraph.money.replies import NoReply, Reply
from shotgraph.money.status import Handle, StatusStream

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
PAUSE_GROWTH = 1.4
TIMES_MISSING = 4
"""How often in a row fal must say that it does not know a request before that counts."""
TIMES_STATED = 4
"""How often a result must be unreadable before the failure in the status counts, and how often in a
row a 422 without a type must have the same text before it counts."""
PATIENCE_S = 5400.0
"""How long one run follows a job: its longest wait and run at fal, by the default windows."""
RESULT_PATIENCE_S = 120.0
"""How long one run asks for a result after fal's status says that it is ready."""


class Gone(Terminal):
    """fal no longer knows a request that it accepted."""

    code = "gone"


class StillOnRecord(Ambiguous):
    """fal has a job, and this run does not know how it ended. A later run asks again."""

    code = "still_on_record"


Lacks: TypeAlias = Callable[[Any], str]
"""Names the files that an answer lacks, in words; empty if it has all files of the step."""


def lacks_nothing(output: Any) -> str:
    """Accept any answer."""
    return ""


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes:
        output: The endpoint's answer; None if the job failed. It lacks a file if every answer
            lacked the file for as long as one run asks, or if the answer is of another shape.
        error: Why the job failed; None if it succeeded.
        billed_units: From ``X-Fal-Billable-Units``; None if fal did not say.
        was_cancelled: Whether the job ended by a cancellation.
        may_be_billed: Whether fal may charge for the job; see `Failure`.
    """

    output: dict[str, Any] | None
    error: ShotgraphError | None
    billed_units: Decimal | None
    was_cancelled: bool = False
    may_be_billed: bool = True

    def cost_usd(self, usd_per_unit: Decimal | None, estimate_usd: Decimal) -> Decimal:
        """The cost of the job in dollars; if it is not known, the most that it may be."""
        if self.billed_units is not None and usd_per_unit is not None:
            return self.billed_units * usd_per_unit
        if self.billed_units == 0:
            return Decimal(0)
        return estimate_usd if self.may_be_billed else Decimal(0)

    def as_ended(self, attempt: Attempt, usd_per_unit: Decimal | None, at: datetime) -> Ended:
        """Make the record of the end.

        Args:
            attempt: The attempt that has ended.
            usd_per_unit: The price of one unit, in dollars; None if it is not known.
            at: The present moment.
        """
        intent = attempt.find(Intent)
        estimate_usd = intent.estimate_usd if intent else Decimal(0)
        return Ended(
            at=at,
            succeeded=self.error is None,
            billed_units=self.billed_units,
            cost_usd=self.cost_usd(usd_per_unit, estimate_usd),
            why=self.error.message if self.error else "",
            output=self.output,
        )


def pauses() -> Iterator[float]:
    """Yield the pauses between two requests to fal, in seconds: 0.5, 0.7, 0.98, … up to 10."""
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
    cancel_was_asked: bool = False,
    lacks: Lacks = lacks_nothing,
    patience_s: float = PATIENCE_S,
) -> Outcome:
    """Wait until fal is done with a request, and read its answer.

    Args:
        accepted: The record of the request.
        fal: The connection to fal.
        what: The step, for messages.
        clock: The clock.
        say: Takes lines for the log, only for changes that are worth reading.
        watch: Called at every change.
        cancel_was_asked: Whether fal was asked to cancel the job.
        lacks: Checks an answer; if it lacks a file, fal is asked for the answer again.
        patience_s: How long the request is followed, in seconds.

    Raises:
        StillOnRecord: The patience of one run has ended; asking again buys nothing.
        Gone: fal no longer knows the request.
        Refused: fal no longer accepts the key; the job stays on record.
        Terminal: An address on record is not fal's.
    """
    async with fal.client() as client:
        stream = StatusStream(accepted, client, clock)
        progress = JobProgress(what, say, watch, clock, patience_s)
        progress.accepted()
        watched = _Watched(
            accepted, Handle(accepted, client), what, clock, cancel_was_asked, lacks, patience_s
        )
        try:
            for pause in pauses():
                status = await watched.status()
                reach(Failpoint.POLL)
                progress.read(status, watched.why)
                if isinstance(status, Completed):
                    reach(Failpoint.COMPLETED_SEEN)
                    outcome = await watched.result(status)
                    if outcome is not None:
                        return outcome
                    progress.no_result(watched.why)
                outcome = watched.at_last()
                if outcome is not None:
                    return outcome
                await stream.pause(pause)
        finally:
            await stream.stop()
    raise AssertionError("the pauses do not end")


async def look_once(
    accepted: Accepted,
    fal: FalConnection,
    *,
    what: str,
    clock: Clock,
    lacks: Lacks = lacks_nothing,
) -> Outcome | Status | None:
    """Ask for the state of a job that fal was asked to cancel; read its answer if it has ended.

    No request is sent that could buy. fal is asked a few times, because one reply proves no end.

    Returns:
        How the job ended, or its status; None if fal gave no usable answer.

    Raises:
        Gone: fal no longer knows the request.
        Refused: fal no longer accepts the key.
        Terminal: An address on record is not fal's.
    """
    async with fal.client() as client:
        watched = _Watched(accepted, Handle(accepted, client), what, clock, True, lacks)
        for pause in islice(pauses(), TIMES_MISSING):
            status = await watched.status()
            if status is not None and not isinstance(status, Completed):
                return status
            outcome = await watched.result(status) if status is not None else None
            if outcome is not None:
                return outcome
            await clock.sleep(pause)
    return None


class _Watched:
    """A job, and fal's replies about it so far.

    Attributes:
        why: The last unusable reply to a request for the status or the result, in words.
    """

    def __init__(
        self,
        accepted: Accepted,
        handle: Handle,
        what: str,
        clock: Clock,
        cancel_was_asked: bool,
        lacks: Lacks,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.why = ""
        self._lacks = lacks
        self._patience_s = patience_s
        self._accepted = accepted
        self._handle = handle
        self._what = what
        self._clock = clock
        self._cancel_was_asked = cancel_was_asked
        self._began = clock.monotonic()
        self._unknown_in_a_row, self._has_no_status = 0, False
        self._forget_results()

    def _forget_results(self) -> None:
        """Discard earlier replies about the result, because the job has not ended after all."""
        self._unread = 0
        self._unread_since: float | None = None
        self._missing_in_a_row = 0
        self._has_failed = False
        self._lacking: list[Outcome] = []
        self._words, self._same_words = "", 0

    async def status(self) -> Status | None:
        """Ask for the status; None if there was no usable reply."""
        try:
            status = await self._handle.status()
        except NoReply as error:
            self.why, self._has_no_status = error.message, True
            self._check_key(error.reply)
            self._unknown_in_a_row = self._unknown_in_a_row + 1 if _is_unknown(error) else 0
            if self._unknown_in_a_row == TIMES_MISSING:
                raise self._gone() from None
            return None
        self._unknown_in_a_row, self._has_no_status = 0, False
        if not isinstance(status, Completed):
            self._forget_results()
        return status

    async def result(self, status: Completed) -> Outcome | None:
        """Ask for the result; None if the reply does not decide how the job ended."""
        try:
            reply = await self._handle.result()
        except NoReply as error:
            self._lacking.clear()
            return self._no_result(error, status)
        outcome = Outcome(reply.data, None, billed_units(reply))
        lacking = self._lacks(reply.data)
        if not lacking:
            return outcome
        # A proxy may send any body with a 200, and a file may be late.
        self._lacking.append(outcome)
        incomplete = NoReply(f"HTTP {reply.code}: {lacking}")
        incomplete.reply = reply
        return self._no_result(incomplete, status)

    def _no_result(self, error: NoReply, status: Completed) -> Outcome | None:
        reply = error.reply
        self._check_key(reply)
        self.why = error.message
        self._unread += 1
        if self._unread_since is None:
            self._unread_since = self._clock.monotonic()
        units = billed_units(reply) if reply is not None else None
        stated = stated_failure(status.error, status.error_type, self._what, units)
        failed = self._failure(reply)
        if failed is not None:
            # A proxy may send such a reply once. If the job has ended, the reply comes again.
            if stated is not None or self._has_failed:
                return _failed(failed, units)
            self._has_failed = True
            return None
        self._has_failed = False
        words = untyped_words(reply) if reply is not None else ""
        self._same_words = self._same_words + 1 if words == self._words else 1
        self._words = words
        if words and self._same_words >= TIMES_STATED:
            return _failed(untyped_failure(words, self._what, units), units)
        if stated is not None:
            return _failed(stated, units) if self._unread >= TIMES_STATED else None
        self._missing_in_a_row = self._missing_in_a_row + 1 if _is_unknown(error) else 0
        if self._missing_in_a_row == TIMES_MISSING:
            raise self._gone() from None
        return None

    def at_last(self) -> Outcome | None:
        """Stop following the job when the patience of one run has ended.

        Returns:
            The last answer, if every answer lacked a file; None to continue.

        Raises:
            StillOnRecord: The patience has ended.
        """
        now, request_id = self._clock.monotonic(), self._accepted.request_id
        if self._unread_since is not None and now >= self._unread_since + RESULT_PATIENCE_S:
            if len(self._lacking) >= TIMES_STATED:
                return self._lacking[-1]
            raise self._still_on_record(
                f"fal says that request {request_id} is done, but its result could not be read for "
                f"{RESULT_PATIENCE_S / 60:.0f} minutes (last: {self.why})"
            )
        if now >= self._began + self._patience_s:
            minutes = f"{self._patience_s / 60:.0f} minutes"
            unread = f"the status of request {request_id} can't be read (last: {self.why})"
            raise self._still_on_record(
                f"{unread}, although shotgraph asked for {minutes}"
                if self._has_no_status
                else f"fal has not finished request {request_id} within {minutes}"
            )
        return None

    def _failure(self, reply: Reply | None) -> Failure | None:
        if reply is None:
            return None
        return failure(reply, self._what, cancel_was_asked=self._cancel_was_asked)

    def _check_key(self, reply: Reply | None) -> None:
        if reply is not None:
            refused = key_refusal(reply, self._what, self._accepted.request_id)
            if refused is not None:
                raise refused

    def _still_on_record(self, why: str) -> StillOnRecord:
        error = StillOnRecord(
            f"{self._what}: {why}. The job stays on record, and may be billed: run again to wait "
            "for it; nothing is bought twice. The address of the request is "
            f"{self._accepted.response_url}"
        )
        error.request_id, error.why = self._accepted.request_id, why
        return error

    def _gone(self) -> Gone:
        error = Gone(
            f"{self._what}: fal no longer knows request {self._accepted.request_id}, which fal "
            "had accepted. If the request made a clip, the clip can't be fetched any more. The job "
            "was not bought again"
        )
        error.request_id = self._accepted.request_id
        return error


def _is_unknown(error: NoReply) -> bool:
    return error.reply is not None and is_unknown_request(error.reply)


def _failed(failed: Failure, units: Decimal | None) -> Outcome:
    return Outcome(
        None,
        failed.error,
        units,
        was_cancelled=failed.was_cancelled,
        may_be_billed=failed.may_be_billed,
    )
