"""Prefect's own scheduler, in days that have passed: ``python -m … DEPLOYMENT FROM UNTIL``.

It makes the runs that the server would have made, with the same code and in the same database. So a
week of a schedule needs no week.
"""

import asyncio
import sys
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from prefect.server.database import provide_database_interface
from prefect.server.models.deployments import schedule_runs
from sqlalchemy.exc import OperationalError

TRIES = 20


async def main(deployment_id: str, begin: str, end: str) -> None:
    """Make the runs that are due from one moment until another."""
    database = provide_database_interface()
    since, until = datetime.fromisoformat(begin), datetime.fromisoformat(end)
    async with database.session_context(begin_transaction=True) as session:
        # Prefect gives it its database by itself, which its types do not say.
        made = await cast(Any, schedule_runs)(
            session,
            UUID(deployment_id),
            start_time=since,
            end_time=until,
            min_time=until - since,
            max_runs=100,
        )
    sys.stdout.write(f"{len(made)}\n")


async def patiently(*words: str) -> None:
    """Do it again where the server itself was writing: SQLite has one writer at a time."""
    for tries_left in reversed(range(TRIES)):
        try:
            await main(*words)
        except OperationalError as error:
            if not tries_left or "locked" not in str(error):
                raise
        else:
            return


if __name__ == "__main__":
    asyncio.run(patiently(*sys.argv[1:]))
