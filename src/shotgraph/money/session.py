"""The parts that all purchases of a run share: connection, store, ledger, semaphore."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from shotgraph.clock import Clock
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.keys import Key
from shotgraph.money.accounts import Account, AccountEntry, Accounts
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.budget import Budget, Budgets, day_budget
from shotgraph.money.claims import Claims
from shotgraph.money.connection import FalConnection
from shotgraph.money.days import Days
from shotgraph.money.job import Job
from shotgraph.money.job_progress import Watch, unwatched
from shotgraph.money.prices import Prices
from shotgraph.money.results import Results
from shotgraph.money.seen_here import note_charged
from shotgraph.money.uploads import Uploads
from shotgraph.money.windows import Windows
from shotgraph.store import Store

Permits: TypeAlias = Callable[[str], AbstractAsyncContextManager[None]]
"""Waits for a free permit and holds it; takes the step's name for messages."""


@asynccontextmanager
async def any_number(what: str) -> AsyncIterator[None]:
    """No limit."""
    yield


class Permit:
    """The permit of one job.

    A job that an earlier run sent needs none, because it is at fal already.
    """

    def __init__(self, places: Permits, what: str) -> None:
        self._places, self._what = places, what
        self._held = AsyncExitStack()
        self._is_taken = False

    async def take(self) -> None:
        """Wait for the permit, unless it is held."""
        if not self._is_taken:
            await self._held.enter_async_context(self._places(self._what))
            self._is_taken = True

    async def give_back(self) -> None:
        """Release the permit, if it is held."""
        self._is_taken = False
        await self._held.aclose()


OnAmbiguous: TypeAlias = Literal["wait", "fail", "resubmit"]
"""wait: search for the job, and buy again only when that is safe. fail: end the run at once.
resubmit: buy again at once, and risk paying twice."""

CancelledByPerson: TypeAlias = Callable[[], Awaitable[bool | None]]
"""Whether a person has cancelled the run; None if Prefect could not be asked."""


async def nobody() -> bool:
    """Say that no person has cancelled the run."""
    return False


@dataclass(frozen=True)
class Session:
    """fal, the store, and the rules of one run.

    Attributes:
        say: Takes lines for the run's log.
        watch: Called with the progress of each job, at every change.
        budgets: The budgets in which each submission of this run reserves its cost.
        daily_usd: The budget of all runs of a day, in dollars; None if there is none. The jobs of
            a rehearsal don't count in it.
        prices: The prices of endpoints, for estimates and bills.
        places: The semaphore of jobs in flight.
        cancelled_by_person: Called when a step is stopped before fal is done with its job.
        account: The account of this run's purchases; None if no sum is needed.
        film: The film's name, for fal's own reports of costs.
        run_id: The run's id, for the same reports.
        allow_fallback: Whether fal may use an equivalent endpoint if the job's endpoint fails. The
            manifest names the job's endpoint all the same.
        trust_prices: Whether the person who runs the film vouches for the prices of `fal` steps.
    """

    fal: FalConnection
    store: Store
    clock: Clock
    say: Callable[[str], None]
    windows: Windows = field(default_factory=Windows)
    on_ambiguous: OnAmbiguous = "wait"
    budgets: Sequence[Budget] = ()
    daily_usd: Decimal | None = None
    prices: Prices = field(default_factory=Prices)
    watch: Watch = unwatched
    places: Permits = any_number
    cancelled_by_person: CancelledByPerson = nobody
    account: Account | None = None
    film: str = ""
    run_id: str = ""
    allow_fallback: bool = False
    trust_prices: bool = True

    def tags(self, key: Key) -> dict[str, str]:
        """The labels of a request at fal: the job's key, the film and the run."""
        named = {"key": key, "film": self.film, "run": self.run_id}
        return {f"shotgraph.{name}": text for name, text in named.items()}

    @property
    def ledger(self) -> Ledger:
        """The store's ledger."""
        return Ledger(self.store.records)

    @property
    def claims(self) -> Claims:
        """The store's claims."""
        return Claims(self.store.records)

    @property
    def budget_book(self) -> Budgets:
        """The store's budgets."""
        return Budgets(self.store.records, self.ledger)

    @property
    def results(self) -> Results:
        """The store's results."""
        return Results(self.store)

    @property
    def uploads(self) -> Uploads:
        """The URLs of the store's assets at fal."""
        return Uploads(self.fal, self.store, self.clock)

    @property
    def has_wall(self) -> bool:
        """Whether a budget limits the purchases of this run."""
        return self.is_paid and (bool(self.budgets) or self.daily_usd is not None)

    @property
    def is_paid(self) -> bool:
        """Whether jobs cost money: not in a rehearsal."""
        return self.fal.backend != REHEARSAL

    async def reserve(self, job: Job, number: int, usd: Decimal, now: datetime) -> None:
        """Reserve dollars for an attempt in all budgets, and record it for its day.

        Args:
            job: The job.
            number: The attempt's number.
            usd: The estimated cost, in dollars.
            now: The time of the attempt's intent.

        Raises:
            OverBudget: A budget leaves too little.
            Retryable: The store could not be read or written to.
            Terminal: A record of a budget or the ledger can't be read, or is missing; the message
                names it.
        """
        daily = day_budget(self.daily_usd, now) if self.is_paid else []
        await self.budget_book.reserve(
            [*self.budgets, *daily],
            key=job.key,
            number=number,
            usd=usd,
            now=now,
            # With clock skew, so that the reservation does not expire while the job can be sent.
            until=now + self.windows.lease + timedelta(seconds=self.windows.skew_s),
            what=job.step,
        )
        if self.is_paid and not daily:
            await Days(self.store.records, self.ledger).note(now.date(), job.key, number)

    async def charge(self, job: Job, attempt: Attempt, how: Literal["ran", "resumed"]) -> None:
        """Record an attempt in the account of this run and its film.

        Raises:
            Retryable: The store could not be written to.
        """
        if self.account is None:
            return
        whole = job.part_of or job
        entry = AccountEntry(
            at=self.clock.now(),
            account=self.account,
            step=whole.step,
            kind=whole.endpoint.kind,
            asked=whole.key,
            how=how,
            key=attempt.key,
            number=attempt.number,
        )
        note_charged(self.store.records.location, entry, attempt)
        await Accounts(self.store.records).note(entry)

    async def has_charged(self, attempt: Attempt) -> bool:
        """Whether an attempt is in the account of this run; True if the run has no account.

        Raises:
            Retryable: The store could not be read.
        """
        if self.account is None:
            return True
        accounts = Accounts(self.store.records)
        return await accounts.has(self.account, attempt.key, attempt.number)
