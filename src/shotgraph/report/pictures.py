"""Small pictures of the clips of a run; each is made once, and kept in the store."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from shotgraph.errors import ShotgraphError
from shotgraph.media.sheets.preview import (
    THUMBNAIL_BYTES,
    glimpse_of,
    preview,
    strip_of,
    thumbnail,
)
from shotgraph.media.sheets.sheet import POSTER_PX, poster
from shotgraph.media.sheets.stills import frame_pictures
from shotgraph.model.references import Asset, Sha256
from shotgraph.store import Store

PictureKind: TypeAlias = Literal["preview", "glimpse", "poster", "strip"]
"""preview: five seconds that move, 320 pixels, at most 60 kB. glimpse: the same in 16 kB. poster:
the one frame that is most like the others, at most 1280 pixels. strip: eight frames in a row, in 40
kB. Of an image, all are the image."""

MOST_BYTES = 2 << 20
"""Of a picture: what is larger was put there by others, and would be on every page."""
GLIMPSE_BYTES, STRIP_BYTES = 16_000, 40_000
_SMALLER = ("glimpse", "strip")
"""Made out of a preview, which decodes nothing else."""
FRAME_PX, MOST_FRAMES = 384, 400
"""The longer side of one frame of a film, and how many are drawn of one film."""

VERSION = 1
"""Increased when pictures change; kept ones are then drawn again."""

Draw: TypeAlias = Callable[[Path, Path], Awaitable[object]]

_DRAWN_BY: dict[tuple[PictureKind, str], Draw] = {
    ("preview", "video"): preview,
    ("poster", "video"): poster,
    ("preview", "image"): thumbnail,
    ("poster", "image"): partial(
        thumbnail, long_side_px=POSTER_PX, most_bytes=10 * THUMBNAIL_BYTES
    ),
}


class Pictures:
    """The pictures of a store's media, as WebP.

    They are assets like any other; a record under ``pictures/`` has the picture of each medium.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all_of(self, media: Iterable[Asset], look: PictureKind) -> dict[Sha256, bytes]:
        """The pictures of some media, drawn concurrently; media that can't be drawn are left
        out."""
        wanted = {medium.sha256: medium for medium in media}
        made = await asyncio.gather(*(self.of(medium, look) for medium in wanted.values()))
        return {sha256: data for sha256, data in zip(wanted, made, strict=True) if data is not None}

    async def of(self, medium: Asset, look: PictureKind) -> bytes | None:
        """The picture of a medium; None for a sound, and if it can't be read or drawn.

        A picture is for people to look at: nothing else depends on it, so nothing fails by it.
        """
        draw = _DRAWN_BY.get((look, medium.kind))
        try:
            asset = await self._kept(medium, look)
            if asset is None and look in _SMALLER:
                return await self._smaller(medium, look)
            if asset is None and draw is not None:
                asset = await self._drawn(medium, look, draw)
            if asset is None or asset.size_bytes > MOST_BYTES:
                return None
            return (await self._store.assets.file(asset)).read_bytes()
        except (ShotgraphError, OSError):
            return None

    async def _kept(self, medium: Asset, look: str) -> Asset | None:
        data = await self._store.records.get(_name(medium.sha256, look))
        try:
            asset = Asset.model_validate_json(data) if data else None
        except ValueError:
            return None
        there = await self._store.assets.size_bytes(asset.sha256) if asset is not None else None
        return asset if asset is not None and there == asset.size_bytes else None

    async def _drawn(self, medium: Asset, look: PictureKind, draw: Draw) -> Asset:
        source = await self._store.assets.file(medium)
        with self._store.scratch() as room:
            await draw(source, room / "picture.webp")
            return await self._keep(medium, look, room / "picture.webp")

    async def frames_of(self, film: Asset, numbers: Sequence[int]) -> dict[int, bytes]:
        """Single frames of a film, by their numbers from 0; those that can't be drawn are left
        out."""
        wanted = sorted(set(numbers))[:MOST_FRAMES]
        found: dict[int, bytes] = {}
        try:
            for number in wanted:
                asset = await self._kept(film, f"frame-{number}")
                if asset is not None and asset.size_bytes <= MOST_BYTES:
                    found[number] = (await self._store.assets.file(asset)).read_bytes()
            left = [number for number in wanted if number not in found]
            if left:
                source = await self._store.assets.file(film)
                with self._store.scratch() as room:
                    drawn = await frame_pictures(source, left, room / "frames", FRAME_PX)
                    for number, data in drawn.items():
                        path = room / f"{number}.webp"
                        path.write_bytes(data)
                        await self._keep(film, f"frame-{number}", path)
                found.update(drawn)
        except (ShotgraphError, OSError):
            pass  # as above: nothing fails by a picture
        return found

    async def _smaller(self, medium: Asset, look: PictureKind) -> bytes | None:
        preview = await self.of(medium, "preview")
        if preview is None:
            return None
        make, most_bytes = (
            (glimpse_of, GLIMPSE_BYTES) if look == "glimpse" else (strip_of, STRIP_BYTES)
        )
        data = await asyncio.to_thread(make, preview, most_bytes)
        if data is None:
            return None
        with self._store.scratch() as room:
            (room / "picture.webp").write_bytes(data)
            await self._keep(medium, look, room / "picture.webp")
        return data

    async def _keep(self, medium: Asset, look: str, path: Path) -> Asset:
        asset = await self._store.assets.add(path, "image")
        record = asset.model_dump_json().encode()
        await self._store.records.put_if_absent(_name(medium.sha256, look), record)
        return asset


def _name(sha256: Sha256, look: str) -> str:
    return f"pictures/{look}-{VERSION}/{sha256}.json"
