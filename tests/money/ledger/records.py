"""Records of attempts, as the parts of a purchase put them."""

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from shotgraph.keys import Key
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.events import (
    Accepted,
    CancelAsked,
    Doubt,
    Ended,
    Event,
    Forgotten,
    GivenUp,
    Intent,
    Turned,
)

AT = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
LEASE = timedelta(seconds=20)
UNTIL_SAFE = timedelta(minutes=2)
PRICE_USD = Decimal("0.63")
URL = "https://queue.fal.run/fal-ai/kling-video/requests/0a1b2c"

DOUBT = Doubt(at=AT, why="the connection was lost")
ACCEPTED = Accepted(
    at=AT,
    request_id="0a1b2c",
    status_url=f"{URL}/status",
    response_url=URL,
    cancel_url=f"{URL}/cancel",
)
TURNED = Turned(at=AT, why="429")
GIVEN_UP = GivenUp(at=AT, why="it is not there")
CANCEL = CancelAsked(at=AT, reply="fal was asked to cancel it")
FAILED = Ended(at=AT, succeeded=False, why="422")
SUCCEEDED = Ended(at=AT, succeeded=True, cost_usd=PRICE_USD, output={})
FORGOTTEN = Forgotten(at=AT, why="a person decided so")


def key_of(words: str) -> Key:
    """A key for a job that is known by some words only."""
    return Key(hashlib.sha256(words.encode()).hexdigest())


KEY = key_of("a job")


def intent(
    key: Key = KEY, *, at: datetime = AT, usd: Decimal = PRICE_USD, owner: str = "host:1"
) -> Intent:
    return Intent(
        at=at,
        key=key,
        send_before=at + LEASE,
        safe_from=at + UNTIL_SAFE,
        endpoint_id="fal-ai/kling-video/o1/standard/video-to-video/edit",
        backend="fal",
        queue_url="https://queue.fal.run",
        step="dusk",
        take=1,
        arguments='{"prompt":"dusk"}',
        body={"prompt": "dusk"},
        estimate_usd=usd,
        owner=owner,
    )


def accepted(request_id: str) -> Accepted:
    return ACCEPTED.model_copy(update={"request_id": request_id})


async def put_attempt(ledger: Ledger, *events: Event, key: Key = KEY) -> Attempt:
    """Begin the next attempt, and put these events on record."""
    attempt = await ledger.begin(await ledger.latest(key), intent(key))
    assert attempt is not None
    for event in events:
        attempt = await ledger.record(attempt, event)
    return attempt
