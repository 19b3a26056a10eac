"""Checks before a run begins: is there a key, does a budget allow the run, what will it buy?"""

import asyncio
import errno
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shotgraph.cli.deciding import says_yes
from shotgraph.cli.fal_of_run import BLOCK, FalOfRun, block_is_absent
from shotgraph.cli.prefect_settings import server_is_configured
from shotgraph.cli.printing import folded
from shotgraph.errors import Interrupted, InvalidInput, MissingKey

if TYPE_CHECKING:
    from shotgraph.graph import Graph
    from shotgraph.money.budget import Budget
    from shotgraph.plan import Plan
    from shotgraph.plan.budgets import Spending


FILMS = Path("films")
"""The default folder of films."""
NOT_BOUGHT = "Nothing was bought, and nothing is running"
_KEYS = " [y/N]: "


def refuse_linked_films(out: Path) -> None:
    """Refuse links in the default folder of films: a film from somebody else may bring such links.

    Raises:
        InvalidInput: There is a link.
    """
    from shotgraph.report.film_folder import REHEARSALS

    if out != FILMS:
        return
    for place in (out, out / REHEARSALS):
        if place.is_symlink():
            raise InvalidInput(
                f"{place} is a link to {place.resolve()}, and films would be written there; "
                "nothing was started or sent. If that is where they should be, say so: "
                f"--out {out.resolve()}; else remove the link"
            )


def check_certificate() -> None:
    """Refuse a certificate in the environment that can't sign; the run checks a block's.

    Raises:
        InvalidInput: The certificate can't sign.
    """
    from shotgraph.settings import Settings

    certificate = Settings().film_certificate()
    if certificate is not None:
        certificate.check()


@dataclass(frozen=True)
class Foreseen:
    """A run, as planned before it begins.

    Attributes:
        wall: The strictest budget of the run; None if it has none.
        backend: The name of the fal in the plan's content keys.
        unasked: The notice to print when the run begins to buy; empty if a person was asked or
            nothing is bought.
    """

    plan: "Plan"
    wall: "Budget | None"
    backend: str
    unasked: str = ""

    def within(self, agreed_usd: Decimal | None) -> "Foreseen":
        """Return a copy with the agreed dollars as one more budget, if that is the strictest."""
        from shotgraph.money.budget import Budget
        from shotgraph.plan.budgets import AGREED_USD

        if agreed_usd is None or (self.wall and self.wall.limit_usd < agreed_usd):
            return self
        return replace(self, wall=Budget(name=AGREED_USD, limit_usd=agreed_usd))


def check_first(graph: "Graph", parameters: Mapping[str, Any]) -> None:
    """Check what needs neither Prefect nor fal: the limits, the store's folder, a key.

    Raises:
        InvalidInput: A limit is not a number of dollars.
        MissingKey: There is no key for fal.
        StoreRefused: The store's folder can't be written to.
    """
    from shotgraph.making.url_places import check_urls
    from shotgraph.settings import Settings
    from shotgraph.store import open_store
    from shotgraph.store.refusals import not_done

    settings = Settings()
    _spending(graph, parameters)
    store = open_store(settings.store)
    if store.folder is not None and not os.access(store.folder, os.W_OK):
        is_read_only = os.statvfs(store.folder).f_flag & os.ST_RDONLY
        number = errno.EROFS if is_read_only else errno.EACCES
        refused_by = OSError(number, os.strerror(number))
        raise not_done(f"can't keep anything in {store.folder}", refused_by)
    if parameters["rehearse"] or is_of_environment():  # a block may name a server in place of fal
        check_urls(graph, settings.bases)
    is_bought = graph.is_paid and not parameters["rehearse"]
    if is_bought and is_of_environment() and settings.connection() is None:
        raise MissingKey.of(BLOCK)


def is_of_environment() -> bool:
    """Whether it is sure, without Prefect, that a run takes the fal of the environment."""
    return not server_is_configured() and block_is_absent()


def fal_by_prefect() -> FalOfRun:
    """Find the fal of a run as the run does, by Prefect, whose server runs.

    Raises:
        InvalidInput: Something in the block is wrong.
        MissingKey: There is no key in the block or the environment.
        BadKey: The key in the environment has characters that are not possible in a key.
        Retryable: Prefect's server could not be asked.
    """
    from shotgraph.blocks.fal_credentials import fal_connection

    return FalOfRun.at(asyncio.run(fal_connection(BLOCK)))


async def foresee(
    graph: "Graph", parameters: Mapping[str, Any], fal: FalOfRun | None = None
) -> Foreseen | None:
    """Plan a run before it begins.

    With a configured Prefect server, only the run itself checks the budgets: the server keeps a
    record of the refusal.

    Args:
        graph: The film.
        parameters: The parameters of the film flow.
        fal: The fal of the run; by default, the rehearsal or the fal of the environment.

    Returns:
        The run's plan; None if there is nothing to pay for.

    Raises:
        InvalidInput: A limit is not a number of dollars.
        OverBudget: The run would cost more than a budget allows.
        ShotgraphError: A file does not fit its step, or the store can't be read.
    """
    from shotgraph.cli.show_plan import followed_now
    from shotgraph.inputs.hosts import REHEARSAL
    from shotgraph.plan.run_command import as_command
    from shotgraph.settings import Settings
    from shotgraph.store import open_store
    from shotgraph.store.digest import recall

    settings = Settings()
    if not graph.is_paid:
        return None
    if fal is None:
        is_free = bool(parameters["rehearse"])
        fal = FalOfRun(REHEARSAL) if is_free else FalOfRun.of_environment(settings)
    spending, store = _spending(graph, parameters), open_store(settings.store)
    await recall(store.records, graph.name)
    trusts = bool(parameters["trust_prices"]) or settings.trust_prices
    followed = await followed_now(graph, fal, store, trust_prices=trusts)
    plan = followed.plan
    if not server_is_configured():
        refused = await spending.refusal(graph, plan, store, "", as_command(parameters))
        if refused is not None:
            raise refused
    return Foreseen(plan, spending.wall, backend=fal.backend)


def _spending(graph: "Graph", parameters: Mapping[str, Any]) -> "Spending":
    from shotgraph.plan.budgets import Limits, spending_of
    from shotgraph.settings import Settings

    daily_usd = None if parameters["rehearse"] else Settings().daily_budget_usd
    return spending_of(graph, Limits(parameters["max_usd"]), daily_usd)


def agree(plan: "Plan") -> Decimal | None:
    """Ask the person at the terminal whether the run may buy its jobs.

    Returns:
        The dollars that the person agreed to; None if nothing is bought, or if the highest possible
        cost is unknown.

    Raises:
        Interrupted: The person said no; nothing was sent.
    """
    if not plan.bought:
        return None
    more = "" if plan.is_bounded else ", or more, because the price of some shots is not known"
    try:
        asked = f"This run will buy {_bought_words(plan)}{more}. Continue?"
        # The answer keys follow the question on its line: fold the text with them.
        if says_yes(folded(f"{asked}{_KEYS}", sys.stderr).removesuffix(_KEYS)):
            # A fal step's bill is unknown in advance: under a budget, its jobs run one by one.
            is_priced = plan.is_bounded and all(step.kind != "fal" for step in plan.bought)
            return plan.cost_usd if is_priced else None
    except KeyboardInterrupt:
        raise Interrupted(f"\n{NOT_BOUGHT}") from None
    raise Interrupted(NOT_BOUGHT)


def not_asked(plan: "Plan", why: str) -> str:
    """Describe the purchases of a run that asks nobody, and the reason; empty if there are none."""
    if not plan.bought:
        return ""
    more = (
        ""
        if plan.is_bounded
        else ". The cost may be higher, because the price of some shots is not known"
    )
    return f"This run buys {_bought_words(plan)} without asking, because {why}{more}"


def _bought_words(plan: "Plan") -> str:
    count = len(plan.bought)
    most = "at most " if plan.is_bounded else ""
    return f"{count} {'shot' if count == 1 else 'shots'} for {most}${plan.cost_usd:.2f}"
