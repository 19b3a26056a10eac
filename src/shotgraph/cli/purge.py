"""``shotgraph purge``: remove old records and copies, and nothing that was bought."""

import asyncio
import re
import sys
from datetime import timedelta
from typing import Annotated

import typer

from shotgraph.cli.output import AsJson, print_json
from shotgraph.errors import InvalidInput

LEAST = timedelta(days=7)
"""Long after the last moment at which a job can still be looked for."""

OlderThan = Annotated[
    str, typer.Option("--older-than", metavar="AGE", help="In days or weeks: 90d, 12w.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")]
Films = Annotated[
    bool,
    typer.Option(
        "--films",
        help="What local steps made goes too, unless something that was bought rests on it.",
    ),
]


def purge(
    older_than: OlderThan = "90d",
    dry_run: DryRun = False,
    films: Films = False,
    as_json: AsJson = False,
) -> None:
    """Remove old records and copies from the store.

    What fal drew stays, and so does the latest attempt of every job: it says that it was bought.
    Jobs in flight or not known, and all that they could need, are left alone.
    """
    counts = asyncio.run(_purge(_age(older_than), dry_run=dry_run, films=films))
    if as_json:
        print_json({"removed": not dry_run, "counts": counts})
        return
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    removed = "would be removed" if dry_run else "were removed"
    sys.stdout.write(f"Older than {older_than}, {removed}: {said or 'nothing'}.\n")


async def _purge(age: timedelta, *, dry_run: bool, films: bool) -> dict[str, int]:
    from shotgraph.clock import SystemClock
    from shotgraph.plan.purge import find_old, remove
    from shotgraph.settings import Settings
    from shotgraph.store import open_store

    store = open_store(Settings().store)
    old = await find_old(store, SystemClock().now() - age, films=films)
    if not dry_run:
        await remove(store, old)
    return old.counts()


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,5})([dw])", text)
    if match is None:
        raise InvalidInput(f'--older-than is "{text}"; allowed: days or weeks, as 90d or 12w')
    days = int(match[1]) * (7 if match[2] == "w" else 1)
    if days < LEAST.days:
        raise InvalidInput(
            f"--older-than is {text}; allowed: from {LEAST.days}d up, because a job whose answer "
            "was lost may still be looked for; nothing was removed"
        )
    return timedelta(days=days)
