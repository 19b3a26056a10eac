"""A run so far: what it can report if a signal stops it before its end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from decimal import Decimal

from shotgraph.errors import Interrupted, ShotgraphError
from shotgraph.keys import Key
from shotgraph.money.accounts import Account
from shotgraph.plan import Plan
from shotgraph.report.costs import FilmCosts, accounted
from shotgraph.report.report import Report, StepReport
from shotgraph.store import Store


class RunSoFar:
    """The run's plan, and the steps that have begun or ended. The ledger has its costs."""

    def __init__(self) -> None:
        self._run_id = ""
        self._counted: tuple[Store, Account, Plan, Mapping[str, Decimal | None]] | None = None
        self._begun: set[str] = set()
        self._keys: dict[str, Key] = {}
        self._ended: dict[str, StepReport] = {}

    def planned(
        self,
        run_id: str,
        store: Store,
        account: Account,
        plan: Plan,
        rates: Mapping[str, Decimal | None],
    ) -> None:
        """Note the plan of the run; the steps of an earlier part of it are forgotten.

        Args:
            run_id: Prefect's id of the run.
            store: The store with the ledger.
            account: The account of the run.
            plan: The plan.
            rates: Dollars per second, by paid step; None if the step is not billed per second.
        """
        self._run_id, self._counted = run_id, (store, account, plan, rates)
        self._begun, self._keys, self._ended = set(), {}, {}

    def begun(self, step: str) -> None:
        """Note that a step begins."""
        self._begun.add(step)

    def made(self, step: str, key: Key) -> None:
        """Note the content key of a step's result."""
        self._keys[step] = key

    def ended(self, report: StepReport) -> None:
        """Note the report of a step that has ended."""
        self._ended[report.name] = report

    async def report(self, error: ShotgraphError) -> Report:
        """Report the run as if it ended now, with its costs by the ledger.

        Args:
            error: The error that ends the run.

        Raises:
            Retryable: The store could not be read.
            Terminal: A record can't be read; the message names it.
        """
        if self._counted is None:
            return self.by_plan(error)
        store, account, plan, rates = self._counted
        steps = await accounted(
            self._steps(plan), plan, account, keys=self._keys, rates=rates, records=store.records
        )
        film_money = await FilmCosts(store).of(account.film)
        return Report(self._run_id, steps=steps, error=error, film_money=film_money)

    def by_plan(self, error: ShotgraphError) -> Report:
        """Report the run without the store: all that its open steps may cost may be billed.

        Args:
            error: The error that ends the run.
        """
        if self._counted is None:
            return Report(self._run_id, error=error)
        _, _, plan, _ = self._counted
        planned = {one.name: one.cost_usd for one in plan.steps}
        steps = [
            replace(one, may_be_billed_usd=planned[one.name])
            if one.status == "failed" and one.name not in self._ended
            else one
            for one in self._steps(plan)
        ]
        return Report(self._run_id, steps=steps, error=error)

    def _steps(self, plan: Plan) -> list[StepReport]:
        """The reports of all steps: those that have not ended are failed if they had begun."""
        return [self._ended.get(one.name) or self._open(one.name, one.kind) for one in plan.steps]

    def _open(self, name: str, kind: str) -> StepReport:
        if name not in self._begun:
            return StepReport(name, kind, "skipped")
        stopped = Interrupted(f"{name} was stopped with the run; what fal has of it is on record")
        return StepReport(name, kind, "failed", error=stopped)


_so_far: ContextVar[RunSoFar | None] = ContextVar("run_so_far", default=None)


@contextmanager
def run_so_far_kept() -> Iterator[RunSoFar]:
    """Keep what the runs in the block, and in the threads that it starts, can report so far."""
    kept = RunSoFar()
    token = _so_far.set(kept)
    try:
        yield kept
    finally:
        _so_far.reset(token)


def run_so_far() -> RunSoFar:
    """This run so far; if nobody keeps it, one that is not read."""
    return _so_far.get() or RunSoFar()
