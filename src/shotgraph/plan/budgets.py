"""The budgets of a run, plans that exceed a budget, and prices that only a file names."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from math import isfinite

from shotgraph.clock import SystemClock
from shotgraph.errors import InvalidInput, OverBudget, PriceNotKnown
from shotgraph.graph import Graph
from shotgraph.money.attempts import Ledger
from shotgraph.money.budget import Budget, Budgets, day_budget
from shotgraph.money.prices import Prices
from shotgraph.plan.plan import Plan, PlannedStep
from shotgraph.store import Store

SHOWN = 12
"""The most steps that a message lists with their prices."""
BUDGET_USD = "budget_usd"
MAX_USD = "--max-usd"
MOST_USD = "deployment's --max-usd"
AGREED_USD = "what you have agreed to"
"""The name of the budget that a person at the terminal has agreed to."""
TRUST_PRICES = "--trust-prices"


def price_not_known(
    plan: Plan, budgets: Sequence[Budget], command: str | None = None
) -> PriceNotKnown | None:
    """Make the error of a run with a budget, if only its file names the price of some steps.

    None if there is no such price, or no budget.

    Args:
        plan: The plan of the run.
        budgets: All budgets of the run, by the names that people use.
        command: The command of this run, without its budget; None if there is none.
    """
    doubts = price_doubts(plan)
    if not doubts or not budgets:
        return None
    said = " and ".join(map(budget_words, budgets))
    limits = {one.name: one.limit_usd for one in budgets}
    own = f" {MAX_USD} {limits[MAX_USD].normalize():f}" if MAX_USD in limits else ""
    trusted = f"the same run with {TRUST_PRICES[2:].replace('-', '_')}"
    ways = [
        f"{trusted if command is None else f'{command}{own} {TRUST_PRICES}'}   (if you know that a "
        "job costs no more)",
        f"{_rehearsed(command)}   (for nothing)",
    ]
    return PriceNotKnown(
        f"{'. '.join(doubts)}. So shotgraph can't guarantee the {said}, and nothing was sent. "
        "What would help:" + "".join(f"\n  {way}" for way in ways)
    )


def budget_words(budget: Budget) -> str:
    """Name a budget and its dollars, for a sentence with "the" or "of the" before the name."""
    if budget.name == AGREED_USD:
        return f"${budget.limit_usd:.2f} that you agreed to"
    return f"{budget.name} of ${budget.limit_usd:.2f}"


def price_doubts(plan: Plan) -> list[str]:
    """Sentences about the steps with a price that only the file names, with the reasons."""
    steps: dict[str, list[PlannedStep]] = {}
    for step in plan.steps:
        if step.price_doubt:
            steps.setdefault(step.price_doubt, []).append(step)
    return [
        f"the price of {_priced(of_one)} is known only from the file: {doubt}"
        for doubt, of_one in steps.items()
    ]


def over_budget(
    graph: Graph,
    plan: Plan,
    budgets: Sequence[Budget],
    command: str | None = None,
    spent_usd: Decimal = Decimal(0),
) -> OverBudget | None:
    """Make the error of a plan that exceeds a budget of the run; None if it does not.

    Args:
        graph: The film.
        plan: The plan of the run.
        budgets: The budgets of the run, by the names that people use.
        command: The command of this run, without its budget; None if there is none.
        spent_usd: The dollars of earlier parts of the run that are spent or in flight.
    """
    strictest = min(budgets, key=lambda budget: budget.limit_usd, default=None)
    cost_usd = plan.cost_usd + spent_usd
    if strictest is None or not plan.cost_usd or cost_usd <= strictest.limit_usd:
        return None
    too_low = [budget.name for budget in budgets if cost_usd > budget.limit_usd]
    would = f"would cost ${plan.cost_usd:.2f} ({_priced(plan.steps)})"
    if spent_usd:
        would = f"has ${spent_usd:.2f} spent or in flight, and {would} more"
    fitting = _fitting(graph, plan, strictest, too_low, command, spent_usd)
    is_agreed = strictest.name == AGREED_USD
    limit = "you have agreed to" if is_agreed else f"its {strictest.name} is"
    error = OverBudget(
        f"this run {would}, and {limit} ${strictest.limit_usd:.2f}: that is "
        f"${cost_usd - strictest.limit_usd:.3f} too much. Nothing {'more ' if spent_usd else ''}"
        "was sent. What would fit:" + "".join(f"\n  {line}" for line in fitting)
    )
    error.left_usd, error.needed_usd = strictest.limit_usd - spent_usd, plan.cost_usd
    return error


def over_the_day(
    plan: Plan, day: Budget, spent_usd: Decimal, command: str | None = None
) -> OverBudget | None:
    """Make the error of a plan that exceeds the daily budget; None if it does not.

    Args:
        plan: The plan of the run.
        day: The day's budget.
        spent_usd: The dollars of this budget that are spent or in flight, without those of the
            attempts that the plan counts itself.
        command: The command of this run; None if there is none.
    """
    over_usd = spent_usd + plan.cost_usd - day.limit_usd
    if over_usd <= 0 or not plan.cost_usd:
        return None
    fits_usd = _cents_up(spent_usd + plan.cost_usd)
    error = OverBudget(
        f"this run would cost ${plan.cost_usd:.2f} ({_priced(plan.steps)}). Of the budget "
        f"{day.name} of ${day.limit_usd:.2f}, ${spent_usd:.2f} is spent or in flight, so the "
        f"budget is too small by ${over_usd:.3f}. Nothing was sent. What would fit:\n"
        "  the same command after midnight UTC, if no other run has spent that day's budget\n"
        f"  SHOTGRAPH_DAILY_BUDGET_USD={fits_usd}\n"
        f"  {_rehearsed(command)}   (for nothing)"
    )
    error.left_usd, error.needed_usd = day.limit_usd - spent_usd, plan.cost_usd
    return error


def day_words(plan: Plan, day: Budget, spent_usd: Decimal) -> str:
    """Say for a plan what is left of the daily budget, and whether a run would send anything."""
    left_usd = max(day.limit_usd - spent_usd, Decimal(0))
    said = f"of the budget {day.name} of ${day.limit_usd:.2f}, ${left_usd:.2f} is left"
    if over_the_day(plan, day, spent_usd) is not None:
        return f"{said}: a run would be refused, and send nothing"
    return said


async def with_day(plan: Plan, store: Store, daily_usd: Decimal | None) -> Plan:
    """Add to a plan's warnings what is left of the daily budget; nothing if it has none.

    Args:
        plan: The plan of a run that pays.
        store: The store with the ledger.
        daily_usd: The daily budget of all runs, in dollars; None if there is none.

    Raises:
        Retryable: The store could not be read.
        Terminal: A record can't be read; the message names it.
    """
    now = SystemClock().now()
    for day in day_budget(daily_usd, now):
        book = Budgets(store.records, Ledger(store.records))
        spent_usd = await book.spent_usd(day, now, without=plan.doubtful)
        plan = replace(plan, warnings=[*plan.warnings, day_words(plan, day, spent_usd)])
    return plan


def not_taken_again(step: str, refused: OverBudget) -> str:
    """The message for a person who asked for a retake that exceeds a budget.

    Args:
        step: The step.
        refused: The error of a run with this retake.
    """
    why = refused.message.partition(" What would ")[0]
    left = needed = ""
    if refused.left_usd is not None and refused.needed_usd is not None:
        left = f"${max(refused.left_usd, Decimal(0)):.3f} is left, and "
        needed = f"${refused.needed_usd:.3f} would be needed. "
    return (
        f"{step} is not taken again, because its cost is over the budget: {why} "
        f"{left}{needed}No later run buys this take by itself. Decide with the clips that are there"
    )


def doubts_before_a_run(plan: Plan, *, has_budget: bool) -> list[str]:
    """The warnings about prices that only the file names, before a run."""
    if has_budget:
        what = f"a run has a budget, and buys nothing unless it has {TRUST_PRICES}"
    else:
        what = f"a run with a budget buys nothing unless it has {TRUST_PRICES}"
    return [f"{doubt}; {what}" for doubt in price_doubts(plan)]


def _priced(steps: Sequence[PlannedStep]) -> str:
    paid = [step for step in steps if step.cost_usd > 0]
    said = [f"{step.name} {_most(step)}${step.cost_usd:.2f}" for step in paid[:SHOWN]]
    left = sum((step.cost_usd for step in paid[SHOWN:]), Decimal(0))
    more = [f"and {len(paid) - SHOWN} more ${left:.2f}"] if len(paid) > SHOWN else []
    return ", ".join([*said, *more])


def _most(step: PlannedStep) -> str:
    return "at most " if step.upper_bound and step.is_bounded else ""


def _fitting(
    graph: Graph,
    plan: Plan,
    budget: Budget,
    too_low: Sequence[str],
    command: str | None,
    spent_usd: Decimal,
) -> list[str]:
    if command is None and spent_usd:
        # The budget of a running run can't be raised; another run begins with nothing spent.
        another = "another run of the film: it reuses the finished steps, and needs"
        needed = f"{another} ${_cents_up(plan.cost_usd)} of its own budget"
        return [needed, f"{_rehearsed(command)}   (for nothing)"]
    enough = _cents_up(plan.cost_usd + spent_usd)
    found = []
    if MOST_USD in too_low:
        more = f"{BUDGET_USD}: {enough} in the file, and " if BUDGET_USD in too_low else ""
        found.append(f"{more}the film deployed again with --max-usd {enough}")
    elif too_low == [MAX_USD]:
        with_it = f"the same run with max_usd {enough}"
        found.append(with_it if command is None else f"{command} --max-usd {enough}")
    elif too_low == [AGREED_USD]:
        found.append(f"{command or 'the same run'}   (you are asked again)")
    elif BUDGET_USD in too_low:
        more = f", and --max-usd {enough}" if MAX_USD in too_low else ""
        found.append(f"budget_usd: {enough} in {_file(graph)}{more}")
    if command is None or "--rehearse" not in command:
        found.append(f"{_rehearsed(command)}   (for nothing)")
    return found + _fewer_takes(graph, plan, budget.limit_usd - spent_usd)


def _fewer_takes(graph: Graph, plan: Plan, fits_usd: Decimal) -> list[str]:
    """Propose fewer takes, without the last ones, until the rest fits the budget."""
    costs = {step.name: step.cost_usd for step in plan.steps}
    by_take = sorted(graph.nodes.values(), key=lambda node: node.take, reverse=True)
    further = [node for node in by_take if node.take > 1 and costs[node.name] > 0]
    left, taken_off = plan.cost_usd, Counter[str]()
    most = Counter[str]()
    for node in graph.nodes.values():
        most[node.step] = max(most[node.step], node.take)
    for node in further:
        if left <= fits_usd:
            break
        left -= costs[node.name]
        taken_off[node.step] = max(taken_off[node.step], most[node.step] - node.take + 1)
    if left > fits_usd or not taken_off:
        return []
    said = ", ".join(f"takes: {most[step] - off} at {step}" for step, off in taken_off.items())
    return [f"{said}   (${left:.2f})"]


def _cents_up(usd: Decimal) -> Decimal:
    return usd.quantize(Decimal("0.01"), ROUND_CEILING)


def _file(graph: Graph) -> str:
    return graph.document.file if graph.document.file.endswith((".yaml", ".yml")) else "the file"


def _rehearsed(command: str | None) -> str:
    return "the same run as a rehearsal" if command is None else f"{command} --rehearse"


def rates_of(graph: Graph, prices: Prices) -> dict[str, Decimal | None]:
    """The dollars per second of each paid step; None for a step with another billing unit."""
    return {
        node.name: prices.rule(node.endpoint).usd_per_second if node.endpoint.has_limits else None
        for node in graph.nodes.values()
        if node.endpoint is not None
    }


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
        """The strictest budget; None if there is none."""
        return min(self._all, key=lambda budget: budget.limit_usd, default=None)

    @property
    def _all(self) -> list[Budget]:
        return [*self.own, *([self.day] if self.day is not None else [])]

    def reserved_as(self, run_id: str) -> tuple[Budget, ...]:
        """The budget in which each submission reserves its cost: the strictest of the run's own."""
        limits = [budget.limit_usd for budget in self.own]
        return (Budget(name=f"run {run_id}", limit_usd=min(limits)),) if limits else ()

    async def refusal(
        self, graph: Graph, plan: Plan, store: Store, run_id: str, command: str | None
    ) -> OverBudget | None:
        """Make the error of a plan that exceeds a budget, before anything is sent; else None.

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
        if refused is not None or self.day is None or not plan.cost_usd:
            return refused
        spent_usd = await book.spent_usd(self.day, now, without=plan.doubtful)
        return over_the_day(plan, self.day, spent_usd, command)


@dataclass(frozen=True)
class Limits:
    """The limits of a run's cost, in dollars, in addition to its file's budget.

    Attributes:
        max_usd: The limit of the run.
        most_usd: The limit of its deployment, which a run can't raise.
        agreed_usd: The limit that a person at the terminal has agreed to.
    """

    max_usd: float | None = None
    most_usd: float | None = None
    agreed_usd: float | None = None


def spending_of(graph: Graph, limits: Limits, daily_usd: Decimal | None) -> Spending:
    """Find the budgets of a run.

    Args:
        graph: The film.
        limits: The limits of the run and its deployment.
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
