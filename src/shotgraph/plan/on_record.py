"""What a store has on record of the jobs of one plan."""

from shotgraph.fal.job import Job
from shotgraph.keys import Key
from shotgraph.ledger import Attempt, Ledger, Result, Results
from shotgraph.local.job import LocalJob
from shotgraph.store import Store

MANY = 200
"""From how many steps on two lists of all records are quicker than two questions for each."""


class OnRecord:
    """Results and attempts by key."""

    def __init__(self, store: Store) -> None:
        self._records = store.records
        self._results = Results(store)
        self._ledger = Ledger(store.records)
        self._made: frozenset[str] | None = None
        self._tried: frozenset[str] | None = None

    async def list_all(self) -> None:
        """List what there is, so that nothing else is asked for.

        Raises:
            Retryable: The store could not be listed.
        """
        self._made = await self._keys("results")
        self._tried = await self._keys("attempts")

    async def _keys(self, folder: str) -> frozenset[str]:
        return frozenset(name.split("/")[1] for name in await self._records.names(folder))

    async def result(self, job: Job | LocalJob) -> Result | None:
        """Find what a job made, if its bytes are in the store too."""
        key = job.key
        if self._made is not None and key not in self._made:
            return None
        return await self._results.get(key, job.paths if isinstance(job, Job) else None)

    async def latest(self, key: Key) -> Attempt:
        """Read the latest attempt to buy a job.

        Raises:
            Terminal: A record can't be read as one.
        """
        if self._tried is not None and key not in self._tried:
            return Attempt(key, 0)
        return await self._ledger.latest(key)
