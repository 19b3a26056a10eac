"""Small pictures of the clips of a run; each is made once, and kept in the store.

A picture of a clip takes a processor for half a second. So nobody waits for many: a run draws them
beside its jobs, one at a time; at its end it draws the few that are missing; and what is missing
then is drawn when somebody looks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias
from weakref import WeakValueDictionary

from shotgraph.errors import ShotgraphError, Terminal
from shotgraph.media.concurrency import LoopSemaphore
from shotgraph.media.probe import Medium
from shotgraph.media.sheets.preview import (
    THUMBNAIL_BYTES,
    glimpse_of,
    preview,
    still_of,
    strip_of,
    thumbnail,
)
from shotgraph.media.sheets.sheet import POSTER_PX, poster
from shotgraph.media.sheets.stills import frame_pictures
from shotgraph.model.references import Asset, Sha256
from shotgraph.store import Store
from shotgraph.store.read_once import memory

PictureKind: TypeAlias = Literal["preview", "glimpse", "still", "strip", "poster"]
"""preview: five seconds that move, 320 pixels, at most 60 kB. glimpse: the same in 16 kB. still:
its middle frame, some 5 kB. strip: eight frames in a row, at most 40 kB. poster: the one frame that
is most like the others, at most 1280 pixels. Of an image, all are the image, and it has no strip.
"""

MOST_BYTES = 2 << 20
"""The largest picture: a larger file was put there by others, and would be on every page."""
GLIMPSE_BYTES, STRIP_BYTES = 16_000, 40_000
FRAME_PX, MOST_FRAMES, LONGEST_S = 384, 200, 60
"""The longer side of one frame of a film, how many are drawn, and of a film of how many seconds:
for these, all of it is decoded."""

FEW = 12
"""How many missing pictures of clips a run draws at its end. A short film has all of its pictures
at once; where more are missing, only the film's own are drawn."""

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


def _glimpse(preview: bytes) -> bytes | None:
    return glimpse_of(preview, GLIMPSE_BYTES)


def _strip(preview: bytes) -> bytes | None:
    return strip_of(preview, STRIP_BYTES)


_SMALLER: dict[PictureKind, Callable[[bytes], bytes | None]] = {
    "glimpse": _glimpse,
    "still": still_of,
    "strip": _strip,
}

_place = LoopSemaphore(1)
"""One at a time in a process, so that a join finds a place for its ffmpeg."""
_locks: WeakValueDictionary[tuple[str, str, int], asyncio.Lock] = WeakValueDictionary()


class Pictures:
    """The pictures of a store's media, as WebP.

    They are assets like any other; a record under ``pictures/`` has the picture of each medium.
    """

    def __init__(self, store: Store, *, draws: int | None = None) -> None:
        """Show the pictures of a store.

        Args:
            store: Where the media are.
            draws: How many pictures of clips are drawn at most; None for all that are missing.
                Where more are missing, only the first is drawn. An image is always drawn: it takes
                a moment.
        """
        self._store = store
        self._draws = draws

    async def all_of(self, media: Iterable[Asset], look: PictureKind) -> dict[Sha256, bytes]:
        """The pictures of some media; media that have none, or get none, are left out."""
        wanted = {medium.sha256: medium for medium in media}
        found = {sha256: await self._seen(medium, look) for sha256, medium in wanted.items()}
        missing = [medium for sha256, medium in wanted.items() if found[sha256] is None]
        clips = [
            medium
            for medium in missing
            # One that is made of a kept preview takes a moment.
            if medium.kind == "video"
            and not (look in _SMALLER and await self._seen(medium, "preview"))
        ]
        left_out = clips[1:] if self._draws is not None and len(clips) > self._draws else []
        for medium in missing:
            if medium not in left_out:
                found[medium.sha256] = await self.of(medium, look)
        return {sha256: data for sha256, data in found.items() if data is not None}

    async def _seen(self, medium: Asset, look: PictureKind) -> bytes | None:
        """`kept`, where what was not there a moment ago is not looked for again."""
        known, place = memory(), self._store.records.location
        if known is None:
            return await self.kept(medium, look)
        if look in _SMALLER and known.is_absent(place, _name(medium.sha256, "preview")):
            return None  # it would be made of that
        if known.is_absent(place, _name(medium.sha256, look)):
            return None
        found = await self.kept(medium, look)
        if found is None:
            known.note_absent(place, _name(medium.sha256, look))
        return found

    async def kept(self, medium: Asset, look: PictureKind) -> bytes | None:
        """The picture of a medium, if it was drawn before."""
        try:
            return await self._kept(medium, look)
        except (ShotgraphError, OSError):
            return None

    async def of(self, medium: Asset, look: PictureKind) -> bytes | None:
        """The picture of a medium; None for a sound, and if it isn't or can't be drawn.

        A picture is for people to look at: nothing else depends on it, so nothing fails by it.
        """
        loop = id(asyncio.get_running_loop())
        try:
            async with _locks.setdefault((medium.sha256, look, loop), asyncio.Lock()):
                kept = await self._kept(medium, look)
                return kept if kept is not None else await self._new(medium, look)
        except (ShotgraphError, OSError):
            return None

    async def frames_of(self, film: Medium, numbers: Sequence[int]) -> dict[int, bytes]:
        """Single frames of a film, by their numbers from 0; what isn't or can't be drawn is left
        out."""
        wanted = sorted(set(numbers))[:MOST_FRAMES]
        found: dict[int, bytes] = {}
        try:
            for number in wanted:
                kept = await self._kept(film, f"frame-{number}")
                found |= {number: kept} if kept is not None else {}
            left = [number for number in wanted if number not in found]
            if left and self._draws != 0 and film.duration_s <= LONGEST_S:
                found |= await self._frames(film, left)
        except (ShotgraphError, OSError):
            pass  # as above: nothing fails by a picture
        return found

    async def _frames(self, film: Medium, numbers: Sequence[int]) -> dict[int, bytes]:
        source = await self._store.assets.file(film)
        async with _place.held():
            with self._store.scratch() as room:
                drawn = await frame_pictures(source, numbers, room / "frames", FRAME_PX)
                for number, data in drawn.items():
                    path = room / f"{number}.webp"
                    path.write_bytes(data)
                    await self._keep(film, f"frame-{number}", path)
        return drawn

    async def _kept(self, medium: Asset, look: str) -> bytes | None:
        data = await self._store.records.get(_name(medium.sha256, look))
        try:
            asset = Asset.model_validate_json(data) if data else None
        except ValueError:
            return None
        if asset is None:
            return None
        try:
            return await self._bytes(asset)
        except Terminal:  # the store has lost it: it is drawn again
            return None

    async def _bytes(self, asset: Asset) -> bytes | None:
        if asset.size_bytes > MOST_BYTES:
            return None
        path = await self._store.assets.file(asset)
        return await asyncio.to_thread(path.read_bytes)

    async def _new(self, medium: Asset, look: PictureKind) -> bytes | None:
        if look in _SMALLER:
            return await self._smaller(medium, look)
        draw = _DRAWN_BY.get((look, medium.kind))
        if draw is None:
            return None
        source = await self._store.assets.file(medium)
        if not self._may_draw(medium):
            return None
        async with _place.held():
            with self._store.scratch() as room:
                await draw(source, room / "picture.webp")
                return await self._bytes(await self._keep(medium, look, room / "picture.webp"))

    def _may_draw(self, medium: Asset) -> bool:
        if self._draws is None or medium.kind != "video":
            return True
        self._draws -= 1
        return self._draws >= 0

    async def _smaller(self, medium: Asset, look: PictureKind) -> bytes | None:
        """Make a picture out of a preview, which decodes nothing else."""
        preview = await self.of(medium, "preview")
        data = await asyncio.to_thread(_SMALLER[look], preview) if preview is not None else None
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
