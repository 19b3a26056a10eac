"""Another run decides about an attempt first: what is said of it is what is on record."""

import pytest

from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.buy import buy
from shotgraph.money.claims import Claims
from shotgraph.money.events import Accepted
from shotgraph.money.follow import Gone
from shotgraph.money.reconcile import give_up
from tests.money.ledger.conftest import Connect
from tests.money.ledger.records import ACCEPTED, put_attempt
from tests.money.ledger.test_takes import shot
from tests.rehearsal.client import Client


async def test_what_was_found_is_not_said_to_be_given_up(
    ledger: Ledger, connect: Connect, said: list[str]
) -> None:
    attempt = await put_attempt(ledger)
    await ledger.record(attempt, ACCEPTED)
    await give_up(connect(), attempt, "fal does not list the job", is_sure=True)
    assert said == []
    assert (await ledger.latest(attempt.key)).state == "in_flight"


async def test_a_request_that_was_found_first_is_not_called_given_up(
    server: Client, connect: Connect, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    take, session = Claims.take, connect()
    other = ACCEPTED.model_copy(
        update={
            name: f"{server.bases.queue_url}/fal-ai/kling-video/requests/other{end}"
            for name, end in (("status_url", "/status"), ("response_url", ""), ("cancel_url", ""))
        }
    )

    async def too_late(self: Claims, attempt: Attempt, accepted: Accepted) -> bool:
        await session.ledger.record(attempt, other)
        return await take(self, attempt, accepted)

    monkeypatch.setattr(Claims, "take", too_late)
    with pytest.raises(Gone):
        await buy(session, shot(session))
    (job,) = await server.jobs()
    (told,) = (line for line in said if "by then" in line)
    assert f"another run had found request {ACCEPTED.request_id} for this attempt" in told
    assert f"Request {job['request_id']} is left for another job with the same input" in told
    assert "given up" not in told
    assert await server.submits() == 1
