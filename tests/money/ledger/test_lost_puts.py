"""The store fails just before a job is sent: nothing was sent, and the next run may buy at once."""

from typing import Any

import pytest

from shotgraph.errors import Retryable
from shotgraph.money.attempts import Ledger
from shotgraph.money.buy import buy
from shotgraph.store import RecordStore
from tests.money.ledger.conftest import Connect
from tests.money.ledger.records import KEY, intent
from tests.money.ledger.test_takes import shot
from tests.rehearsal.client import Client

LOST = Retryable("the store could not keep it: the connection was reset")
INTENT = "/intent.json"
put = RecordStore.put_if_absent


async def test_a_put_that_was_repeated_by_the_client_of_a_bucket_has_won(
    server: Client, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def put_twice(self: RecordStore, name: str, data: bytes, **named: Any) -> bool:
        if name.endswith(INTENT):
            await put(self, name, data, **named)
        return await put(self, name, data, **named)

    monkeypatch.setattr(RecordStore, "put_if_absent", put_twice)
    assert (await buy(connect(), shot(connect()))).how == "ran"
    assert await server.submits() == 1


async def test_an_intent_of_another_process_has_not_won(ledger: Ledger) -> None:
    before = await ledger.latest(KEY)
    assert await ledger.begin(before, intent(owner="one:1:a"))
    assert await ledger.begin(before, intent(owner="one:1:b")) is None


@pytest.mark.parametrize("is_kept", [True, False])
async def test_a_put_whose_reply_was_lost_is_withdrawn(
    is_kept: bool, server: Client, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[str] = []

    async def put_and_lose(self: RecordStore, name: str, data: bytes, **named: Any) -> bool:
        if not name.endswith(INTENT) or lost:
            return await put(self, name, data, **named)
        lost.append(name)
        if is_kept:
            await put(self, name, data, **named)
        raise LOST

    monkeypatch.setattr(RecordStore, "put_if_absent", put_and_lose)
    session = connect()
    with pytest.raises(Retryable, match="the connection was reset"):
        await buy(session, shot(session))
    attempt = await session.ledger.latest(shot(session).key)
    assert attempt.state == ("turned" if is_kept else "new")
    assert await server.submits() == 0
    assert (await buy(session, shot(session))).how == "ran"
    assert await server.submits() == 1


async def test_an_intent_that_can_not_be_read_back_is_withdrawn(
    server: Client, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, failed = RecordStore.names, list[str]()

    async def not_once(self: RecordStore, prefix: str, **named: Any) -> list[str]:
        if prefix.endswith("/000001") and not failed:
            failed.append(prefix)
            raise LOST
        return await names(self, prefix, **named)

    monkeypatch.setattr(RecordStore, "names", not_once)
    session = connect()
    with pytest.raises(Retryable, match="the connection was reset"):
        await buy(session, shot(session))
    assert (await session.ledger.latest(shot(session).key)).state == "turned"
    assert (await buy(session, shot(session))).how == "ran"
    assert await server.submits() == 1
