"""Find old records and copies that can be removed. Records of purchases stay."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shotgraph.keys import Key
from shotgraph.model.references import Sha256
from shotgraph.model.walk import each_value
from shotgraph.money.results import Result
from shotgraph.money.settled import (
    Lineage,
    LocalInputs,
    all_behind,
    all_but_last,
    old_budgets,
    old_claims,
    superseded_attempts,
)
from shotgraph.store import Store
from shotgraph.store.assets import copies
from shotgraph.store.records import read_or_none

_SHA256 = re.compile(rb"[0-9a-f]{64}")
_INTENT = "/intent.json"


@dataclass(frozen=True)
class Old:
    """Records and files that can be removed.

    Attributes:
        records: The names of records by kind, in the order of removal.
        films: Outputs of local steps that no other record names.
        copies: This machine's copies of files in a bucket.
    """

    records: dict[str, Sequence[str]]
    films: Sequence[Sha256] = ()
    copies: Sequence[Path] = ()

    def counts(self) -> dict[str, int]:
        """The number of records and files of each kind."""
        found = {what: len(names) for what, names in self.records.items()}
        return {**found, "films": len(self.films), "local copies": len(self.copies)}


async def find_old(store: Store, before: datetime, *, films: bool) -> Old:
    """Find records and files that can be removed.

    Args:
        before: Records from this moment on stay, by the store's own clock.
        films: Whether results of local steps are removed too: they can be made again for free.
            Inputs of bought jobs stay: another ffmpeg would make other bytes.

    Raises:
        Terminal: A record of the ledger can't be read, so other records may depend on it.
        Retryable: The store could not be read.
    """
    records = store.records
    found: dict[str, Sequence[str]] = {
        # The next plan is compared with the last run of its film.
        "runs": all_but_last_old(await records.names("runs"), await records.older("runs", before)),
        "manifests": old_manifests(
            await records.names("manifests"), await records.older("manifests", before)
        ),
        "superseded attempts": await superseded_attempts(records, before),
        "claims": await old_claims(records, before),
        "budgets": await old_budgets(records, before),
        # They count only for the budget of their day.
        "days": await records.older("days", before),
        # They are used for three days only.
        "uploads": await records.older("uploads", before),
        # Copies of other records.
        "digests": await records.older("digests", before),
        "prices": all_but_last_old(
            await records.names("prices"), await records.older("prices", before)
        ),
    }
    made: Sequence[Sha256] = ()
    if films:
        found["results of local steps"], made = await _films(store, before)
    return Old(found, made, _old_copies(before) if store.folder is None else ())


async def remove(store: Store, old: Old) -> None:
    """Remove old records first, then the files that they name.

    Raises:
        Retryable: The store could not be written to; another call removes the rest.
    """
    for names in old.records.values():
        await store.records.remove(names)
    for sha256 in old.films:
        await store.assets.remove(sha256)
    for path in old.copies:
        path.unlink(missing_ok=True)


def all_but_last_old(names: Sequence[str], old: Sequence[str]) -> list[str]:
    """Name the old records, except the last record of each folder."""
    followed = set(all_but_last(names))
    return [name for name in old if name in followed]


def old_manifests(names: Sequence[str], old: Sequence[str]) -> list[str]:
    """Name the old manifests, except the last one of each outcome of each film.

    The name of a manifest has the outcome of its run. The film's page shows the last run that made
    the whole film, even if later runs failed or were rehearsals.
    """
    kinds: dict[str, list[str]] = {}
    for name in names:
        kinds.setdefault("-".join(name.rpartition("/")[2].split("-")[2:]), []).append(name)
    return [name for kind in kinds.values() for name in all_but_last_old(kind, old)]


async def _films(store: Store, before: datetime) -> tuple[list[str], list[Sha256]]:
    """Find the results of local steps that can be removed, and their files.

    An input of a bought job stays. A result stays too if its inputs are not on record: older
    versions of shotgraph did not record them.
    """
    old = set(await store.records.older("results", before))
    names = await store.records.names("results")
    data = dict(zip(names, await store.records.get_each(names), strict=True))
    local = {name: result for name in names if (result := _local(data[name])) is not None}
    lineage = await Lineage(store.records).all()
    needed = await _needed(store, local.values(), lineage)
    gone = {
        name: result.asset.sha256
        for name, result in local.items()
        if name in old and result.key in lineage and result.asset.sha256 not in needed
    }
    kept = {sha256 for name in names if name not in gone for sha256 in _named_in(data[name])}
    # The files that the bundles of deployments name stay.
    bundles = await store.records.names("bundles")
    for found in await store.records.get_each(bundles):
        kept |= _named_in(found)
    return list(gone), sorted(set(gone.values()) - kept)


async def _needed(
    store: Store, local: Iterable[Result], lineage: Mapping[Key, LocalInputs]
) -> set[Sha256]:
    """Find the inputs of all jobs that were sent, and the media they were made from."""
    made_by: dict[Sha256, list[Key]] = defaultdict(list)
    for result in local:
        made_by[result.asset.sha256].append(result.key)
    taken = set[Sha256]()
    names = [name for name in await store.records.names("attempts") if name.endswith(_INTENT)]
    for data in await store.records.get_each(names):
        taken |= _named_in(data)
    # Older versions of shotgraph did not record the shot of split pieces; the manifests have it.
    manifests = await store.records.names("manifests")
    for data in await store.records.get_each(manifests):
        taken |= _taken_by_paid_steps(data)
    return all_behind(taken, made_by, lineage)


def _taken_by_paid_steps(manifest: bytes | None) -> set[Sha256]:
    """The outputs of local steps before the paid steps of a run, from its manifest."""
    try:
        steps = {step["name"]: step for step in json.loads(manifest or b"")["steps"]}
        ahead = [step for step in steps.values() if step["endpoint"] is not None]
        found, seen = set[Sha256](), set[str]()
        while ahead:
            for name in _steps_in(ahead.pop()["arguments"]) - seen:
                seen.add(name)
                if name in steps:
                    ahead.append(steps[name])
                    found |= _named_in(json.dumps(steps[name]["medium"]).encode())
    except (ValueError, LookupError, TypeError):
        return set()
    return found


def _steps_in(arguments: object) -> set[str]:
    """The steps that some recorded arguments refer to."""
    values = (value for _, value in each_value(arguments))
    return {str(value["step"]) for value in values if isinstance(value, dict) and "step" in value}


def _named_in(data: bytes | None) -> set[Sha256]:
    return {Sha256(match.decode()) for match in _SHA256.findall(data or b"")}


def _local(data: bytes | None) -> Result | None:
    """Read the result of a local step; None if it is of a paid step, or can't be read."""
    result = read_or_none(Result, data)
    return result if result is not None and result.request_id is None else None


def _old_copies(before: datetime) -> list[Path]:
    found = []
    for path in copies().glob("*/*"):
        looked_at = max(path.stat().st_atime, path.stat().st_mtime)
        if datetime.fromtimestamp(looked_at, UTC) < before:
            found.append(path)
    return found
