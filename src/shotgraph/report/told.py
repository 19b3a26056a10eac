"""The manifests of runs, kept in the store: what pages are drawn from where there is no folder.

A name says when the run ended, which run it was, and what came of it, so that a list of films
reads few records: ``manifests/<film>/<when>-<run>-film-whole.json``. Names of older versions end
after the run.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shotgraph.report.manifest import Manifest
from shotgraph.store import Store

_PREFIX = "manifests"
_MOST_READ = 20
"""How many records are read at most to find the one that shows a film."""


@dataclass(frozen=True)
class LastRuns:
    """What a film is shown by.

    Attributes:
        shown: The last run that made the whole film; where none has, the last one.
        later: The last run, where it ended after that one and made nothing.
    """

    shown: Manifest
    later: Manifest | None = None


async def put_manifest(store: Store, manifest: Manifest) -> None:
    """Keep a run's manifest.

    Raises:
        Retryable: The store could not be written to.
    """
    what = "rehearsal" if manifest.is_rehearsal else "film"
    whole = "whole" if manifest.status == "done" else "part"
    run = _hash_of(manifest.run_id)
    name = f"{manifest.ended_at:%Y%m%dT%H%M%S%fZ}-{run}-{what}-{whole}.json"
    data = manifest.model_dump_json().encode()
    await store.records.put_if_absent(f"{_folder(manifest.film)}/{name}", data)


async def last_runs_of(store: Store, film: str) -> LastRuns | None:
    """Find what shows a film; rehearsals only where it has no other runs. None of an unknown film.

    Raises:
        Retryable: The store could not be read.
    """
    names = await store.records.names(_folder(film))
    return next(iter(await _last_runs(store, names, film)), None)


async def manifest_of(store: Store, film: str, run_id: str) -> Manifest | None:
    """Read the manifest of one run of a film; None if there is none.

    Raises:
        Retryable: The store could not be read.
    """
    run = _hash_of(run_id)
    for name in reversed(await store.records.names(_folder(film))):
        if run in name:
            found = _read(await store.records.get(name))
            if found is not None and (found.film, found.run_id) == (film, run_id):
                return found
    return None


async def manifests_of(store: Store, film: str) -> Sequence[Manifest]:
    """Read the manifests of all runs of a film, the newest first.

    Raises:
        Retryable: The store could not be read.
    """
    names = reversed(await store.records.names(_folder(film)))
    found = [_read(data) for data in await asyncio.gather(*map(store.records.get, names))]
    return [manifest for manifest in found if manifest is not None and manifest.film == film]


async def last_runs(store: Store) -> Sequence[LastRuns]:
    """Find what shows each film, the newest first; a film's rehearsals are shown by themselves.

    Raises:
        Retryable: The store could not be read.
    """
    folders: dict[str, list[str]] = {}
    for name in await store.records.names(_PREFIX):
        folders.setdefault(name.split("/")[1], []).append(name)
    every = await asyncio.gather(*(_last_runs(store, names) for names in folders.values()))
    found = [runs for one in every for runs in one]
    return sorted(found, key=lambda runs: runs.shown.ended_at, reverse=True)


async def _last_runs(store: Store, names: Sequence[str], film: str | None = None) -> list[LastRuns]:
    """Find what shows a film, and what shows its rehearsals; read as little as can be."""
    last: dict[bool, list[Manifest]] = {}
    reads = 0
    for name in reversed(names):
        found = None
        if _may_show(name, last) and reads < _MOST_READ:
            found, reads = _read(await store.records.get(name)), reads + 1
        if found is not None and film in (None, found.film):
            last.setdefault(found.is_rehearsal, []).append(found)
    return [_shown(last[is_rehearsal]) for is_rehearsal in sorted(last)]


def _may_show(name: str, last: dict[bool, list[Manifest]]) -> bool:
    """Tell whether a run is one to be shown, as far as its name says, beside later ones."""
    what, whole = _marks(name)
    of_its_kind: Iterable[Sequence[Manifest]] = (
        [last.get(what == "rehearsal", [])] if what else [last.get(False, []), last.get(True, [])]
    )
    for runs in of_its_kind:
        if not runs or (whole != "part" and not any(_is_whole(run) for run in runs)):
            return True
    return False


def _shown(runs: Sequence[Manifest]) -> LastRuns:
    shown = next((run for run in runs if _is_whole(run)), runs[0])
    return LastRuns(shown, runs[0] if runs[0] is not shown else None)


def _is_whole(manifest: Manifest) -> bool:
    return manifest.status == "done"


def _marks(name: str) -> tuple[str, str]:
    """Read what a run was and what came of it out of its name; empty of an older version's."""
    parts = name.rpartition("/")[2].removesuffix(".json").split("-")
    return (parts[2], parts[3]) if len(parts) == 4 else ("", "")


def _folder(film: str) -> str:
    safe = "".join(char if char.isascii() and char.isalnum() else "_" for char in film)
    apart = hashlib.sha256(film.encode()).hexdigest()[:8]
    return f"{_PREFIX}/{safe[:100]}-{apart}"


def _hash_of(run_id: str) -> str:
    return hashlib.sha256(run_id.encode()).hexdigest()[:12]


def _read(data: bytes | None) -> Manifest | None:
    """Read one; one that is damaged counts as none: it is for people to look at."""
    try:
        return Manifest.model_validate_json(data) if data else None
    except ValueError:
        return None
