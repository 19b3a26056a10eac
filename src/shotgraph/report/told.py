"""The manifests of runs, kept in the store: what pages are drawn from where there is no folder."""

import hashlib
from collections.abc import Sequence

from shotgraph.report.manifest import Manifest
from shotgraph.store import Store

_PREFIX = "manifests"


async def put_manifest(store: Store, manifest: Manifest) -> None:
    """Keep a run's manifest, under ``manifests/<film>/<when>-<run>.json``.

    Raises:
        Retryable: The store could not be written to.
    """
    run = hashlib.sha256(manifest.run_id.encode()).hexdigest()[:12]
    name = f"{_folder(manifest.film)}/{manifest.ended_at:%Y%m%dT%H%M%S%fZ}-{run}.json"
    await store.records.put_if_absent(name, manifest.model_dump_json().encode())


async def last_manifest(store: Store, film: str) -> Manifest | None:
    """Find the manifest of the last run of a film of that name; None if there is none.

    Raises:
        Retryable: The store could not be read.
    """
    for name in reversed(await store.records.names(_folder(film))):
        found = _read(await store.records.get(name))
        if found is not None and found.film == film:
            return found
    return None


async def manifests_of(store: Store, film: str) -> Sequence[Manifest]:
    """Read the manifests of all runs of a film, the newest first.

    Raises:
        Retryable: The store could not be read.
    """
    names = reversed(await store.records.names(_folder(film)))
    found = [_read(await store.records.get(name)) for name in names]
    return [manifest for manifest in found if manifest is not None and manifest.film == film]


async def last_manifests(store: Store) -> Sequence[Manifest]:
    """Read the last run of every film, the newest first.

    Raises:
        Retryable: The store could not be read.
    """
    newest: dict[str, str] = {}
    for name in await store.records.names(_PREFIX):
        newest[name.split("/")[1]] = name
    found = [_read(await store.records.get(name)) for name in newest.values()]
    known = [manifest for manifest in found if manifest is not None]
    return sorted(known, key=lambda manifest: manifest.ended_at, reverse=True)


def _folder(film: str) -> str:
    safe = "".join(char if char.isascii() and char.isalnum() else "_" for char in film)
    apart = hashlib.sha256(film.encode()).hexdigest()[:8]
    return f"{_PREFIX}/{safe[:100]}-{apart}"


def _read(data: bytes | None) -> Manifest | None:
    """Read one; one that is damaged counts as none: it is for people to look at."""
    try:
        return Manifest.model_validate_json(data) if data else None
    except ValueError:
        return None
