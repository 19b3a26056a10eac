"""The budgets of one run, and whether its plan keeps to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from shotgraph.clock import SystemClock
from shotgraph.errors import InvalidInput, OverBudget
from shotgraph.graph import Graph
from shotgraph.money.attempts import Ledger
from shotgraph.money.budget import Budget, Budgets, day_budget
from shotgraph.plan.budgets import (
    AGREED_USD,
    BUDGET_USD,
    MAX_USD,
    MOST_USD,
    over_budget,
    over_the_day,
    price_not_known,
)
from shotgraph.plan.plan import Plan
from shotgraph.store import Store


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
        return min(self._all, key=lambda budget: budget.limit_usd, default=None)

    @property
    def _all(self) -> list[Budget]:
        return [*self.own, *([self.day] if self.day is not None else [])]

    def reserved_as(self, run_id: str) -> tuple[Budget, ...]:
        """The budget that every submission reserves from: the strictest of the run's own."""
        limits = [budget.limit_usd for budget in self.own]
        return (Budget(name=f"run {run_id}", limit_usd=min(limits)),) if limits else ()

    async def refusal(
        self, graph: Graph, plan: Plan, store: Store, run_id: str, command: str | None
    ) -> OverBudget | None:
        """The error of a plan that is over a budget; it comes before anything is sent.

        Args:
            graph: The film.
            plan: The plan of the steps that are left.
            store: The store with the ledger.
            run_id: The id of the run; the costs of its earlier parts count.
            command: The command of the run, without its budget; None if there is none.
        """
        book, now = Budgets(store.records, Ledger(store.records)), SystemClock().now()
        of_run = self.reserved_as(run_id)
        before_usd = Decimal(0)
        if of_run:
            before_usd = await book.spent_usd(of_run[0], now, without=plan.doubtful)
        refused = price_not_known(plan, self._all, command) or over_budget(
            graph, plan, self.own, command, before_usd
        )
        if refused is not None or self.day is None or not plan.sure_usd:
            return refused
        spent_usd = await book.spent_usd(self.day, now)
        return over_the_day(plan, self.day, spent_usd, command)


@dataclass(frozen=True)
class Limits:
    """What a run may cost at most, besides its file's budget.

    Attributes:
        max_usd: As the run says, in dollars.
        most_usd: As its deployment says, in dollars; a run can't lift it.
        agreed_usd: As a person at the terminal has agreed to, in dollars.
    """

    max_usd: float | None = None
    most_usd: float | None = None
    agreed_usd: float | None = None


def spending_of(graph: Graph, limits: Limits, daily_usd: Decimal | None) -> Spending:
    """Find the budgets of a run.

    Args:
        graph: The film.
        limits: Those of the run and its deployment.
        daily_usd: The daily budget of all runs; None if there is none, or if nothing is paid.

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
        AGREED_USD: None if limits.agreed_usd is None else Decimal(str(limits.agreed_usd)),
    }
    own = [Budget(name=name, limit_usd=usd) for name, usd in given.items() if usd is not None]
    return Spending(own, next(iter(day_budget(daily_usd, SystemClock().now())), None))
