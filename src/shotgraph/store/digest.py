"""A film's digest: a copy of the records of its finished jobs in one file, for faster reading.

A bucket takes some 25 ms for each record, and a film has five records for each of its jobs. A
digest is only a copy: records are still listed, and if a digest is lost, torn or old, each record
is read by itself. It holds records that never change and lead to no purchase: results, faults,
and the attempts that have ended.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from contextlib import suppress

from shotgraph.errors import ShotgraphError
from shotgraph.store.read_once import memory
from shotgraph.store.records import MAX_RECORD_BYTES, RecordStore, film_folder

FEWEST = 20
"""A new digest is written for at least so many records that no digest has."""
_MOST_BYTES = 8 << 20
_VERSION = 1
_NAME = re.compile(r"/[0-9]{8}-[0-9a-f]{64}\.bin")
_KINDS = ("results", "flaws")
_OF_ATTEMPTS = ("intent.json", "outcome.json", "ended.json")


async def recall(records: RecordStore, film: str) -> None:
    """Read a film's digest into the memory of `each_read_once`; once for each film.

    A digest is optional, so errors are ignored.
    """
    known, folder = memory(), _folder(film)
    if known is None or not records.location or known.is_recalled(records.location, folder):
        return
    with suppress(ShotgraphError):
        for name in reversed(await _names(records, folder)):
            held = _held(name, await records.get(name))
            if held is not None:
                known.recall(records.location, held)
                return


async def digest(records: RecordStore, film: str) -> None:
    """Write a film's digest from the memory of `each_read_once`, if enough records are new.

    A digest is optional, so errors are ignored.
    """
    known, folder = memory(), _folder(film)
    if known is None or not records.location:
        return
    held = _settled(known.used(records.location))
    if sum(not known.was_recalled(records.location, name) for name in held) < FEWEST:
        return
    data = _data(held)
    if len(data) > MAX_RECORD_BYTES:
        return
    with suppress(ShotgraphError):
        before = await _names(records, folder)
        # The number comes first, so that the last name is the newest.
        number = int(before[-1].rpartition("/")[2].partition("-")[0]) + 1 if before else 1
        sha256 = hashlib.sha256(data).hexdigest()
        if await records.put_if_absent(f"{folder}/{number:08}-{sha256}.bin", data):
            await records.remove(before)


async def _names(records: RecordStore, folder: str) -> list[str]:
    """Name a film's digests, the oldest first; files with other names are skipped."""
    return [name for name in await records.names(folder) if _NAME.fullmatch(name[len(folder) :])]


def _settled(used: Mapping[str, bytes]) -> dict[str, bytes]:
    """The records for a digest: they never change and are often read; up to a total size."""
    found: dict[str, bytes] = {}
    left = _MOST_BYTES
    for name, data in sorted(used.items()):
        kind, _, rest = name.partition("/")
        folder, _, slot = rest.rpartition("/")
        is_over = slot in _OF_ATTEMPTS and f"attempts/{folder}/ended.json" in used
        if (kind in _KINDS or (kind == "attempts" and is_over)) and len(data) <= left:
            found[name] = data
            left -= len(data)
    return found


def _data(held: Mapping[str, bytes]) -> bytes:
    texts = {name: data.decode("utf-8", "surrogateescape") for name, data in held.items()}
    return zlib.compress(json.dumps({"version": _VERSION, "records": texts}).encode())


def _held(name: str, data: bytes | None) -> dict[str, bytes] | None:
    """The records in a digest; None if it is not whole, or of another version."""
    stated = name.rpartition("-")[2].removesuffix(".bin")
    if data is None or hashlib.sha256(data).hexdigest() != stated:
        return None
    try:
        said = json.loads(zlib.decompressobj().decompress(data, 2 * _MOST_BYTES))
        if said["version"] != _VERSION:
            return None
        texts: dict[str, str] = said["records"]
        return {name: text.encode("utf-8", "surrogateescape") for name, text in texts.items()}
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error):
        return None


def _folder(film: str) -> str:
    return f"digests/{film_folder(film, 16)}"
