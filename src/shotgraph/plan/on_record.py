"""What a store has on record of the jobs of one plan."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from shotgraph.keys import Key
from shotgraph.making.local_jobs import LocalJob
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.job import Job
from shotgraph.money.results import Result, Results
from shotgraph.store import Store

MANY = 200
"""From how many steps on two lists of all records are quicker than two questions for each."""


class OnRecord:
    """Results and attempts by key."""

    def __init__(self, store: Store) -> None:
        self._is_folder = store.folder is not None
        self._records = store.records
        self._results = Results(store)
        self._ledger = Ledger(store.records)
        self._made: Mapping[str, Sequence[str]] | None = None
        self._tried: Mapping[str, Sequence[str]] | None = None

    async def list_all(self) -> None:
        """List what there is, so that nothing else is asked for.

        Raises:
            Retryable: The store could not be listed.
        """
        self._made = await self._keys("results")
        self._tried = await self._keys("attempts")

    async def _keys(self, folder: str) -> Mapping[str, Sequence[str]]:
        names: dict[str, list[str]] = defaultdict(list)
        for name in await self._records.names(folder):
            names[name.split("/")[1]].append(name)
        return names

    async def result(self, job: Job | LocalJob) -> Result | None:
        """Find what a job made, if its bytes are in the store too."""
        key, paths = job.key, job.paths if isinstance(job, Job) else None
        if self._made is not None and key not in self._made:
            return None
        if self._made is not None and self._is_folder:
            # Small files of this machine: to hand each to another thread takes longer than to read.
            return self._results.get_listed(self._made[key], paths)
        return await self._results.get(key, paths)

    async def latest(self, key: Key) -> Attempt:
        """Read the latest attempt to buy a job.

        Raises:
            Terminal: A record can't be read as one.
        """
        if self._tried is not None and key not in self._tried:
            return Attempt(key, 0)
        return await self._ledger.latest(key)
