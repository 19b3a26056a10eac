"""The money of a run: its budgets, its prices, and its costs in the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from prefect import get_run_logger

from shotgraph.clock import SystemClock
from shotgraph.errors import ShotgraphError
from shotgraph.graph import Graph
from shotgraph.keys import Key
from shotgraph.money.accounts import Account
from shotgraph.money.known_prices import current_prices
from shotgraph.money.prices import Prices
from shotgraph.plan import Plan
from shotgraph.report import Report
from shotgraph.report.costs import with_costs
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
