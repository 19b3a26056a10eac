"""The store: can it be written to, and does it put once?"""

import asyncio
import secrets
import shutil

from shotgraph.cli.checks.finding import Finding
from shotgraph.errors import ShotgraphError
from shotgraph.store import Store, open_store

RACERS = 8
LEAST_FREE_BYTES = 2 * 10**9
_ABOUT = "Store"


async def store(location: str) -> list[Finding]:
    """Write to the store, twice under one name, and then by many at once."""
    try:
        opened = open_store(location)
        found = [await _puts_once(opened)]
    except ShotgraphError as error:
        mend = "export SHOTGRAPH_STORE=/a/folder, or s3://a-bucket with its keys"
        return [Finding(_ABOUT, "problem", error.message, mend)]
    return found + _room(opened)


async def _puts_once(opened: Store) -> Finding:
    # The one promise of a store's that money rests on: of two who put, one hears that it did.
    name = f"doctor/{secrets.token_hex(8)}.json"
    values = [str(number).encode() for number in range(RACERS)]
    try:
        won = await asyncio.gather(*(opened.records.put_if_absent(name, value) for value in values))
        late = await opened.records.put_if_absent(name, b"late")
        kept = await opened.records.get(name)
    finally:
        await opened.records.remove([name])
    right = [value for value, first in zip(values, won, strict=True) if first] == [kept]
    if right and not late:
        return Finding(_ABOUT, "ok", f"{opened.location}, written to; it puts once")
    return Finding(
        _ABOUT,
        "problem",
        f"{opened.location} does not put once: of {RACERS} who put one record at the same time "
        f"{sum(won)} were told that theirs is there. In such a store a job can be bought twice",
        "use a folder on a local disk, or a bucket that honours If-None-Match",
    )


def _room(opened: Store) -> list[Finding]:
    if opened.folder is None:
        return []
    free = shutil.disk_usage(opened.folder).free
    said = f"{free / 1e9:.1f} GB free"
    if free >= LEAST_FREE_BYTES:
        return [Finding("Disk", "ok", said)]
    return [Finding("Disk", "note", f"{said} at {opened.folder}", "shotgraph purge --dry-run")]
