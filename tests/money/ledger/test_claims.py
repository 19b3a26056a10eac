"""A request at fal is one attempt's: whoever claims it first has it."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shotgraph.errors import Terminal
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.claims import Claims
from shotgraph.money.events import Accepted
from shotgraph.store import Store, open_store
from tests.money.ledger.records import DOUBT, GIVEN_UP, TURNED, accepted, key_of, put_attempt

REQUEST = accepted("6f1c2b44-0d5e-4d0a-9a53-3d8d0b7d9f10")
AGES_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def claims(store: Store) -> Claims:
    return Claims(store.records)


@pytest.fixture
async def mine(ledger: Ledger) -> Attempt:
    return await put_attempt(ledger, key=key_of("mine"))


@pytest.fixture
async def theirs(ledger: Ledger) -> Attempt:
    return await put_attempt(ledger, DOUBT, key=key_of("theirs"))


async def test_the_first_has_it(claims: Claims, mine: Attempt, theirs: Attempt) -> None:
    assert await claims.owner(REQUEST.request_id) is None
    assert await claims.take(mine, REQUEST)
    assert await claims.take(mine, REQUEST), "it may say so twice"
    assert not await claims.take(theirs, REQUEST)
    owner = await claims.owner(REQUEST.request_id)
    assert owner is not None
    assert (owner.key, owner.number, owner.accepted) == (mine.key, 1, REQUEST)


async def test_of_those_that_race_one_has_it(folder: Path, ledger: Ledger) -> None:
    for number in range(3):
        attempts = [await put_attempt(ledger, key=key_of(f"{number} {one}")) for one in range(8)]
        request, line = accepted(f"request-{number}"), threading.Barrier(len(attempts))
        took: list[Attempt] = []

        def take(
            attempt: Attempt,
            request: Accepted = request,
            line: threading.Barrier = line,
            took: list[Attempt] = took,
        ) -> None:
            claims = Claims(open_store(str(folder)).records)
            line.wait()
            if asyncio.run(claims.take(attempt, request)):
                took.append(attempt)

        threads = [threading.Thread(target=take, args=(attempt,)) for attempt in attempts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (winner,) = took
        owner = await Claims(open_store(str(folder)).records).owner(request.request_id)
        assert owner is not None
        assert owner.key == winner.key


async def test_whoever_loses_puts_the_winner_on_record(
    claims: Claims, ledger: Ledger, mine: Attempt, theirs: Attempt
) -> None:
    await claims.take(mine, REQUEST)
    assert (await ledger.latest(mine.key)).state == "sending"
    assert not await claims.take(theirs, REQUEST)
    latest = await ledger.latest(mine.key)
    assert (latest.state, latest.find(Accepted)) == ("in_flight", REQUEST)


@pytest.mark.parametrize("otherwise", [TURNED, GIVEN_UP, accepted("another")], ids=lambda e: e.what)
async def test_a_claim_that_came_to_nothing_makes_room(
    otherwise: Accepted,
    claims: Claims,
    ledger: Ledger,
    mine: Attempt,
    theirs: Attempt,
    store: Store,
) -> None:
    await claims.take(mine, REQUEST)
    await ledger.record(mine, otherwise)
    owner = await claims.owner(REQUEST.request_id)
    assert owner is None, "nobody has it"
    assert await claims.take(theirs, REQUEST)
    owner = await claims.owner(REQUEST.request_id)
    assert owner is not None
    assert owner.key == theirs.key
    first = f"claims/{REQUEST.request_id}"
    assert await store.records.names("claims") == [f"{first}.2.json", f"{first}.json"]
    assert not await claims.take(await put_attempt(ledger, key=key_of("a third")), REQUEST)


async def test_an_attempt_finds_what_it_claimed(
    claims: Claims, mine: Attempt, theirs: Attempt
) -> None:
    assert await claims.of(mine, AGES_AGO) is None
    await claims.take(mine, REQUEST)
    assert await claims.of(mine, AGES_AGO) == REQUEST
    assert await claims.of(theirs, AGES_AGO) is None
    assert await claims.of(Attempt(mine.key, 2), AGES_AGO) is None
    assert await claims.of(mine, datetime.now(UTC) + timedelta(hours=1)) is None


async def test_a_claim_that_can_not_be_read_is_nobodys_to_take(
    claims: Claims, mine: Attempt, theirs: Attempt, folder: Path
) -> None:
    await claims.take(mine, REQUEST)
    path = folder / "claims" / f"{REQUEST.request_id}.json"
    for damage in (b"", path.read_bytes()[:-9], b'{"version": 1}'):
        path.write_bytes(damage)
        for asked in (
            claims.take(theirs, REQUEST),
            claims.owner(REQUEST.request_id),
            claims.of(theirs, AGES_AGO),
        ):
            with pytest.raises(
                Terminal,
                match=f"claims/{path.name} can't be read.*which job that request belongs to",
            ):
                await asked


@pytest.mark.parametrize("odd", ["../../x", "a/b/c", ".", "x" * 500, "é\0 "])
async def test_an_odd_id_stays_among_the_claims(
    odd: str, claims: Claims, mine: Attempt, theirs: Attempt, folder: Path
) -> None:
    before = {path for path in folder.rglob("*") if path.is_file()}
    assert await claims.take(mine, accepted(odd))
    (claim,) = {path for path in folder.rglob("*") if path.is_file()} - before
    assert claim.parent == folder / "claims"
    assert not await claims.take(theirs, accepted(odd))
    assert await claims.of(mine, AGES_AGO) == accepted(odd)
