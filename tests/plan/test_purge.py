"""What a purge takes: old records on which nothing rests; and what it never takes."""

import asyncio
import json
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from obstore.store import MemoryStore
from typer.testing import CliRunner

from shotgraph.cli.main import app
from shotgraph.errors import InvalidInput
from shotgraph.keys import Key
from shotgraph.media.probe import probe
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.budget import Budget, Budgets
from shotgraph.money.claims import Claims
from shotgraph.money.days import Days
from shotgraph.money.events import Event
from shotgraph.money.results import Result, Results
from shotgraph.money.settled import Lineage
from shotgraph.plan.purge import find_old, remove
from shotgraph.report.manifest import put_manifest
from shotgraph.store import AssetStore, RecordStore, Store, open_store
from shotgraph.store.assets import copy_of
from tests.media.coded_clips import write_clip
from tests.money.ledger.records import (
    ACCEPTED,
    DOUBT,
    FAILED,
    GIVEN_UP,
    SUCCEEDED,
    TURNED,
    intent,
    key_of,
    put_attempt,
)
from tests.report.told_runs import medium, step, told

AGE = timedelta(days=90)
BUDGET = Budget(name="day 2026-01-01", limit_usd=Decimal(10))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


def grow_old(store: Store, *but: str) -> None:
    """Make every record an old one, except those with one of these words in their names."""
    assert store.folder is not None
    then = time.time() - 2 * AGE.total_seconds()
    for path in store.folder.rglob("*"):
        if path.is_file() and not any(word in str(path) for word in but):
            os.utime(path, (then, then))


async def purged(store: Store, *, films: bool = False) -> set[str]:
    before = set(await all_names(store))
    await remove(store, await find_old(store, datetime.now(UTC) - AGE, films=films))
    return before - set(await all_names(store))


async def all_names(store: Store) -> list[str]:
    folders = (
        "attempts",
        "claims",
        "budgets",
        "days",
        "uploads",
        "runs",
        "prices",
        "results",
        "decisions",
        "manifests",
    )
    return [name for folder in folders for name in await store.records.names(folder)]


@pytest.mark.parametrize(
    "events",
    [
        [], [DOUBT], [ACCEPTED], [DOUBT, ACCEPTED], [ACCEPTED, SUCCEEDED], [ACCEPTED, FAILED],
        [TURNED], [GIVEN_UP],
    ],
)  # fmt: skip
async def test_the_latest_attempt_of_a_job_stays(store: Store, events: list[Event]) -> None:
    ledger = Ledger(store.records)
    attempt = await put_attempt(ledger, *events)
    grow_old(store)
    assert await purged(store) == set()
    assert await ledger.latest(attempt.key) == attempt


async def test_attempts_that_were_followed_by_another_go(store: Store) -> None:
    ledger, key = Ledger(store.records), key_of("tried twice")
    first = await put_attempt(ledger, ACCEPTED, FAILED, key=key)
    second = await ledger.begin(first, intent(key))
    assert second is not None
    grow_old(store)
    gone = await purged(store)
    assert gone == {f"attempts/{key}/000001/{slot}.json" for slot in ("intent", "outcome", "ended")}
    latest = await ledger.latest(key)
    assert (latest.number, latest.state) == (2, "sending")
    assert await purged(store) == set()


async def test_what_is_young_stays(store: Store) -> None:
    ledger, key = Ledger(store.records), key_of("tried twice")
    first = await put_attempt(ledger, ACCEPTED, FAILED, key=key)
    assert await ledger.begin(first, intent(key)) is not None
    await store.records.put_if_absent("runs/film/20260101.json", b"{}")
    await store.records.put_if_absent("uploads/host/clip/1.json", b"{}")
    assert await purged(store) == set()


async def claimed(store: Store, words: str, request: str) -> Attempt:
    attempt = await put_attempt(Ledger(store.records), key=key_of(words))
    accepted = ACCEPTED.model_copy(update={"request_id": request})
    assert await Claims(store.records).take(attempt, accepted)
    return attempt


async def test_claims_go_when_nothing_is_looked_for(store: Store) -> None:
    attempt = await claimed(store, "one", "request-1")
    await Ledger(store.records).record(attempt, GIVEN_UP)
    grow_old(store)
    assert await purged(store) == {"claims/request-1.json"}


async def test_claims_stay_while_a_job_of_their_time_is_looked_for(store: Store) -> None:
    ours = await claimed(store, "one", "request-1")
    await Ledger(store.records).record(ours, GIVEN_UP)
    # Without the claim, this one could take the other one's request for its own.
    lost = intent(key_of("lost"), at=datetime.now(UTC) - 2 * AGE - timedelta(days=30))
    attempt = await Ledger(store.records).begin(Attempt(key_of("lost"), 0), lost)
    assert attempt is not None
    await Ledger(store.records).record(attempt, DOUBT)
    grow_old(store)
    assert await purged(store) == set()


async def reserved(store: Store, words: str, *events: Event) -> Key:
    ledger, key = Ledger(store.records), key_of(words)
    await Budgets(store.records, ledger).reserve(
        [BUDGET], key=key, number=1, usd=Decimal(1), now=datetime.now(UTC),
        until=datetime.now(UTC), what=words,
    )  # fmt: skip
    await put_attempt(ledger, *events, key=key)
    return key


async def test_a_budget_goes_as_a_whole_when_all_of_it_is_over(store: Store) -> None:
    await reserved(store, "one", ACCEPTED, SUCCEEDED)
    await reserved(store, "two", TURNED)
    grow_old(store)
    names = await store.records.names("budgets")
    old = await find_old(store, datetime.now(UTC) - AGE, films=False)
    assert old.records["budgets"] == sorted(names, reverse=True), "what is left has no gap"
    assert len(names) == 2
    assert await purged(store) == set(names)


@pytest.mark.parametrize("events", [[], [DOUBT], [ACCEPTED]])
async def test_a_budget_stays_while_a_job_of_it_may_cost_something(
    store: Store, events: list[Event]
) -> None:
    await reserved(store, "one", ACCEPTED, SUCCEEDED)
    await reserved(store, "two", *events)
    grow_old(store)
    assert await purged(store) == set()


async def test_a_budget_with_something_young_in_it_stays(store: Store) -> None:
    await reserved(store, "one", ACCEPTED, SUCCEEDED)
    await reserved(store, "two", ACCEPTED, SUCCEEDED)
    grow_old(store, "00000002.json")
    assert await purged(store) == set()


async def test_the_notes_of_old_days_go(store: Store) -> None:
    ledger, now = Ledger(store.records), datetime.now(UTC)
    await Days(store.records, ledger).note(now.date(), key_of("one"), 1)
    await Days(store.records, ledger).attempts(now.date())
    assert await purged(store) == set()
    grow_old(store)
    day = f"days/{now:%Y-%m-%d}"
    assert await purged(store) == {f"{day}/{key_of('one')}.000001.json", f"{day}/searched.json"}


async def test_of_runs_and_prices_the_last_one_stays(store: Store) -> None:
    twice = [f"{kind}/a/{number}.json" for kind in ("runs", "manifests") for number in (1, 2)]
    for name in (*twice, "runs/b/1.json", "manifests/b/1.json", "prices/x/1.json"):
        await store.records.put_if_absent(name, b"{}")
    await store.records.put_if_absent("uploads/host/clip/1.json", b"{}")
    await store.records.put_if_absent("decisions/key/000001.json", b"{}")
    grow_old(store)
    gone = {"runs/a/1.json", "manifests/a/1.json", "uploads/host/clip/1.json"}
    assert await purged(store) == gone


async def test_the_last_whole_run_of_a_film_stays_whatever_came_after_it(store: Store) -> None:
    runs = ("1-a-film-whole", "2-b-film-whole", "3-c-film-part", "4-d-rehearsal-whole",
            "5-e-film-part", "6-f-rehearsal-whole")  # fmt: skip
    for run in runs:
        await store.records.put_if_absent(f"manifests/film/{run}.json", b"{}")
    grow_old(store)
    gone = await purged(store)
    assert {name.partition("film/")[2].partition("-")[0] for name in gone} == {"1", "3", "4"}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", clip=1, frames=6)


@pytest.fixture
def other_clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "other.mp4", clip=2, frames=6)


async def made(
    store: Store,
    words: str,
    clip: Path,
    request_id: str | None = None,
    takes: Sequence[Result] | None = (),
) -> Result:
    """Keep a clip as what a job made; `takes` is None where nobody noted what the job took."""
    info = await probe(clip)
    if takes is not None:
        media = [one.asset.sha256 for one in takes]
        await Lineage(store.records).note(key_of(words), media)
    result = Result(
        key=key_of(words),
        recipe="a recipe",
        asset=await store.assets.add(clip, info.kind),
        info=info,
        request_id=request_id,
        cost_usd=Decimal(1),
        seconds=1,
        made_at=datetime.now(UTC),
    )
    await Results(store).put(result)
    return result


async def test_what_local_steps_made_goes_only_when_asked(store: Store, clip: Path) -> None:
    local = await made(store, "a cut", clip)
    grow_old(store)
    assert await purged(store) == set()
    assert len(await purged(store, films=True)) == 1
    assert not store.assets.here_now(local.asset.sha256)


async def test_what_was_paid_for_stays(store: Store, clip: Path) -> None:
    paid = await made(store, "a job", clip, request_id="0a1b2c")
    grow_old(store)
    assert await purged(store, films=True) == set()
    assert store.assets.here_now(paid.asset.sha256)


async def test_bytes_that_something_else_names_stay(
    store: Store, clip: Path, other_clip: Path
) -> None:
    paid = await made(store, "a job", clip, request_id="0a1b2c")
    await made(store, "a cut", clip)
    deployed = await made(store, "another cut", other_clip)
    named = f'{{"files": ["{deployed.asset.sha256}"]}}'.encode()
    await store.records.put_if_absent("bundles/one.json", named)
    grow_old(store)
    assert len(await purged(store, films=True)) == 2
    assert store.assets.here_now(paid.asset.sha256)
    assert store.assets.here_now(deployed.asset.sha256)


async def clips(store: Store, tmp_path: Path, *words: str) -> list[Result]:
    """Keep one clip for each local job, which takes the one before."""
    found: list[Result] = []
    for number, one in enumerate(words):
        clip = write_clip(tmp_path / f"made-{number}.mp4", clip=10 + number, frames=6)
        found.append(await made(store, one, clip, takes=found[-1:]))
    return found


async def sent(store: Store, *media: Result) -> None:
    """Put a job on record that is about to be sent with these."""
    named = "".join(f'{{"sha256":"{one.asset.sha256}"}}' for one in media)
    begun = intent(key_of("a job")).model_copy(update={"arguments": named})
    assert await Ledger(store.records).begin(Attempt(key_of("a job"), 0), begun)


async def test_what_a_paid_job_rests_on_stays(store: Store, tmp_path: Path) -> None:
    """Another ffmpeg would make other bytes of it, and the job would be bought anew."""
    cut, shorter, unused = await clips(store, tmp_path, "cut", "shorter", "a film of that")
    await sent(store, shorter)
    grow_old(store)
    gone = await purged(store, films=True)
    assert gone == {f"results/{unused.key}/{unused.asset.sha256}.json"}
    there = [store.assets.here_now(one.asset.sha256) for one in (cut, shorter, unused)]
    assert there == [True, True, False]


async def test_what_an_older_shotgraph_fitted_and_sent_stays(store: Store, tmp_path: Path) -> None:
    """Its intents name the pieces alone; what they were cut from is in the manifest."""
    still, cut, film = await clips(store, tmp_path, "still", "cut", "a film")
    seen = step("seen", "approve", None, arguments={"video": {"step": "cut"}})
    manifest = told(
        [
            step("still", "frame", medium(1, sha256=still.asset.sha256)),
            step("cut", "trim", medium(1, sha256=cut.asset.sha256),
                 arguments={"of": [{"step": "still"}]}),
            seen,
            step("dusk", "edit", None, arguments={"video": {"step": "seen"}}),
            step("film", "concat", medium(1, sha256=film.asset.sha256),
                 arguments={"clips": [{"step": "dusk"}]}),
        ]
    )  # fmt: skip
    await put_manifest(store, manifest)
    grow_old(store)
    gone = await purged(store, films=True)
    assert gone == {f"results/{film.key}/{film.asset.sha256}.json"}


async def test_what_was_made_from_nobody_knows_what_stays(store: Store, clip: Path) -> None:
    older = await made(store, "a cut", clip, takes=None)
    grow_old(store)
    assert await purged(store, films=True) == set()
    assert store.assets.here_now(older.asset.sha256)


async def test_an_attempt_that_was_billed_stays_in_its_film_s_sum(store: Store) -> None:
    ledger, key = Ledger(store.records), key_of("paid twice")
    billed = FAILED.model_copy(update={"billed_units": Decimal(1), "cost_usd": Decimal("0.126")})
    for events in ((ACCEPTED, billed), (DOUBT, GIVEN_UP), (TURNED,), (ACCEPTED, SUCCEEDED)):
        await put_attempt(ledger, *events, key=key)
    grow_old(store)
    gone = await purged(store)
    assert gone == {f"attempts/{key}/000003/{slot}.json" for slot in ("intent", "outcome")}


async def test_copies_of_a_bucket_that_nobody_looked_at_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    backend = MemoryStore()
    store = Store("memory", None, AssetStore(backend, None), RecordStore(backend))
    old, young = tmp_path / "old", tmp_path / "young"
    for path in (old, young):
        path.write_text(path.name)
    there = [await store.assets.add(path, "video") for path in (old, young)]
    then = time.time() - 2 * AGE.total_seconds()
    os.utime(copy_of(there[0].sha256), (then, then))
    await remove(store, await find_old(store, datetime.now(UTC) - AGE, films=False))
    assert [copy_of(asset.sha256).exists() for asset in there] == [False, True]
    assert (await store.assets.file(there[0])).read_text() == "old", "it is got again"


def test_the_command_says_what_would_go_and_takes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTGRAPH_STORE", store.location)
    asyncio.run(store.records.put_if_absent("uploads/host/clip/1.json", b"{}"))
    grow_old(store)
    said = CliRunner().invoke(app, ["purge", "--dry-run"]).output
    assert "Older than 90d, would be removed: 1 uploads." in said
    assert asyncio.run(store.records.names("uploads"))
    assert json.loads(CliRunner().invoke(app, ["purge", "--json"]).output)["counts"]["uploads"] == 1
    assert not asyncio.run(store.records.names("uploads"))


@pytest.mark.parametrize("age", ["6d", "0w", "90", "-9d", "3m", ""])
def test_an_age_that_is_too_young_or_none_is_refused(age: str, store: Store) -> None:
    refused = CliRunner().invoke(app, ["purge", "--older-than", age])
    assert isinstance(refused.exception, InvalidInput)
    assert "allowed" in str(refused.exception)


async def test_the_budget_of_one_job_counts_all_of_its_attempts(store: Store) -> None:
    ledger, key = Ledger(store.records), key_of("a job with a budget")
    own = Budget(name=f"job {key}", limit_usd=Decimal(1))
    now = datetime.now(UTC)
    book = Budgets(store.records, ledger)
    await book.reserve(
        [own], key=key, number=1, usd=Decimal("0.63"), now=now, until=now, what="dusk"
    )
    failed = FAILED.model_copy(update={"billed_units": Decimal(5), "cost_usd": Decimal("0.63")})
    await put_attempt(ledger, ACCEPTED, failed, key=key)
    grow_old(store)
    await remove(store, await find_old(store, now - AGE, films=True))
    assert await book.spent_usd(own, now) == Decimal("0.63")
