"""What a run cost, put into its report from the run's account and the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from prefect import get_run_logger

from shotgraph.errors import ShotgraphError
from shotgraph.keys import Key
from shotgraph.money.accounts import Account
from shotgraph.plan import Plan
from shotgraph.report import FilmCosts, Report, accounted
from shotgraph.store import Store
from shotgraph.tasks import Made


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
        """Put what each step, the run and the film cost into a report.

        Where the store can't be read, the report keeps what its steps say, and the log says why.
        """
        keys = {name: Key(one["key"]) for name, one in made.items()}
        costs = FilmCosts(self.store)
        try:
            steps = await accounted(
                report.steps,
                self.plan,
                self.account,
                keys=keys,
                rates=self.rates,
                records=self.store.records,
            )
            await costs.keep_before(self.account.film)
            film_money = await costs.of(self.account.film)
        except ShotgraphError as error:
            get_run_logger().warning(
                "What the run cost could not be read from the ledger: %s. The report has only what "
                "its steps say",
                error.message,
            )
            return report
        return replace(report, steps=steps, film_money=film_money)
