"""Which media each local job took: what a store must not lose, where something bought rests on it.

A paid job is known by the bytes that it takes; its intent names them. What a local step made can
be made again for nothing, but another ffmpeg makes other bytes of it, and every paid job behind it
would be bought anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shotgraph.keys import Key
from shotgraph.model.references import Sha256
from shotgraph.store import RecordStore


class Taken(BaseModel):
    """The media that a local job took, by their bytes."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    media: Sequence[Sha256]


class Lineage:
    """Records under ``lineage/<key>.json``, each put before the result of its job."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    async def note(self, key: Key, media: Iterable[Sha256]) -> None:
        """Note what a local job took.

        Raises:
            Retryable: The store could not be written to.
        """
        taken = Taken(media=sorted(set(media)))
        await self._records.put_if_absent(f"lineage/{key}.json", taken.model_dump_json().encode())

    async def all(self) -> Mapping[Key, Taken]:
        """Read what every local job took; a record that can't be read counts as none.

        Raises:
            Retryable: The store could not be read.
        """
        names = await self._records.names("lineage")
        read = zip(names, map(_read, await self._records.get_each(names)), strict=True)
        return {Key(name.split("/")[1].removesuffix(".json")): one for name, one in read if one}


def _read(data: bytes | None) -> Taken | None:
    try:
        return Taken.model_validate_json(data) if data else None
    except ValueError:
        return None


def all_behind(
    media: Iterable[Sha256], made_by: Mapping[Sha256, Sequence[Key]], lineage: Mapping[Key, Taken]
) -> set[Sha256]:
    """Find everything that some media rest on: these, what made them took, and so on.

    Args:
        media: Where to begin.
        made_by: The local jobs that made each medium.
        lineage: What they took.
    """
    found: set[Sha256] = set()
    ahead = list(media)
    while ahead:
        one = ahead.pop()
        if one in found:
            continue
        found.add(one)
        for key in made_by.get(one, ()):
            ahead += lineage[key].media if key in lineage else ()
    return found
