"""The guards of the paid path, each of which can be taken out, to see what it holds up."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from shotgraph.errors import Ambiguous
from shotgraph.failpoints import Failpoint, reach
from shotgraph.money import send, submit
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.claims import Claims
from shotgraph.money.events import Accepted, Intent
from shotgraph.money.windows import Windows
from shotgraph.store import RecordStore


def take_out(guard: str) -> None:
    """Take one out, in this process."""
    GUARDS[guard]()


def _intent() -> None:
    """Nothing is on record before the job is sent."""

    async def begin(ledger: Ledger, after: Attempt, intent: Intent) -> Attempt | None:
        return Attempt(after.key, after.number + 1).with_event(intent)

    _replace(Ledger, "begin", begin)


def _wait() -> None:
    """Buying again is taken to be safe at once."""
    _replace(Windows, "until_safe", property(lambda windows: timedelta(0)))


def _deadline() -> None:
    """A job is sent however late it is."""

    async def trace(wire: Any, event: str, info: dict[str, Any]) -> None:
        if event.endswith("connect_tcp.complete"):
            reach(Failpoint.CONNECTED)
        elif event.endswith("send_request_headers.started"):
            wire.sent = True

    _replace(submit._Wire, "trace", trace)


def _claim() -> None:
    """Whoever finds a request takes it."""

    async def take(claims: Claims, attempt: Attempt, accepted: Accepted) -> bool:
        return True

    _replace(Claims, "take", take)


def _conditional_write() -> None:
    """A record is written whether it is there or not."""

    async def put(
        records: RecordStore, name: str, data: bytes, *, at: Failpoint | None = None
    ) -> bool:
        if at is not None:
            reach(at)
        assert records._folder is not None
        path = records._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(path.write_bytes, data)
        return True

    _replace(RecordStore, "put_if_absent", put)


def _classification() -> None:
    """An answer that was lost counts as a job that was not sent."""
    submit_once = submit.submit_once

    async def submit_again(*given: Any, **named: Any) -> Accepted:
        try:
            return await submit_once(*given, **named)
        except Ambiguous as error:
            raise submit.NotSent(error.message) from None

    _replace(send, "submit_once", submit_again)


def _lease() -> None:
    """Nobody minds that another run is still sending."""

    def is_leased(attempt: Attempt, now: datetime) -> bool:
        return False

    _replace(Attempt, "is_leased", is_leased)


GUARDS: dict[str, Callable[[], None]] = {
    "intent": _intent,
    "wait": _wait,
    "deadline": _deadline,
    "claim": _claim,
    "conditional write": _conditional_write,
    "classification": _classification,
    "lease": _lease,
}


def _replace(owner: object, name: str, value: object) -> None:
    assert hasattr(owner, name), f"{owner} has no {name} any more"
    setattr(owner, name, value)
