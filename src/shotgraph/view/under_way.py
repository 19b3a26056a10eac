"""The runs in progress, from the records of the store.

A run records its steps when it begins, and its manifest when it ends. The ledger has the progress
in between.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Literal

from shotgraph.clock import Clock
from shotgraph.errors import ShotgraphError
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.keys import Key
from shotgraph.money.accounts import Account, AccountEntry, Accounts
from shotgraph.money.attempts import Ledger
from shotgraph.money.results import Results
from shotgraph.plan.run_record import RunRecord
from shotgraph.report import words
from shotgraph.store import Store
from shotgraph.store.records import read_or_none

MOST_RUNS, MOST_HOURS = 8, 24
"""The most runs that are shown, and the age after which a run without an end counts as ended."""

State = Literal["there", "at fal", "to come"]


@dataclass(frozen=True)
class StepUnderWay:
    """A step of a run in progress."""

    name: str
    kind: str
    state: State


@dataclass(frozen=True)
class RunUnderWay:
    """A run with a recorded beginning and no recorded end.

    Attributes:
        begun: The time of the beginning, in words.
        cost: The cost so far, in words.
    """

    film: str
    run_id: str
    begun: str
    cost: str
    is_rehearsal: bool
    steps: tuple[StepUnderWay, ...]


@dataclass(frozen=True)
class Happening:
    """The runs in progress in a store.

    Attributes:
        seen: A text that changes when a run has ended, or a decision was made.
    """

    seen: str
    runs: tuple[RunUnderWay, ...]

    def as_json(self) -> dict[str, object]:
        """The data for the page."""
        return asdict(self)


class Watching:
    """Looks at a store repeatedly. Results never go away, so each is looked up once."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._there: set[Key] = set()

    async def look(self) -> Happening:
        """Look now.

        Raises:
            ShotgraphError: The store could not be read.
        """
        records = self._store.records
        manifests = await records.names("manifests")
        ended = {name.rpartition("/")[2] for name in manifests}
        seen = await seen_in(self._store)
        runs = []
        for name in await records.newest("runs", ".json", MOST_RUNS):
            record = read_or_none(RunRecord, await records.get(name))
            if record is not None and self._goes_on(record, ended):
                runs.append(await self._run(record))
        return Happening(seen, tuple(runs))

    async def changes(
        self, wait: Callable[[], Awaitable[None]], seen: str = ""
    ) -> AsyncIterator[Happening]:
        """Yield the state of the runs after each change; wait if the store can't be read.

        Args:
            wait: Waits between two looks.
            seen: The state that the page shows already.
        """
        before: Happening | None = None
        while True:
            try:
                now = await self.look()
            except ShotgraphError:
                now = before or Happening(seen, ())
            if now != before:
                yield now
            before = now
            await wait()

    def _goes_on(self, record: RunRecord, ended: set[str]) -> bool:
        if self._clock.now() - record.at > timedelta(hours=MOST_HOURS):
            return False
        run = hashlib.sha256(record.run_id.encode()).hexdigest()[:12]
        begun = f"{record.at:%Y%m%dT%H%M%S%fZ}"
        # A resumed run has an earlier manifest, from the time when it began to wait.
        return not any(run in name and name.partition("-")[0] >= begun for name in ended)

    async def _run(self, record: RunRecord) -> RunUnderWay:
        account = Account(film=record.film, run_id=record.run_id)
        accounts = Accounts(self._store.records)
        entries = {entry.step: entry for entry in await accounts.of_run(account)}
        steps = [
            StepUnderWay(name, node.kind, await self._state(node.key, entries.get(name)))
            for name, node in record.nodes.items()
        ]
        return RunUnderWay(
            film=record.film,
            run_id=record.run_id,
            begun=f"{record.at:%H:%M UTC}",
            cost=words.money(await accounts.money_of(account)),
            is_rehearsal=record.backend == REHEARSAL,
            steps=tuple(steps),
        )

    async def _state(self, key: Key | None, entry: AccountEntry | None) -> State:
        key = entry.asked if entry is not None else key
        if key is None:
            return "to come"
        if key in self._there or await Results(self._store).get(key) is not None:
            self._there.add(key)
            return "there"
        if entry is None:
            return "to come"
        attempt = await Ledger(self._store.records).latest(entry.key)
        return "at fal" if attempt.state not in ("succeeded", "failed") else "to come"


async def seen_in(store: Store) -> str:
    """A text that changes when a run has ended or waits, or a decision was made.

    Raises:
        Retryable: The store could not be read.
    """
    records = store.records
    names = [*await records.names("manifests"), *await records.names("decisions")]
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


async def every(seconds: float) -> None:
    """Wait between two looks."""
    await asyncio.sleep(seconds)
