"""Small pictures of the clips of a run; each is made once, and kept in the store.

A picture of a clip takes half a second of a processor, and nobody should wait for many. So a run
draws pictures during its jobs, one at a time, and a few missing ones at its end; the rest is drawn
when a person opens the page.
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
"""The kinds of pictures of a clip. All kinds of an image show the image; it has no strip.

preview: a moving picture of five seconds, 320 pixels, at most 60 kB. glimpse: the preview in 16 kB.
still: the middle frame of the preview, some 5 kB. strip: eight frames in a row, at most 40 kB.
poster: the frame that is most like the others, at most 1280 pixels.
"""

MOST_BYTES = 2 << 20
"""The largest picture. A larger file was put there by others, and is not put into pages."""
GLIMPSE_BYTES, STRIP_BYTES = 16_000, 40_000
FRAME_PX, MOST_FRAMES, LONGEST_S = 384, 200, 60
"""Limits of single frames of a film: the longer side, the number of frames, and the length of the
film in seconds, because the whole film is decoded for them."""

FEW = 12
"""The most missing pictures of clips that a run draws at its end. A short film has all its pictures
at once; if more are missing, the run draws only the film's own."""

VERSION = 1
"""Increased when pictures change, so that kept pictures are drawn again."""

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
"""A process draws one picture at a time, so that a join can run its ffmpeg."""
_locks: WeakValueDictionary[tuple[str, str, int], asyncio.Lock] = WeakValueDictionary()


class Pictures:
    """The pictures of a store's media, as WebP.

    The pictures are assets of the store. A record under ``pictures/`` names a medium's picture.
    """

    def __init__(self, store: Store, *, draws: int | None = None) -> None:
        """Open the pictures of a store.

        Args:
            store: The store with the media.
            draws: The most missing pictures of clips to draw; None for all. If more are missing,
                only the first is drawn. A picture of an image is always drawn, because it takes
                only a moment.
        """
        self._store = store
        self._draws = draws

    async def all_of(self, media: Iterable[Asset], look: PictureKind) -> dict[Sha256, bytes]:
        """The pictures of media; media without a picture are skipped."""
        wanted = {medium.sha256: medium for medium in media}
        found = {sha256: await self._seen(medium, look) for sha256, medium in wanted.items()}
        missing = [medium for sha256, medium in wanted.items() if found[sha256] is None]
        clips = [
            medium
            for medium in missing
            # A picture that is made from a kept preview takes only a moment.
            if medium.kind == "video"
            and not (look in _SMALLER and await self._seen(medium, "preview"))
        ]
        left_out = clips[1:] if self._draws is not None and len(clips) > self._draws else []
        for medium in missing:
            if medium not in left_out:
                found[medium.sha256] = await self.of(medium, look)
        return {sha256: data for sha256, data in found.items() if data is not None}

    async def _seen(self, medium: Asset, look: PictureKind) -> bytes | None:
        """Like `kept`, but don't look again for records that were missing a moment ago."""
        known, place = memory(), self._store.records.location
        if known is None:
            return await self.kept(medium, look)
        if look in _SMALLER and known.is_absent(place, _name(medium.sha256, "preview")):
            return None  # the picture is made from the missing preview
        if known.is_absent(place, _name(medium.sha256, look)):
            return None
        found = await self.kept(medium, look)
        if found is None:
            known.note_absent(place, _name(medium.sha256, look))
        return found

    async def kept(self, medium: Asset, look: PictureKind) -> bytes | None:
        """The picture of a medium if it was drawn before; else None."""
        try:
            return await self._kept(medium, look)
        except (ShotgraphError, OSError):
            return None

    async def of(self, medium: Asset, look: PictureKind) -> bytes | None:
        """The picture of a medium; None for a sound, or if the picture isn't or can't be drawn.

        Errors are ignored, because pictures are only for people: nothing depends on them.
        """
        loop = id(asyncio.get_running_loop())
        try:
            async with _locks.setdefault((medium.sha256, look, loop), asyncio.Lock()):
                kept = await self._kept(medium, look)
                return kept if kept is not None else await self._new(medium, look)
        except (ShotgraphError, OSError):
            return None

    async def frames_of(self, film: Medium, numbers: Sequence[int]) -> dict[int, bytes]:
        """Single frames of a film, by their numbers from 0; skip frames that can't be drawn."""
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
            pass  # as in `of`: nothing depends on a picture
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
        except Terminal:  # the store has lost the picture: draw it again
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
        """Make a picture from a preview; the clip itself is not decoded."""
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
