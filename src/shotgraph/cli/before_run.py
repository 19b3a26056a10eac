"""Checks before Prefect starts: is there a key, does a budget allow the run, what will it buy?"""

import errno
import os
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shotgraph.cli.deciding import says_yes
from shotgraph.cli.embedded_server import prefect_profile, server_is_configured
from shotgraph.cli.printing import folded
from shotgraph.errors import Interrupted, MissingKey

if TYPE_CHECKING:
    from shotgraph.graph import Graph
    from shotgraph.money.budget import Budget
    from shotgraph.plan import Plan


NOT_BOUGHT = "Nothing was bought, and nothing is running"
_BLOCK = "default"
_KEYS = " [y/N]: "


@dataclass(frozen=True)
class Foreseen:
    """A run, as planned before it begins.

    Attributes:
        wall: The strictest budget of the run; None if it has none.
        unasked: The notice to print when the run begins to buy; empty if a person was asked or
            nothing is bought.
    """

    plan: "Plan"
    wall: "Budget | None"
    unasked: str = ""

    def within(self, agreed_usd: Decimal | None) -> "Foreseen":
        """Return a copy with the agreed dollars as one more budget, if that is the strictest."""
        from shotgraph.money.budget import Budget
        from shotgraph.plan.budgets import AGREED_USD

        if agreed_usd is None or (self.wall and self.wall.limit_usd < agreed_usd):
            return self
        return replace(self, wall=Budget(name=AGREED_USD, limit_usd=agreed_usd))


async def foresee(graph: "Graph", parameters: Mapping[str, Any]) -> Foreseen | None:
    """Plan a run with the knowledge of this machine, before Prefect starts.

    With a configured Prefect server, or a key in a block, only the run itself checks the budgets:
    the server keeps a record of the refusal, and the key may be for another fal.

    Args:
        graph: The film.
        parameters: The parameters of the film flow.

    Returns:
        The run's plan; None if there is nothing to pay for.

    Raises:
        InvalidInput: A limit is not a number of dollars.
        MissingKey: There is no key for fal.
        OverBudget: The run would cost more than a budget allows.
        StoreRefused: The store's folder can't be written to.
        ShotgraphError: A file does not fit its step, or the store can't be read.
    """
    from shotgraph.cli.show_plan import followed_now
    from shotgraph.plan.budgets import Limits, spending_of
    from shotgraph.plan.run_command import as_command
    from shotgraph.settings import Settings
    from shotgraph.store import open_store
    from shotgraph.store.digest import recall
    from shotgraph.store.refusals import not_done

    settings, rehearse = Settings(), bool(parameters["rehearse"])
    daily_usd = None if rehearse else settings.daily_budget_usd
    spending = spending_of(graph, Limits(parameters["max_usd"]), daily_usd)
    store = open_store(settings.store)
    if store.folder is not None and not os.access(store.folder, os.W_OK):
        is_read_only = os.statvfs(store.folder).f_flag & os.ST_RDONLY
        number = errno.EROFS if is_read_only else errno.EACCES
        refused_by = OSError(number, os.strerror(number))
        raise not_done(f"can't keep anything in {store.folder}", refused_by)
    if all(node.endpoint is None for node in graph.nodes.values()):
        return None
    has_block = None if server_is_configured() else has_key_block(_BLOCK)
    if not rehearse and has_block is False and settings.connection() is None:
        raise MissingKey.of(_BLOCK)
    await recall(store.records, graph.name)
    trusts = bool(parameters["trust_prices"]) or settings.trust_prices
    followed = await followed_now(graph, settings, store, rehearse=rehearse, trust_prices=trusts)
    plan = followed.plan
    is_sure = not server_is_configured() and (rehearse or has_block is False)
    if is_sure:
        refused = await spending.refusal(graph, plan, store, "", as_command(parameters))
        if refused is not None:
            raise refused
    return Foreseen(plan, spending.wall)


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
    more = "" if plan.is_bounded else ", perhaps for more: what some of them cost is not known"
    try:
        asked = f"This run will buy {_bought_words(plan)}{more}: go on?"
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
    more = "" if plan.is_bounded else ". It may be more: what some of them cost is not known"
    return f"This run buys {_bought_words(plan)} without asking, because {why}{more}"


def _bought_words(plan: "Plan") -> str:
    count = len(plan.bought)
    most = "at most " if plan.is_bounded else ""
    return f"{count} {'shot' if count == 1 else 'shots'} for {most}${plan.cost_usd:.2f}"


_ASKED = (
    "SELECT 1 FROM block_document JOIN block_type ON block_type.id = block_document.block_type_id "
    "WHERE block_type.slug = 'fal-credentials' AND block_document.name = ?"
)


def has_key_block(name: str = "default") -> bool | None:
    """Whether a FalCredentials block is saved in the database of a run's own server.

    Such a server keeps its blocks in Prefect's folder. Only block names are read, and Prefect is
    not imported.

    Returns:
        None if unknown: a setting names another database, or the database can't be read.
    """
    import sqlite3

    profile = prefect_profile()
    if profile is None or any(_names_a_database(one) for one in [*os.environ, *profile]):
        return None
    home = Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()
    database = home / "prefect.db"
    if not database.exists():
        return False
    try:
        with closing(
            sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        ) as opened:
            return opened.execute(_ASKED, (name,)).fetchone() is not None
    except sqlite3.OperationalError as error:
        # A server that was stopped at its first start leaves a database without tables.
        return False if "no such table" in str(error) else None
    except sqlite3.Error:
        return None


def _names_a_database(setting: str) -> bool:
    return setting.startswith("PREFECT_") and "DATABASE" in setting
