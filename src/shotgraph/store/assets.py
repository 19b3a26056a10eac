"""Media by their content: bytes under their sha256."""

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from weakref import WeakValueDictionary

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore

from shotgraph.errors import Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.media.file_parts import in_chunks, size_without_text
from shotgraph.model.file_memory import MOST_FILES, FileMemory, cache_folder, is_file
from shotgraph.model.references import Asset, MediaKind, Sha256
from shotgraph.store.disk import on_disk_of, opened, scratch
from shotgraph.store.records import link_once
from shotgraph.store.refusals import explained, explained_now, not_done

if TYPE_CHECKING:
    from shotgraph.media.info import MediaInfo

_locks: WeakValueDictionary[tuple[Sha256, int], asyncio.Lock] = WeakValueDictionary()
"""Steps of one run with the same input upload it once, and download it once."""

_TYPES = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x1aE\xdf\xa3": "video/webm",
    b"\0\1\0\0\0": "font/ttf",
    b"OTTO": "font/otf",
}

START_BYTES = 16
"""The bytes at the start of a file that tell its content type."""


def sha256_of_file(path: Path) -> Sha256:
    """The hash of an input file; an unchanged file is read once in a process.

    The story at the end of a film's file does not count: as an input, the film has the same hash
    as in the store, and no prompts or names of its run are sent to fal.
    """
    return _hashes.of(path)


def size_of_file(path: Path) -> int:
    """The number of bytes that the store keeps of an input file: all without a film's story."""
    with path.open("rb") as file:
        return size_without_text(file)


def _given_sha256(path: Path) -> Sha256:
    with path.open("rb") as file:
        return _given_sha256_of(file)


def _given_sha256_of(file: BufferedReader) -> Sha256:
    size_bytes = size_without_text(file)
    if size_bytes == os.fstat(file.fileno()).st_size:
        file.seek(0)
        return _sha256_of(file)
    found = hashlib.sha256()
    for chunk in in_chunks(file, 0, size_bytes):
        found.update(chunk)
    return Sha256(found.hexdigest())


def read_sha256(path: Path) -> Sha256:
    """Hash all bytes of a file, without the cache; 0.1 s for 200 MB."""
    with path.open("rb") as file:
        return _sha256_of(file)


def _sha256_of(file: BufferedReader) -> Sha256:
    return Sha256(hashlib.file_digest(file, "sha256").hexdigest())


_hashes = FileMemory(_given_sha256)
_infos: OrderedDict[Sha256, "MediaInfo"] = OrderedDict()
"""The probed properties of assets; bytes under one hash never change."""


def _opened_anyhow(path: Path) -> BufferedReader:
    return path.open("rb")


def _asset_of(
    open_it: Callable[[Path], AbstractContextManager[BufferedReader]], path: Path, kind: MediaKind
) -> Asset:
    with open_it(path) as file:
        content_type = content_type_by(file.read(START_BYTES), kind)
        return Asset(
            sha256=_hashes.of_open(file, _given_sha256_of),
            kind=kind,
            size_bytes=size_without_text(file),
            content_type=content_type,
        )


def content_type_of(path: Path, kind: MediaKind) -> str:
    """The content type of a file, by its first bytes."""
    with path.open("rb") as file:
        return content_type_by(file.read(START_BYTES), kind)


def content_type_by(start: bytes, kind: MediaKind) -> str:
    """The content type for the first bytes of a file."""
    if start[4:8] == b"ftyp":
        return "video/quicktime" if start[8:10] == b"qt" else f"{_mp4_kind(kind)}/mp4"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    for magic, content_type in _TYPES.items():
        if start.startswith(magic):
            return content_type
    return "application/octet-stream"


def _mp4_kind(kind: MediaKind) -> str:
    return "audio" if kind == "audio" else "video"


class AssetStore:
    """Media in a folder or a bucket, under ``objects/``."""

    def __init__(self, backend: ObjectStore, folder: Path | None) -> None:
        self._backend = backend
        self._folder = folder

    async def add(
        self,
        path: Path,
        kind: MediaKind,
        info: "MediaInfo | None" = None,
        *,
        is_checked: bool = False,
    ) -> Asset:
        """Put a file into the store; if its bytes are there already, nothing is copied.

        Args:
            path: The file.
            kind: The kind of medium.
            info: The probed properties, if the file was probed.
            is_checked: Whether the path was resolved and checked before. Then no link is followed:
                a link in the path is new, and may lead elsewhere.

        Raises:
            Retryable: The store could not be written to.
            Terminal: A checked path leads over a link.
        """
        # The opened file is hashed. The copy that is made later must have this hash.
        open_it = opened if is_checked else _opened_anyhow
        asset = await asyncio.to_thread(_asset_of, open_it, path, kind)
        sha256 = asset.sha256
        async with _alone(sha256):
            try:
                await self._put(path, asset)
            except (BaseError, OSError) as error:
                raise not_done(f"could not keep {path.name}", error) from None
        if info is not None:
            _remember(sha256, info)
        return asset

    def know(self, asset: Asset, info: "MediaInfo") -> None:
        """Remember the probed properties of a file with the same bytes."""
        _remember(asset.sha256, info)

    async def info(self, asset: Asset) -> "MediaInfo":
        """The probed properties of an asset; its bytes are probed once in a process.

        Raises:
            MediaError: The asset can't be read as media.
            Terminal: The store has lost its bytes.
            Retryable: The store could not be read.
        """
        # Imported here, because most commands that open a store never probe a file.
        from shotgraph.media.probe import probe

        path = await self.file(asset)
        async with _alone(asset.sha256):
            info = _infos.get(asset.sha256) or await probe(path)
            _remember(asset.sha256, info)
        return info

    async def _put(self, path: Path, asset: Asset) -> None:
        if self._folder is None:
            # This machine needs the file again: a local copy saves a download from the bucket.
            path = await asyncio.to_thread(_copied, path, asset)
        there = await self.size_bytes(asset.sha256)
        if there == asset.size_bytes:
            return
        # Bytes of another length are damaged, and are replaced.
        damaged = there is not None or self._is_link(asset.sha256)
        reach(Failpoint.ASSET_PUT)
        try:
            if self._folder is not None:
                await asyncio.to_thread(self._link, path, asset, damaged=damaged)
            else:
                mode: Literal["create", "overwrite"] = "overwrite" if damaged else "create"
                await obstore.put_async(self._backend, object_name(asset.sha256), path, mode=mode)
        except AlreadyExistsError:
            pass
        reach(Failpoint.ASSET_THERE)

    def _link(self, path: Path, asset: Asset, *, damaged: bool) -> None:
        """Keep a copy of the bytes that were hashed: a user's own file may change later."""
        assert self._folder is not None  # noqa: S101  only called for a folder
        with scratch(self._folder) as room:
            copy, sha256 = room / "copy", asset.sha256
            _copy(path, copy, asset)
            if read_sha256(copy) != sha256:
                raise OSError(f"{path.name} changed while it was read")
            copy.chmod(0o444)
            with copy.open("rb") as file:
                os.fsync(file.fileno())
            if damaged:
                copy.replace(self._folder / object_name(sha256))
            else:
                link_once(copy, self._folder / object_name(sha256))

    async def size_bytes(self, sha256: Sha256) -> int | None:
        """The number of bytes under this hash; None if they are not in the store."""
        if self._is_link(sha256):
            return None
        try:
            return (await obstore.head_async(self._backend, object_name(sha256)))["size"]
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as unexplained:
            error = await explained(self._backend, object_name(sha256), unexplained)
            raise not_done(f"could not look for {sha256[:12]}…", error) from None

    def _is_link(self, sha256: Sha256) -> bool:
        """Whether a link is in the place of the bytes: it may lead to any file of this machine."""
        return self._folder is not None and (self._folder / object_name(sha256)).is_symlink()

    def here_now(self, sha256: Sha256) -> bool:
        """Whether the bytes are in the store, for callers that can't await."""
        return self.size_bytes_now(sha256) is not None

    def size_bytes_now(self, sha256: Sha256) -> int | None:
        """Like `size_bytes`, for callers that can't await."""
        if self._is_link(sha256):
            return None
        try:
            return obstore.head(self._backend, object_name(sha256))["size"]
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as unexplained:
            error = explained_now(self._backend, object_name(sha256), unexplained)
            raise not_done(f"could not look for {sha256[:12]}…", error) from None

    async def remove(self, sha256: Sha256) -> None:
        """Remove bytes from the store, and this machine's copy.

        Raises:
            Retryable: The store could not be written to.
        """
        try:
            await obstore.delete_async(self._backend, object_name(sha256))
        except FileNotFoundError:
            pass
        except (BaseError, OSError) as error:
            raise not_done(f"could not remove {sha256[:12]}…", error) from None
        copy_of(sha256).unlink(missing_ok=True)

    async def part(self, sha256: Sha256, start: int, size_bytes: int) -> bytes:
        """Read a part of the bytes under a hash, without fetching the rest.

        Raises:
            Retryable: The store could not be read, or does not have the bytes.
        """
        try:
            read = await obstore.get_range_async(
                self._backend, object_name(sha256), start=start, length=size_bytes
            )
        except (BaseError, OSError) as error:
            raise not_done(f"could not read {sha256[:12]}…", error) from None
        return bytes(read)

    async def file(self, asset: Asset) -> Path:
        """The path of the bytes on this machine; from a bucket, they are copied first.

        Raises:
            Terminal: The store has lost the bytes.
            Retryable: The store could not be read.
        """
        return await self.path_of(asset.sha256, asset.size_bytes, what=asset.kind)

    async def path_of(self, sha256: Sha256, size_bytes: int, *, what: str) -> Path:
        """The path of some bytes on this machine, like `file`.

        Args:
            sha256: The hash of the bytes.
            size_bytes: Their number.
            what: The file's name in messages.
        """
        lost = _lost(sha256, size_bytes, what)
        if self._folder is not None:
            path = self._folder / object_name(sha256)
            try:
                if self._is_link(sha256) or not is_file(path) or path.stat().st_size != size_bytes:
                    raise lost
            except OSError as error:
                raise not_done(f"could not look for {sha256[:12]}…", error) from None
            return path
        path = copy_of(sha256)
        async with _alone(sha256):
            if not path.is_file():
                await self._copy_down(sha256, path, lost)
        return path

    async def _copy_down(self, sha256: Sha256, path: Path, lost: Terminal) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                result = await obstore.get_async(self._backend, object_name(sha256))
                async for chunk in result.stream():
                    file.write(chunk)
            if await asyncio.to_thread(read_sha256, Path(part)) != sha256:
                raise lost
            Path(part).replace(path)
        except FileNotFoundError:
            raise lost from None
        except (BaseError, OSError) as error:
            raise not_done(f"could not read {sha256[:12]}…", error) from None
        finally:
            Path(part).unlink(missing_ok=True)


def _remember(sha256: Sha256, info: "MediaInfo") -> None:
    _infos[sha256] = info
    _infos.move_to_end(sha256)
    if len(_infos) > MOST_FILES:
        _infos.popitem(last=False)


def copies() -> Path:
    """The folder of this machine's copies of files in buckets; a missing copy is fetched again."""
    return cache_folder() / "objects"


def copy_of(sha256: Sha256) -> Path:
    """The path of this machine's copy of some bytes; it may not exist."""
    return copies() / sha256[:2] / sha256


def _copy(path: Path, copy: Path, asset: Asset) -> None:
    shutil.copyfile(path, copy)
    if copy.stat().st_size > asset.size_bytes:
        os.truncate(copy, asset.size_bytes)  # without the story at the end


def _copied(path: Path, asset: Asset) -> Path:
    """Copy the bytes that were hashed: a user's own file may change before the upload."""
    kept = copy_of(asset.sha256)
    if kept.is_file():
        return kept
    with on_disk_of(kept.parent):
        kept.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=kept.parent, suffix=".part")
    os.close(handle)
    try:
        with on_disk_of(kept.parent):
            _copy(path, Path(part), asset)
        if read_sha256(Path(part)) != asset.sha256:
            raise OSError(f"{path.name} changed while it was read")
        Path(part).replace(kept)
    finally:
        Path(part).unlink(missing_ok=True)
    return kept


def _alone(sha256: Sha256) -> asyncio.Lock:
    return _locks.setdefault((sha256, id(asyncio.get_running_loop())), asyncio.Lock())


def object_name(sha256: Sha256) -> str:
    """The name of a file in the store."""
    return f"objects/{sha256[:2]}/{sha256}"


def _lost(sha256: Sha256, size_bytes: int, what: str) -> Terminal:
    return Terminal(
        f"the store no longer has the {what} {sha256[:12]}… "
        f"({size_bytes} bytes), though its records name it; "
        "put it back, or name another store with SHOTGRAPH_STORE"
    )
