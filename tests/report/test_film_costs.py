"""What a film cost in all its runs: each job once, rehearsals not at all."""

from decimal import Decimal
from pathlib import Path

import pytest

from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.money.accounts import Account, AccountEntry, Accounts, Money
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.claims import Claims
from shotgraph.money.events import Ended, Event
from shotgraph.report import FilmCosts
from shotgraph.report.manifest import StepEntry, put_manifest
from shotgraph.store import Store, open_store
from tests.money.ledger.records import (
    ACCEPTED,
    AT,
    DOUBT,
    FAILED,
    KEY,
    PRICE_USD,
    SUCCEEDED,
    accepted,
    intent,
    key_of,
    put_attempt,
)
from tests.report.told_runs import step, told

FILM = "harbour"
FAILED_BILLED = FAILED.model_copy(update={"billed_units": Decimal(1), "cost_usd": Decimal("0.126")})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


async def bought(
    store: Store, words: str, *events: Event, run: str = "1", film: str = FILM
) -> None:
    attempt = await put_attempt(Ledger(store.records), *events, key=key_of(words))
    await noted(store, attempt, run, film)


async def noted(store: Store, attempt: Attempt, run: str = "1", film: str = FILM) -> None:
    await Accounts(store.records).note(
        AccountEntry(
            at=AT,
            account=Account(film=film, run_id=run),
            step="dusk",
            kind="edit",
            asked=attempt.key,
            how="ran",
            key=attempt.key,
            number=attempt.number,
        )
    )


async def test_every_run_counts_and_each_job_once(store: Store) -> None:
    await bought(store, "one", ACCEPTED, SUCCEEDED)
    await bought(store, "two", ACCEPTED, FAILED_BILLED, run="2")
    await bought(store, "three", DOUBT, run="3")
    await bought(store, "another film's", ACCEPTED, SUCCEEDED, film="night")
    # The second run took the first one's job up.
    await noted(store, await Ledger(store.records).latest(key_of("one")), run="2")
    costs = FilmCosts(store)
    assert await costs.of(FILM) == Money(PRICE_USD + Decimal("0.126"), PRICE_USD)
    assert await costs.of("never made") == Money()


async def test_what_becomes_known_later_is_known_then(store: Store) -> None:
    await bought(store, "one", ACCEPTED)
    costs, ledger = FilmCosts(store), Ledger(store.records)
    assert await costs.of(FILM) == Money(Decimal(0), PRICE_USD)
    await ledger.record(await ledger.latest(key_of("one")), SUCCEEDED)
    assert await costs.of(FILM) == await costs.of(FILM) == Money(PRICE_USD)


async def test_a_rehearsal_costs_nothing(store: Store) -> None:
    ledger = Ledger(store.records)
    rehearsed = intent().model_copy(update={"backend": REHEARSAL})
    attempt = await ledger.begin(Attempt(KEY, 0), rehearsed)
    assert attempt is not None
    for event in (ACCEPTED, SUCCEEDED):
        attempt = await ledger.record(attempt, event)
    await noted(store, attempt)
    assert await FilmCosts(store).of(FILM) == Money()


async def claimed(store: Store, words: str, request: str, *events: Event) -> None:
    taken = accepted(request)
    attempt = await put_attempt(Ledger(store.records), taken, *events, key=key_of(words))
    assert await Claims(store.records).take(attempt, taken)


async def from_before(store: Store, run: str, *steps: StepEntry, backend: str = "fal") -> None:
    """Put the manifest of a run of a shotgraph that kept no accounts."""
    await put_manifest(store, told(list(steps), run_id=run, backend=backend))


def paid(name: str, request: str, **changed: object) -> StepEntry:
    return step(name, "edit", None, request_id=request, **changed)


async def test_runs_of_before_there_were_accounts_count(store: Store) -> None:
    dearer = Ended(at=AT, succeeded=True, cost_usd=Decimal("0.756"), output={})
    await claimed(store, "one", "r-1", dearer)
    await claimed(store, "piece 1", "r-2", SUCCEEDED)
    await claimed(store, "piece 2", "r-3", SUCCEEDED)
    await from_before(store, "1", paid("dusk", "r-1"), paid("next", "r-2, r-3"))
    await from_before(store, "2", paid("dusk", "r-1", status="cached", cost_usd=0))
    await from_before(store, "3", paid("lost claim", "r-4"))
    await from_before(store, "4", paid("rehearsed", "r-5"), backend=REHEARSAL)
    before = Money(Decimal("0.756") + 3 * PRICE_USD)
    assert await FilmCosts(store).of(FILM) == before
    # They are found once; what comes later is in the accounts.
    await FilmCosts(store).keep_before(FILM)
    await from_before(store, "5", paid("dusk", "r-6"))
    await bought(store, "new", ACCEPTED, SUCCEEDED, run="6")
    assert await FilmCosts(store).of(FILM) == before + Money(PRICE_USD)


async def test_manifests_of_today_are_not_counted_beside_the_accounts(store: Store) -> None:
    await claimed(store, "one", "r-1", SUCCEEDED)
    await noted(store, await Ledger(store.records).latest(key_of("one")))
    manifest = told([paid("dusk", "r-1")], backend="fal", may_be_billed_usd=Decimal(0))
    await put_manifest(store, manifest)
    assert await FilmCosts(store).of(FILM) == Money(PRICE_USD)
