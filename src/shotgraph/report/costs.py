"""Costs of a run and of its film, read from the ledger."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from shotgraph.errors import ShotgraphError
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.keys import Key
from shotgraph.money.accounts import (
    NOTHING,
    Account,
    AccountEntry,
    Accounts,
    EarlierPurchases,
    Money,
    money_of,
)
from shotgraph.money.attempts import Attempt, AttemptId, Ledger
from shotgraph.money.claims import Claims
from shotgraph.money.events import Accepted, Ended, Intent
from shotgraph.money.seen_here import charged, seen
from shotgraph.plan import Plan, PlannedStep
from shotgraph.report.manifest import Manifest, manifests_of
from shotgraph.report.report import Report, StepReport
from shotgraph.store import RecordStore, Store
from shotgraph.store.digest import digest


class FilmCosts:
    """The sums of a store's films; sums that can't change any more are read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._settled: dict[AttemptId, Money] = {}
        self._kept: dict[str, EarlierPurchases] = {}

    async def of(self, film: str) -> Money:
        """Add up the purchases of all runs of a film, without rehearsals; each job counts once.

        Raises:
            Retryable: The store could not be read.
            Terminal: A record can't be read; the message names it.
        """
        noted, before = await self._accounts.of_film(film), await self._before(film)
        return await self._sum(noted | set(before.attempts)) + Money(before.billed_usd)

    async def keep_before(self, film: str) -> None:
        """Record the purchases of versions without accounts, so that they are searched once.

        Raises:
            Retryable: The store could not be read or written to.
            Terminal: A claim can't be read; the message names it.
        """
        if await self._accounts.before(film) is None:
            await self._accounts.note_before(film, await self._before(film))

    @property
    def _accounts(self) -> Accounts:
        return Accounts(self._store.records)

    async def _sum(self, numbered: set[AttemptId]) -> Money:
        wanted = sorted(numbered - self._settled.keys())
        money = [self._settled[one] for one in numbered & self._settled.keys()]
        for attempt in await Ledger(self._store.records).attempts(wanted):
            cost = NOTHING if _is_rehearsed(attempt) else money_of(attempt)
            money.append(cost)
            if not cost.may_be_billed_usd and attempt.state not in ("new", "sending"):
                self._settled[attempt.key, attempt.number] = cost
        return sum(money, NOTHING)

    async def _before(self, film: str) -> EarlierPurchases:
        if film not in self._kept:
            kept = await self._accounts.before(film)
            self._kept[film] = kept if kept is not None else await self._found_before(film)
        return self._kept[film]

    async def _found_before(self, film: str) -> EarlierPurchases:
        """Find the purchases of versions without accounts, by the requests in old manifests."""
        claims, paid = Claims(self._store.records), dict[str, Decimal]()
        for manifest in await manifests_of(self._store, film):
            if manifest.may_be_billed_usd is None and not manifest.is_rehearsal:
                paid |= _paid(manifest)
        attempts, billed_usd = set[AttemptId](), Decimal(0)
        for requests, cost_usd in paid.items():
            owners = [await claims.owner(request) for request in requests.split(", ")]
            attempts |= {(one.key, one.number) for one in owners if one is not None}
            if all(one is None for one in owners):
                billed_usd += cost_usd
        return EarlierPurchases(attempts=sorted(attempts), billed_usd=billed_usd)


def _is_rehearsed(attempt: Attempt) -> bool:
    intent = attempt.find(Intent)
    return intent is not None and intent.backend == REHEARSAL


def _paid(manifest: Manifest) -> dict[str, Decimal]:
    """The purchases of an old run: the cost of each request."""
    return {
        step.request_id: step.cost_usd
        for step in manifest.steps
        if step.request_id is not None and step.status != "cached"
    }


async def with_costs(
    report: Report,
    plan: Plan,
    account: Account,
    store: Store,
    *,
    keys: Mapping[str, Key],
    rates: Mapping[str, Decimal | None],
) -> Report:
    """Add the costs of each step, the run and the film to a report; see `accounted`.

    Raises:
        Retryable: The store could not be read.
        Terminal: A record can't be read; the message names it.
    """
    costs = FilmCosts(store)
    steps = await accounted(
        report.steps, plan, account, keys=keys, rates=rates, records=store.records
    )
    film_money = await costs.of(account.film)
    # Both only save later programs some reading: a full disk must not hide what the run cost.
    with suppress(ShotgraphError):
        await costs.keep_before(account.film)
        await digest(store.records, account.film)
    return replace(report, steps=steps, film_money=film_money)


_CLOCKS_APART = timedelta(days=1)
"""How much older than its attempt a claim may look, because the store has its own clock."""


async def accounted(
    steps: Sequence[StepReport],
    plan: Plan,
    account: Account,
    *,
    keys: Mapping[str, Key],
    rates: Mapping[str, Decimal | None],
    records: RecordStore,
    is_readable: bool = True,
) -> list[StepReport]:
    """Add costs and estimates to the reports of all steps.

    Args:
        steps: The reports of all steps.
        plan: The plan of the run.
        account: The account of the run.
        keys: The content keys of the results, by step.
        rates: Dollars per second, by paid step; None if a step is not billed by the second.
        records: The records with the account and the ledger.
        is_readable: Whether these can be read; if not, the costs are those that this process has
            seen.

    Returns:
        The same steps, followed by the account's other jobs, such as takes that were not kept.

    Raises:
        Retryable: The store could not be read.
        Terminal: A record can't be read; the message names it.
    """
    planned = _borne_by(steps, plan)
    jobs = await _jobs(account, records, is_readable=is_readable)

    def paid(step: StepReport) -> StepReport:
        its = planned[step.name]
        job = jobs.pop(_asked(step, its, keys, jobs), None)
        if job is None and step.status == "skipped":
            return step
        return _accounted(step, its, job or _Job(), rates[step.name])

    found = [paid(step) if step.name in rates else step for step in steps]
    names = {step.name for step in steps}
    return found + [
        _apart(name, job, rates.get(name), is_again=name in names)
        for (name, _), job in jobs.items()
    ]


@dataclass(frozen=True)
class _Job:
    """One job of one step in the account, with all its pieces.

    Attributes:
        requests: fal's request ids that are on record, in the order of the attempts.
    """

    entries: Sequence[AccountEntry] = ()
    attempts: Sequence[Attempt] = ()
    requests: Sequence[str] = ()

    @property
    def money(self) -> Money:
        return sum(map(money_of, self.attempts), NOTHING)

    @property
    def was_sent(self) -> bool:
        return any(entry.how == "ran" for entry in self.entries)

    @property
    def estimate_usd(self) -> Decimal:
        intents = [attempt.find(Intent) for attempt in self.attempts]
        return sum((one.estimate_usd for one in intents if one), Decimal(0))

    @property
    def pieces(self) -> int:
        return len({attempt.key for attempt in self.attempts})

    @property
    def billed_units(self) -> Decimal | None:
        ends = [attempt.find(Ended) for attempt in self.attempts]
        units = [one.billed_units for one in ends if one and one.billed_units is not None]
        return sum(units, Decimal(0)) if units and len(units) == len(ends) else None


_Asked = tuple[str, Key]


async def _charged(
    account: Account, records: RecordStore, *, is_readable: bool
) -> list[tuple[AccountEntry, Attempt]]:
    """The attempts of an account: those on record, and those that only this process has seen."""
    where = records.location
    here = {(one.key, one.number): (entry, one) for entry, one in charged(where, account)}
    if not is_readable:
        return list(here.values())
    entries = await Accounts(records).of_run(account)
    attempts = await Ledger(records).attempts((one.key, one.number) for one in entries)
    kept = {(entry.key, entry.number) for entry in entries}
    lost = [pair for one, pair in here.items() if one not in kept]
    return [*zip(entries, [seen(where, one) for one in attempts], strict=True), *lost]


async def _jobs(account: Account, records: RecordStore, *, is_readable: bool) -> dict[_Asked, _Job]:
    """Read the jobs of an account, by step and by the key of the step's job."""
    jobs: dict[_Asked, _Job] = {}
    for entry, attempt in await _charged(account, records, is_readable=is_readable):
        asked = (entry.step, entry.asked)
        job = jobs.get(asked, _Job())
        requests = [*job.requests, *await _request(attempt, records, is_readable)]
        jobs[asked] = _Job([*job.entries, entry], [*job.attempts, attempt], requests)
    return jobs


async def _request(attempt: Attempt, records: RecordStore, is_readable: bool) -> list[str]:
    accepted, intent = attempt.find(Accepted), attempt.find(Intent)
    if (
        is_readable
        and accepted is None
        and intent is not None
        and money_of(attempt).may_be_billed_usd
    ):
        # A run may have died after it claimed a request and before it recorded it in the attempt.
        accepted = await Claims(records).of(attempt, intent.at - _CLOCKS_APART)
    return [accepted.request_id] if accepted is not None else []


def _asked(
    step: StepReport,
    planned: PlannedStep,
    keys: Mapping[str, Key],
    jobs: Mapping[_Asked, _Job],
) -> _Asked:
    """Choose the job in the account that belongs to the present form of a step."""
    known = keys.get(step.name) or planned.key
    if known is not None:
        return step.name, known
    # A failed step has no key if its input was not in the store when the run began.
    last = [asked for asked in jobs if asked[0] == step.name and step.status == "failed"][-1:]
    return last[0] if last else (step.name, Key(""))


def _borne_by(steps: Sequence[StepReport], plan: Plan) -> dict[str, PlannedStep]:
    """The plan of each step; if steps share a job, the step that bought it gets the price.

    These steps run concurrently, so the plan can't know which step will buy.
    """
    planned = {step.name: step for step in plan.steps}
    bought = {step.name for step in steps if step.status in ("ran", "resumed", "failed")}
    for step in plan.steps:
        first = planned[step.same_as] if step.same_as is not None else None
        if first is not None and step.name in bought and first.name not in bought:
            planned[step.name] = replace(first, name=step.name)
            planned[first.name] = replace(step, name=first.name)
            bought.add(first.name)
    return planned


def _accounted(
    step: StepReport, planned: PlannedStep, job: _Job, rate: Decimal | None
) -> StepReport:
    if step.status == "cached" and job.entries:
        # An earlier part of the same run bought the job.
        step = replace(step, status="ran" if job.was_sent else "resumed")
    money = job.money
    estimate_usd = planned.cost_usd - planned.retakes_usd  # each retake has a line of its own
    if step.status == "cached":
        estimate_usd = Decimal(0) if planned.state == "have" or planned.same_as else estimate_usd
    elif job.entries and (step.status == "resumed" or planned.state == "have"):
        # The estimate is from the time of sending, in an earlier run or part of this run.
        estimate_usd = job.estimate_usd
    elif step.status == "resumed":
        estimate_usd = Decimal(0)  # the job was billed before; only its file was missing
    step = replace(
        step,
        cost_usd=money.billed_usd,
        may_be_billed_usd=money.may_be_billed_usd,
        estimate_usd=estimate_usd,
        request_id=step.request_id or ", ".join(job.requests) or None,
    )
    if step.status == "failed" or money.most_usd != estimate_usd or money.may_be_billed_usd:
        return replace(step, why=_why(step, planned, job, rate))
    return step


def _apart(name: str, job: _Job, rate: Decimal | None, *, is_again: bool) -> StepReport:
    """Report a job that was bought for an earlier form of a step."""
    entry, money = job.entries[-1], job.money
    step = StepReport(
        f"{name} (taken again)" if is_again else name,
        entry.kind,
        "ran" if job.was_sent else "resumed",
        money.billed_usd,
        ", ".join(job.requests) or None,
        may_be_billed_usd=money.may_be_billed_usd,
        estimate_usd=job.estimate_usd,
    )
    planned = PlannedStep(name, entry.kind, "buy", job.estimate_usd, 0)
    is_off = money.most_usd != job.estimate_usd or money.may_be_billed_usd
    return replace(step, why=_why(step, planned, job, rate)) if is_off else step


def _why(step: StepReport, planned: PlannedStep, job: _Job, rate: Decimal | None) -> str:
    if step.may_be_billed_usd:
        if all(attempt.find(Ended) is not None for attempt in job.attempts):
            return "the job failed, and fal did not say whether it was billed"
        return 'it is not known yet whether the job was billed; "shotgraph jobs" shows the records'
    if step.status == "failed":
        return _why_it_cost_that(job, planned)
    if step.status == "cached":
        return "its result was in the store when the step began"
    if planned.state == "unknown" and planned.cost_usd and "answer was lost" in planned.note:
        return "it was not known whether the job had been bought before"
    if job.pieces == 1 and len(job.attempts) > 1:
        return "the job failed and was sent again; the cost is fal's bill for both"
    if job.pieces == 1 and job.billed_units is not None and rate:
        return _other_seconds(job.billed_units, (step.estimate_usd or Decimal(0)) / rate)
    if planned.upper_bound:
        return "the estimate was the highest possible cost"
    if rate is None and job.billed_units is not None:
        units = f"{job.billed_units.normalize():f}"
        return f"fal billed {units} units, and the estimate is the step's own price_usd"
    if rate is None:
        return "the estimate is the step's own price_usd"
    if job.pieces > 1:
        return 'the step was bought in pieces; "shotgraph jobs" shows the bill for each piece'
    return _why_at_last(job)


def _why_at_last(job: _Job) -> str:
    if not job.attempts:
        return "the store has no record of its job, so its cost is not known"
    return "its price or its length had changed when the job was sent"


def _other_seconds(billed: Decimal, expected: Decimal) -> str:
    if not expected:
        return "the plan expected its result or a job in flight, but the step had to be bought"
    return f"fal billed {billed.normalize():f} s, and {expected.normalize():f} were expected"


BILLED_THOUGH_FAILED = "the job failed, but fal billed it"


def _why_it_cost_that(job: _Job, planned: PlannedStep) -> str:
    """The cost of a failed step without open jobs, in words."""
    if not job.attempts and planned.state in ("have", "in_flight"):
        return "an earlier run bought and paid for the job, and it is on record"
    if not job.attempts:
        return "the step failed, and nothing was sent"
    if not job.money.billed_usd:
        return "the step failed, and nothing was billed"
    if any((ended := one.find(Ended)) is not None and ended.succeeded for one in job.attempts):
        return "the job was billed, but the run could not fetch or use its result"
    return BILLED_THOUGH_FAILED
