"""Which purchases count in a run's sum, and that they are noted before a byte leaves."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from shotgraph.errors import Ambiguous, FullDisk, Retryable, Terminal
from shotgraph.money.accounts import Account, AccountEntry, Accounts
from shotgraph.money.attempts import Ledger
from shotgraph.money.buy import buy
from shotgraph.money.events import Turned
from shotgraph.money.job import Job
from shotgraph.money.session import Session
from shotgraph.store import RecordStore, Store
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.ledger.conftest import Connect
from tests.money.ledger.records import AT, key_of
from tests.money.scripted import Heard, ScriptedServer, reply
from tests.rehearsal.client import Client

FIRST = Account(film="harbour at dusk", run_id="0f3a")
SECOND = Account(film="harbour at dusk", run_id="77b1")
OTHER = Account(film="harbour_at_dusk", run_id="0f3a")


def shot(session: Session, words: str = "the harbour at dusk") -> Job:
    return job_of(Shot(prompt=words), session.fal.backend)


def entry(account: Account, words: str = "a job") -> AccountEntry:
    key = key_of(words)
    return AccountEntry(
        at=AT, account=account, step="dusk", kind="edit", asked=key, how="ran", key=key, number=2
    )


async def test_each_account_has_its_own_entries(store: Store) -> None:
    accounts = Accounts(store.records)
    for account, words in ((FIRST, "one"), (FIRST, "two"), (SECOND, "one"), (OTHER, "three")):
        await accounts.note(entry(account, words))
    assert [one.key for one in await accounts.of_run(SECOND)] == [key_of("one")]
    assert {one.key for one in await accounts.of_run(FIRST)} == {key_of("one"), key_of("two")}
    assert await accounts.of_film(FIRST.film) == {(key_of("one"), 2), (key_of("two"), 2)}
    # Names that would be one folder's are not mixed up.
    assert await accounts.of_film(OTHER.film) == {(key_of("three"), 2)}
    assert await accounts.of_film("never made") == set()


async def test_the_first_note_of_an_attempt_holds(store: Store) -> None:
    accounts = Accounts(store.records)
    await accounts.note(entry(FIRST))
    await accounts.note(entry(FIRST).model_copy(update={"how": "resumed"}))
    assert [one.how for one in await accounts.of_run(FIRST)] == ["ran"]


@pytest.mark.parametrize("change", [{"version": 2}, {"at": "then"}], ids=["newer", "damaged"])
async def test_an_entry_that_can_not_be_read_is_named(
    change: dict[str, object], store: Store, folder: Path
) -> None:
    accounts = Accounts(store.records)
    await accounts.note(entry(FIRST))
    (path,) = folder.glob("accounts/*/*/*.json")
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}))
    with pytest.raises(Terminal, match=r"record accounts/.*the cost of this run is not known"):
        await accounts.of_run(FIRST)


async def test_what_a_run_sends_is_noted(server: Client, connect: Connect, store: Store) -> None:
    session = connect(account=FIRST)
    await buy(session, shot(session))
    (noted,) = await Accounts(store.records).of_run(FIRST)
    job = shot(session)
    assert (noted.key, noted.number, noted.asked) == (job.key, 1, job.key)
    assert (noted.step, noted.kind, noted.how) == (job.step, "reference_to_video", "ran")
    # What is there costs the next run nothing.
    await buy(connect(account=SECOND), job)
    assert await Accounts(store.records).of_run(SECOND) == []


async def test_a_run_without_an_account_notes_nothing(
    server: Client, connect: Connect, store: Store
) -> None:
    session = connect()
    await buy(session, shot(session))
    assert await store.records.names("accounts") == []


async def test_what_a_run_takes_up_is_noted_as_that(
    server: Client, connect: Connect, store: Store
) -> None:
    await server.fault("listing_late", seconds=3600)
    await server.fault("drop", times=1)
    first = connect(account=FIRST)
    with pytest.raises(Ambiguous):
        await buy(first, shot(first))
    second = connect(account=SECOND)
    with pytest.raises(Ambiguous):
        await buy(second, shot(second))
    accounts = Accounts(store.records)
    assert [one.how for one in await accounts.of_run(FIRST)] == ["ran"]
    assert [one.how for one in await accounts.of_run(SECOND)] == ["resumed"]
    assert await accounts.of_film(FIRST.film) == {(shot(first).key, 1)}


async def test_a_clip_that_is_only_fetched_costs_its_run_nothing(
    server: Client, connect: Connect, store: Store
) -> None:
    await server.fault("html", at="media")
    first, second = connect(account=FIRST), connect(account=SECOND)
    job = shot(first)
    for session, is_paid_here in ((first, True), (first, True), (second, False)):
        with pytest.raises(Terminal) as failed:
            await buy(session, job)
        if not is_paid_here:
            assert failed.value.cost_usd == 0
    await server.lift()
    fetched = await buy(second, job)
    assert fetched.how == "resumed"
    assert fetched.cost_usd == 0
    assert fetched.result.cost_usd > 0, "what it cost stays on record"
    (kept,) = store.records.names_now(f"results/{job.key}")
    assert store.folder is not None
    (store.folder / kept).unlink()
    assert (await buy(first, job)).cost_usd == fetched.result.cost_usd


async def test_a_clip_that_finds_no_room_is_named_with_what_was_paid(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise FullDisk.of("/store")

    monkeypatch.setattr("shotgraph.money.keep.fetch", full)
    session = connect(account=FIRST)
    with pytest.raises(FullDisk) as caught:
        await buy(session, shot(session))
    assert caught.value.cost_usd > 0
    said = caught.value.message
    assert f"request {caught.value.request_id} of" in said
    assert "is drawn and paid for (at most $" in said
    assert said.count("Make room there") == 1
    assert said.endswith("and run again. The next run fetches the file; nothing is bought again")


async def test_it_is_noted_before_a_byte_leaves(connect: Connect, store: Store) -> None:
    noted_by_then: list[list[str]] = []

    def answer(request: Heard) -> bytes:
        if request.method == "POST":
            noted_by_then.append(store.records.names_now("accounts"))
        return reply(422, {"detail": "no"})

    async with ScriptedServer(answer) as fal:
        session = connect(account=FIRST)
        at_it = connect(account=FIRST, fal=replace(session.fal, bases=fal.bases))
        with pytest.raises(Terminal):
            await buy(at_it, shot(at_it))
    assert [len(names) for names in noted_by_then] == [1]


async def test_what_can_not_be_noted_is_not_sent(
    server: Client, connect: Connect, store: Store, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = RecordStore.put_if_absent

    async def full(records: RecordStore, name: str, data: bytes, **given: object) -> bool:
        if name.startswith("accounts/"):
            raise Retryable("the store is full")
        return await put(records, name, data, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(RecordStore, "put_if_absent", full)
    session = connect(account=FIRST)
    with pytest.raises(Retryable, match="full"):
        await buy(session, shot(session))
    assert (await server.book())["counts"].get("submits", 0) == 0
    attempt = await ledger.latest(shot(session).key)
    assert attempt.find(Turned) is not None, "nobody has to wait for it"
