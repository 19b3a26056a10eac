"""The settings of a run for its tasks, such as its store and its connection to fal."""

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from prefect.runtime import flow_run
from pydantic import BaseModel, ConfigDict, SecretStr

from shotgraph.blocks.fal_credentials import fal_connection
from shotgraph.clock import SystemClock
from shotgraph.graph import Graph
from shotgraph.inputs.hosts import REHEARSAL, FalBases
from shotgraph.money.accounts import Account
from shotgraph.money.budget import Budget
from shotgraph.money.connection import FalConnection
from shotgraph.money.job_progress import Watch, unwatched
from shotgraph.money.known_prices import current_prices
from shotgraph.money.prices import Prices, latest_prices
from shotgraph.money.session import OnAmbiguous, Session, any_number
from shotgraph.rehearsal import RehearsalServer
from shotgraph.settings import settings_now
from shotgraph.store import Store, open_store
from shotgraph.tasks.semaphore import permits_at_fal
from shotgraph.tasks.stopping import cancelled_by_person

READ_AGAIN_AFTER_S = 60.0
"""Seconds after which a run reads the block with its key again."""

_connections: dict[tuple[object, ...], tuple[float, FalConnection]] = {}


def _surroundings() -> frozenset[tuple[str, str]]:
    """Return the environment's settings for fal: a flow may change them between two steps."""
    return frozenset(
        (name, value)
        for name, value in os.environ.items()
        if name == "FAL_KEY" or name.startswith("SHOTGRAPH_FAL_")
    )


def _forget_before(moment: float) -> None:
    for known, (read_at, _) in list(_connections.items()):
        if read_at <= moment:
            del _connections[known]


class RehearsalAt(BaseModel):
    """A running rehearsal. Its key opens nothing else, so it is not secret."""

    model_config = ConfigDict(frozen=True)

    bases: FalBases
    key: str


class RunSettings(BaseModel):
    """The settings that all tasks of a run share: plain JSON, without secrets.

    Attributes:
        store: A folder or bucket; None for the environment's store.
        credentials: The name of the FalCredentials block.
        rehearsal: The rehearsal that draws in place of fal.
        on_ambiguous: What to do after a lost reply; None for the environment's setting.
        budgets: The budgets that every submission reserves from.
        backend: The server's name in content keys; None if the run has not connected yet.
        account: The account of the run's purchases; None if there is none.
        allow_fallback: Whether fal may use an equivalent endpoint; None for the environment's
            setting.
        trust_prices: Whether to trust the prices of `fal` steps. In a flow of your own you wrote
            these prices; the flow `film` reads them from a file that may come from somebody else.
    """

    model_config = ConfigDict(frozen=True)

    store: str | None = None
    credentials: str = "default"
    rehearsal: RehearsalAt | None = None
    on_ambiguous: OnAmbiguous | None = None
    budgets: tuple[Budget, ...] = ()
    backend: str | None = None
    account: Account | None = None
    allow_fallback: bool | None = None
    trust_prices: bool = True

    def open_store(self) -> Store:
        """Open the run's store."""
        return open_store(self.store or settings_now().store)

    def bases(self) -> FalBases:
        """Return the addresses of fal, as far as they are known without the key."""
        return self.rehearsal.bases if self.rehearsal else settings_now().bases

    async def open_session(self, say: Callable[[str], None], watch: Watch = unwatched) -> Session:
        """Connect, and make the session that purchases need.

        Args:
            say: Called with lines for the run's log.
            watch: Called with the progress of each job.

        Raises:
            MissingKey: There is no key for fal.
        """
        settings, clock = settings_now(), SystemClock()
        fal, store = await self.connect(), self.open_store()
        return Session(
            fal=fal,
            store=store,
            clock=clock,
            say=say,
            windows=settings.windows,
            on_ambiguous=self.on_ambiguous or settings.on_ambiguous,
            budgets=self.budgets,
            daily_usd=settings.daily_budget_usd,
            watch=watch,
            account=self.account,
            prices=Prices() if self.rehearsal else await latest_prices(store, fal.backend),
            places=any_number
            if self.rehearsal
            else permits_at_fal(settings.fal_at_once, settings.fal_limit, say),
            cancelled_by_person=cancelled_by_person,
            film=self.account.film if self.account else str(flow_run.flow_name or ""),
            run_id=self.account.run_id if self.account else str(flow_run.id or ""),
            allow_fallback=settings.fal_fallback
            if self.allow_fallback is None
            else self.allow_fallback,
            trust_prices=self.trust_prices,
        )

    async def prices_of(self, graph: Graph) -> Prices:
        """Find today's prices of a film's endpoints; a rehearsal needs none.

        Raises:
            MissingKey: There is a job to buy, and no key.
        """
        endpoints = [node.endpoint.id for node in graph.nodes.values() if node.endpoint is not None]
        if self.rehearsal is not None or not endpoints:
            return Prices()
        return await current_prices(
            self.open_store(), await self.connect(), SystemClock(), endpoints
        )

    async def connect(self) -> FalConnection:
        """Connect to fal, or to the rehearsal.

        Raises:
            MissingKey: There is no key for fal.
        """
        if self.rehearsal is not None:
            key = SecretStr(self.rehearsal.key)
            return FalConnection(self.rehearsal.bases, key, REHEARSAL)
        # Steps that begin together share one read. It is kept only for a short time: after a change
        # of the key in the block, the next step must use the new key.
        run, now = flow_run.id, time.monotonic()
        asked = (run, self.credentials, _surroundings())
        known = _connections.get(asked) if run else None
        if known is not None and now - known[0] < READ_AGAIN_AFTER_S:
            return known[1]
        connection = await fal_connection(self.credentials)
        if run:
            _forget_before(now - READ_AGAIN_AFTER_S)
            _connections[asked] = now, connection
        return connection


@asynccontextmanager
async def rehearsing(
    rehearse: bool, settings: RunSettings | None = None
) -> AsyncIterator[RunSettings]:
    """Serve a rehearsal for as long as the run takes, if the run is one.

    Args:
        rehearse: Whether the run is a rehearsal.
        settings: The other settings of the run.
    """
    settings = settings or RunSettings()
    if not rehearse:
        yield settings
        return
    async with RehearsalServer() as server:
        ports = settings_now().bases.file_ports
        bases = FalBases.model_validate({**server.bases.as_dict(), "file_ports": ports})
        at = RehearsalAt(bases=bases, key=server.key)
        yield settings.model_copy(update={"rehearsal": at, "backend": REHEARSAL})
