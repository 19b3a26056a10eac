"""The money of a run: its budgets, its prices, and its costs in the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from prefect import get_run_logger
from prefect.runtime import flow_run

from shotgraph.clock import SystemClock
from shotgraph.errors import InvalidInput, OverBudget, ShotgraphError
from shotgraph.flows.this_run import as_command
from shotgraph.graph import Graph
from shotgraph.keys import Key
from shotgraph.money.accounts import Account
from shotgraph.money.attempts import Ledger
from shotgraph.money.budget import Budget, Budgets
from shotgraph.money.known_prices import current_prices
from shotgraph.money.prices import Prices
from shotgraph.plan import Plan
from shotgraph.plan.budgets import (
    BUDGET_USD,
    MAX_USD,
    MOST_USD,
    over_budget,
    over_the_day,
    price_not_known,
)
from shotgraph.report import Report
from shotgraph.report.costs import with_costs
from shotgraph.settings import Settings
from shotgraph.store import Store
from shotgraph.tasks import Made, RunSettings


@dataclass(frozen=True)
class Accounting:
    """The costs of one run.

    Attributes:
        account: The run's.
        plan: What the run set out to do.
        rates: Dollars a second, by paid step; None where it is not billed by the second.
    """

    store: Store
    account: Account
    plan: Plan
    rates: Mapping[str, Decimal | None]

    async def report(self, report: Report, made: Mapping[str, Made]) -> Report:
        """Put the costs of each step, the run and the film into a report.

        If the store can't be read, the report keeps the costs of its steps, and the log has the
        reason.
        """
        keys = {name: Key(one["key"]) for name, one in made.items()}
        try:
            return await with_costs(
                report, self.plan, self.account, self.store, keys=keys, rates=self.rates
            )
        except ShotgraphError as error:
            get_run_logger().warning(
                "What the run cost could not be read from the ledger: %s. The report has only what "
                "its steps say",
                error.message,
            )
            return report


@dataclass(frozen=True)
class Spending:
    """The budgets of one run.

    Attributes:
        own: The budgets of the file and the command, by the names that people use.
        day: The daily budget of all runs; None for a rehearsal.
    """

    own: Sequence[Budget]
    day: Budget | None

    @property
    def wall(self) -> Budget | None:
        """The strictest of all; None if there is no budget."""
        known = [*self.own, *([self.day] if self.day is not None else [])]
        return min(known, key=lambda budget: budget.limit_usd, default=None)

    def reserved_as(self, run_id: str) -> tuple[Budget, ...]:
        """The budget that every submission reserves from: the strictest of the run's own."""
        limits = [budget.limit_usd for budget in self.own]
        return (Budget(name=f"run {run_id}", limit_usd=min(limits)),) if limits else ()

    async def refusal(
        self, graph: Graph, plan: Plan, store: Store, run_id: str
    ) -> OverBudget | None:
        """The error of a plan that is over a budget; it comes before anything is sent.

        Args:
            graph: The film.
            plan: The plan of the steps that are left.
            store: The store with the ledger.
            run_id: The id of the run; the costs of its earlier parts count.
        """
        book, now = Budgets(store.records, Ledger(store.records)), SystemClock().now()
        command = as_command(flow_run.parameters)
        budgets = [*self.own, *([self.day] if self.day is not None else [])]
        of_run = self.reserved_as(run_id)
        before_usd = Decimal(0)
        if of_run:
            before_usd = await book.spent_usd(of_run[0], now, without=plan.doubtful)
        refused = price_not_known(plan, budgets, command) or over_budget(
            graph, plan, self.own, command, before_usd
        )
        if refused is not None or self.day is None or not plan.sure_usd:
            return refused
        spent_usd = await book.spent_usd(self.day, now)
        return over_the_day(graph, plan, self.day, spent_usd, command)


@dataclass(frozen=True)
class Limits:
    """What a run may cost at most, besides its file's budget.

    Attributes:
        max_usd: As the run says, in dollars.
        most_usd: As its deployment says, in dollars; a run can't lift it.
    """

    max_usd: float | None = None
    most_usd: float | None = None


def spending_of(graph: Graph, settings: RunSettings, limits: Limits) -> Spending:
    """Find the budgets of a run.

    Raises:
        InvalidInput: A limit is no number of dollars.
    """
    for usd in (limits.max_usd, limits.most_usd):
        if usd is not None and not isfinite(usd):
            raise InvalidInput(f"--max-usd is {usd}; allowed: dollars, from 0 up")
    max_usd, most_usd = (
        None if usd is None else Decimal(str(usd)) for usd in (limits.max_usd, limits.most_usd)
    )
    if most_usd is not None and (max_usd is None or max_usd >= most_usd):
        max_usd = None
    given: Mapping[str, Decimal | None] = {
        BUDGET_USD: graph.budget_usd,
        MAX_USD: max_usd,
        MOST_USD: most_usd,
    }
    own = [Budget(name=name, limit_usd=usd) for name, usd in given.items() if usd is not None]
    daily_usd = None if settings.rehearsal else Settings().daily_budget_usd
    if daily_usd is None:
        return Spending(own, None)
    return Spending(own, Budget(name=f"day {SystemClock().now():%Y-%m-%d}", limit_usd=daily_usd))


async def prices_of(graph: Graph, settings: RunSettings, store: Store) -> Prices:
    """Find what endpoints cost today; a rehearsal asks nobody.

    Raises:
        MissingKey: There is something to buy, and no key.
    """
    is_paid = any(node.endpoint is not None for node in graph.nodes.values())
    if settings.rehearsal is not None or not is_paid:
        return Prices()
    others = [node.endpoint.id for node in graph.nodes.values() if node.endpoint is not None]
    return await current_prices(store, await settings.connect(), SystemClock(), others)
