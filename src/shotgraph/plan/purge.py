"""Old records and copies that can go: what is kept is what says that something was bought."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shotgraph.ledger import Result
from shotgraph.ledger.settled import (
    all_but_last,
    old_budgets,
    old_claims,
    superseded_attempts,
)
from shotgraph.media_ref import Sha256
from shotgraph.store import Store
from shotgraph.store.assets import copies

_SHA256 = re.compile(rb"[0-9a-f]{64}")


@dataclass(frozen=True)
class Old:
    """What can go.

    Attributes:
        records: Names, by what they are, each list in the order in which they are removed.
        films: What local steps made: the bytes that nothing else names.
        copies: This machine's copies of what is in a bucket.
    """

    records: dict[str, Sequence[str]]
    films: Sequence[Sha256] = ()
    copies: Sequence[Path] = ()

    def counts(self) -> dict[str, int]:
        """How many there are of each kind."""
        found = {what: len(names) for what, names in self.records.items()}
        return {**found, "films": len(self.films), "local copies": len(self.copies)}


async def find_old(store: Store, before: datetime, *, films: bool) -> Old:
    """Find what can go.

    Args:
        store: The store.
        before: What was put later stays, by the store's own clock.
        films: Whether results of local steps go, too: they can be made again for nothing.

    Raises:
        Terminal: A record of the ledger can't be read, so it is not known what rests on it.
        Retryable: The store could not be read.
    """
    records = store.records
    found: dict[str, Sequence[str]] = {
        # The next plan is held against the last run of its film.
        "runs": all_but_last_old(await records.names("runs"), await records.older("runs", before)),
        # The last is what the film's page shows.
        "manifests": all_but_last_old(
            await records.names("manifests"), await records.older("manifests", before)
        ),
        "superseded attempts": await superseded_attempts(records, before),
        "claims": await old_claims(records, before),
        "budgets": await old_budgets(records, before),
        # They count for three days only.
        "uploads": await records.older("uploads", before),
        "prices": all_but_last_old(
            await records.names("prices"), await records.older("prices", before)
        ),
    }
    made: Sequence[Sha256] = ()
    if films:
        found["results of local steps"], made = await _films(store, before)
    return Old(found, made, _old_copies(before) if store.folder is None else ())


async def remove(store: Store, old: Old) -> None:
    """Remove it: what names bytes before the bytes.

    Raises:
        Retryable: The store could not be written to; run again, and the rest goes.
    """
    for names in old.records.values():
        await store.records.remove(names)
    for sha256 in old.films:
        await store.assets.remove(sha256)
    for path in old.copies:
        path.unlink(missing_ok=True)


def all_but_last_old(names: Sequence[str], old: Sequence[str]) -> list[str]:
    """Name those that are old, except the last one of each folder."""
    followed = set(all_but_last(names))
    return [name for name in old if name in followed]


async def _films(store: Store, before: datetime) -> tuple[list[str], list[Sha256]]:
    old = set(await store.records.older("results", before))
    names: list[str] = []
    gone: set[Sha256] = set()
    kept: set[str] = set()
    for name in await store.records.names("results"):
        data = await store.records.get(name) or b""
        result = _read(data)
        if name in old and result is not None and result.request_id is None:
            names.append(name)
            gone.add(result.asset.sha256)
        else:
            kept.update(match.decode() for match in _SHA256.findall(data))
    # What is deployed names its files, and takes them out of the store.
    for name in await store.records.names("bundles"):
        data = await store.records.get(name) or b""
        kept.update(match.decode() for match in _SHA256.findall(data))
    return names, sorted(gone - kept)


def _read(data: bytes) -> Result | None:
    try:
        return Result.model_validate_json(data)
    except ValueError:
        return None


def _old_copies(before: datetime) -> list[Path]:
    found = []
    for path in copies().glob("*/*"):
        looked_at = max(path.stat().st_atime, path.stat().st_mtime)
        if datetime.fromtimestamp(looked_at, UTC) < before:
            found.append(path)
    return found
