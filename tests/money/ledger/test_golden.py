"""Old ledgers stay readable: every version under ``golden`` is read, for ever."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from shotgraph.inputs.hosts import FalBases
from shotgraph.inputs.known_media import KnownUrls, known_asset
from shotgraph.keys import Key
from shotgraph.model.references import Asset, RemoteUrl, Sha256
from shotgraph.money.accounts import Accounts
from shotgraph.money.attempts import TABLE, Attempt, JobState, Ledger
from shotgraph.money.budget import Budget, Budgets
from shotgraph.money.claims import Claims
from shotgraph.money.events import SLOTS, Accepted, Ended, Event, Intent
from shotgraph.money.results import Results
from shotgraph.money.settled import Lineage
from tests.money.clocks import SteppingClock
from tests.money.ledger.golden_cases import AT
from tests.money.ledger.golden_copy import VERSIONS, Golden, copy, job_of
from tests.money.ledger.golden_ledger import ACCOUNT, write
from tests.money.ledger.golden_media import GOLDEN
from tests.money.ledger.write_golden import main

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NEWEST = max(VERSIONS, key=lambda version: int(version[1:]))


@pytest.fixture(params=VERSIONS)
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Golden:
    return copy(request.param, tmp_path / "copy")


@pytest.fixture
def ledger(golden: Golden) -> Ledger:
    return Ledger(golden.store.records)


def test_there_are_golden_ledgers() -> None:
    assert "v1" in VERSIONS
    assert sorted(f"v{number}" for number in range(1, len(VERSIONS) + 1)) == VERSIONS


async def test_every_job_has_its_state_its_request_and_its_cost(
    golden: Golden, ledger: Ledger
) -> None:
    assert {attempt.key for attempt in await ledger.all_latest()} == set(golden.known.jobs)
    for key, job in golden.jobs():
        attempt = await ledger.latest(key)
        accepted, ended = attempt.find(Accepted), attempt.find(Ended)
        assert (attempt.number, attempt.state) == (job.number, job.state), job.words
        assert (accepted.request_id if accepted else None) == job.request_id, job.words
        assert (ended.cost_usd if ended else None) == job.cost_usd, job.words


async def test_every_intent_says_which_job_it_is_for(golden: Golden, ledger: Ledger) -> None:
    """The keys of today are those of then: or all that was bought would be bought again."""
    for key, job in golden.jobs():
        intent = (await ledger.latest(key)).find(Intent)
        assert intent is not None
        assert (intent.key, intent.step, intent.take) == (key, job.words, job.take)
        assert (await job_of(golden.store, key)).key == key, job.words


async def test_every_budget_has_its_sum(golden: Golden, ledger: Ledger) -> None:
    budgets = Budgets(golden.store.records, ledger)
    for name, spent_usd in golden.known.budgets.items():
        budget = Budget(name=name, limit_usd=Decimal(1000))
        assert await budgets.spent_usd(budget, NOW) == spent_usd


async def test_every_account_has_its_sum(golden: Golden) -> None:
    """The day's budget holds the same attempts; before version 3 there were no accounts."""
    accounts = Accounts(golden.store.records)
    sum_usd = (await accounts.money_of(ACCOUNT)).most_usd
    has_accounts = bool(await golden.store.records.names("accounts"))
    assert sum_usd == (golden.known.budgets["day 2025-01-06"] if has_accounts else 0)
    assert len(await accounts.of_film(ACCOUNT.film)) == len(await accounts.of_run(ACCOUNT))


async def test_every_local_job_says_what_it_took(golden: Golden) -> None:
    lineage = await Lineage(golden.store.records).all()
    taken = [set(one.media) for one in lineage.values()]
    assert taken == ([set(golden.known.urls.values())] if lineage else [])


async def test_every_claim_has_its_owner(golden: Golden, ledger: Ledger) -> None:
    claims = Claims(golden.store.records)
    for request_id, (key, number) in golden.known.claims.items():
        owner = await claims.owner(request_id)
        assert owner is not None
        assert (owner.key, owner.number, owner.accepted.request_id) == (key, number, request_id)
        attempt = await ledger.attempt(Key(key), number)
        assert await claims.of(attempt, AT - timedelta(days=1)) == owner.accepted


async def test_every_result_is_there_with_its_bytes(golden: Golden) -> None:
    results = Results(golden.store)
    for key, sha256 in golden.known.results.items():
        result = await results.get(Key(key))
        assert result is not None
        assert result == results.get_now(Key(key))
        assert (result.key, result.asset.sha256) == (key, sha256)
        assert result.info.size_bytes == result.asset.size_bytes
        assert (await golden.store.assets.file(result.asset)).is_file()
        job = golden.known.jobs.get(key)
        if job is not None:
            assert (result.request_id, result.cost_usd) == (job.request_id, job.cost_usd)
    assert {key for key, job in golden.jobs() if job.then == "cached"} < set(golden.known.results)


async def test_what_fal_has_is_known(golden: Golden) -> None:
    clock = SteppingClock()
    clock.pass_by((AT + timedelta(hours=4) - clock.now()).total_seconds())
    uploads = KnownUrls(FalBases(), golden.store, clock)
    for sha256, url in golden.known.uploads.items():
        asset = Asset(sha256=Sha256(sha256), kind="image", size_bytes=0, content_type="")
        assert await uploads.latest(asset) == url
    for url, sha256 in golden.known.urls.items():
        found = known_asset(RemoteUrl(url=url), "video", golden.store)
        assert isinstance(found, Asset)
        assert found.sha256 == sha256


async def all_attempts(golden: Golden, ledger: Ledger) -> list[Attempt]:
    return [
        await ledger.attempt(key, number)
        for key, job in golden.jobs()
        for number in range(1, job.number + 1)
    ]


async def test_nothing_is_missing_in_the_newest(tmp_path: Path) -> None:
    """Every kind of record, every event, and every step of the table of states."""
    newest = copy(NEWEST, tmp_path / "copy")
    folders = {path.name for path in (GOLDEN / NEWEST / "store").iterdir()}
    assert folders == {
        "accounts",
        "attempts",
        "budgets",
        "claims",
        "lineage",
        "objects",
        "results",
        "uploads",
        "urls",
    }
    attempts = await all_attempts(newest, Ledger(newest.store.records))
    events = [event for attempt in attempts for event in attempt.events.values()]
    assert {type(event) for event in events} == set(get_args(Event))
    assert {attempt.state for attempt in attempts} | {"new"} == set(get_args(JobState))
    gone_through = set()
    for attempt in attempts:
        path = Attempt(attempt.key, attempt.number)
        for slot in SLOTS:
            if slot in attempt.events:
                event = attempt.events[slot]
                gone_through.add((path.state, happening(event)))
                path = path.with_event(event)
    assert gone_through == set(TABLE)


def happening(event: Event) -> str:
    if isinstance(event, Ended):
        return "success" if event.succeeded else "failure"
    return event.what


async def test_the_newest_is_what_is_written_today(tmp_path: Path) -> None:
    """If not, a record has a new form: write a version of it, and keep those before."""
    await write(tmp_path / "today")
    assert tree(tmp_path / "today") == tree(GOLDEN / NEWEST)


def tree(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("arguments", [["v1"], [NEWEST], [], ["v0"], ["../v2"], ["v2", "v3"]])
def test_what_is_written_is_never_written_anew(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(GOLDEN)
    assert main(arguments) == 2
    assert tree(GOLDEN) == before
    assert "v" in capsys.readouterr().err
