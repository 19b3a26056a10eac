"""When an attempt was sent, and whether enough time has passed since, by several clocks.

One wall clock is not enough to decide that a job can't exist any more: it may jump forward after
the job was sent, or may have been slow when the job was sent. So every available clock is asked,
and each of them can object:

* fal's clock, by the ``Date`` of the list that lacks the job
  (https://httpwg.org/specs/rfc9110.html#field.date);
* the machine's monotonic clock, if the machine has not restarted since;
* the store's clock, which dates the intent in a bucket. A folder has no clock of its own.

If none of them is available, nothing confirms the wall clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shotgraph.clock import Clock, boot_id
from shotgraph.money.attempts import Attempt
from shotgraph.money.events import Intent
from shotgraph.money.session import Session

DATE_STEP = timedelta(seconds=1)
"""``Date`` has whole seconds, and is rounded down."""
TOO_EARLY = "it is too early"
UNKNOWN = timedelta(days=1)
"""The assumed error of another machine's clock, if nothing else dates the attempt."""


@dataclass(frozen=True)
class Asked:
    """The moment at which fal was asked, by this machine's clocks.

    Attributes:
        now: The wall clock.
        uptime_s: The monotonic clock.
    """

    now: datetime
    uptime_s: float

    @classmethod
    def at(cls, clock: Clock) -> "Asked":
        """Read both clocks."""
        return cls(clock.now(), clock.monotonic())


@dataclass(frozen=True)
class Timing:
    """The times of one attempt, by all clocks.

    Attributes:
        earliest: The earliest moment at which it can have been sent, by fal's clock.
        safe_from: From this moment on, by fal's clock, buying again is safe if fal does not list
            the job.
        objection: The clock that says that it is too early, and its time, in words; empty if all
            clocks agree that enough time has passed.
    """

    earliest: datetime
    safe_from: datetime
    objection: str


async def timing_of(
    session: Session, attempt: Attempt, asked: Asked, dated: datetime | None
) -> Timing:
    """Ask every clock about an attempt.

    Args:
        session: The run's session: its store, and how far clocks may be apart.
        attempt: An attempt with an intent.
        asked: When fal was asked for its list.
        dated: When fal made that list, by fal's clock; None if it was not asked, or gave no date.

    Raises:
        Retryable: The store could not be read.
    """
    intent = attempt.find(Intent)
    assert intent is not None  # noqa: S101  an attempt begins with its intent
    put_at = await session.ledger.put_at(attempt, intent)
    passed_s = _uptime_passed_s(intent, asked)
    window = intent.safe_from - intent.at
    apart = timedelta(seconds=session.windows.skew_s) + DATE_STEP
    now = dated or asked.now
    known = [intent.at]
    if passed_s is not None:
        known.append(now - timedelta(seconds=passed_s))
    if put_at is not None:
        known.append(put_at)
    too_early = list(_too_early(intent, asked, dated, put_at, passed_s, window - apart))
    objection, safe_from = max(
        too_early, key=lambda each: each[1], default=(_unconfirmed(dated, passed_s), now)
    )
    return Timing(
        earliest=min(known) - (UNKNOWN if len(known) == 1 else timedelta(0)),
        safe_from=max(intent.safe_from, safe_from) if too_early else intent.safe_from,
        objection=objection,
    )


def _unconfirmed(dated: datetime | None, passed_s: float | None) -> str:
    if dated is not None or passed_s is not None:
        return ""
    return (
        "nothing confirms this machine's clock: fal's list has no date, and the job was sent by "
        "another machine, or before this one was started"
    )


def _too_early(
    intent: Intent,
    asked: Asked,
    dated: datetime | None,
    put_at: datetime | None,
    passed_s: float | None,
    least: timedelta,
) -> Iterator[tuple[str, datetime]]:
    """The clocks that object, each with its reason and the time when it no longer objects."""
    window = intent.safe_from - intent.at
    if dated is not None and dated - intent.at < least:
        yield f"fal's clock shows {dated:%Y-%m-%d %H:%M:%S} UTC", intent.safe_from
    if dated is not None and put_at is not None and dated - put_at < least:
        said = f"by the store's clock, the job was sent at {put_at:%Y-%m-%d %H:%M:%S} UTC"
        yield said, put_at + window
    if passed_s is not None and timedelta(seconds=passed_s) < least:
        said = f"this machine has run for only {passed_s:.0f} s since the job was sent"
        yield said, (dated or asked.now) + window - timedelta(seconds=passed_s)
    if asked.now < intent.safe_from:
        yield TOO_EARLY, intent.safe_from


def _uptime_passed_s(intent: Intent, asked: Asked) -> float | None:
    """How long ago the job was sent, by this machine's monotonic clock, in seconds."""
    if not intent.boot_id or intent.boot_id != boot_id() or intent.uptime_s is None:
        return None
    passed_s = asked.uptime_s - intent.uptime_s
    # A machine that is copied while it runs has the same boot id for two different clocks.
    return passed_s if passed_s >= 0 else None
