"""A process that puts one record: ``python -m tests.money.ledger.one_put STORE intent|outcome``."""

import asyncio
import sys

from shotgraph.failpoints import Failpoint
from shotgraph.money.attempts import Ledger
from shotgraph.store import open_store
from tests.money.ledger.records import ACCEPTED, KEY, intent


async def put(location: str, slot: str) -> None:
    """Begin the next attempt, or say of the latest that it was accepted."""
    ledger = Ledger(open_store(location).records)
    latest = await ledger.latest(KEY)
    if slot == "intent":
        await ledger.begin(latest, intent())
    else:
        await ledger.record(latest, ACCEPTED, Failpoint.OUTCOME_PUT)


if __name__ == "__main__":
    asyncio.run(put(*sys.argv[1:]))
