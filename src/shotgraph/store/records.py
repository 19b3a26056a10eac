"""Records under names: each is written once, in a folder or a bucket."""

import asyncio
import hashlib
import heapq
import os
import re
from collections.abc import Awaitable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore
from pydantic import BaseModel

from shotgraph.errors import Terminal
from shotgraph.failpoints import Failpoint, armed, reach
from shotgraph.store.disk import check_there, scratch
from shotgraph.store.read_once import memory
from shotgraph.store.refusals import NO_BUCKET, explained, not_done

_PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}"
_NAME = re.compile(rf"{_PART}(/{_PART}){{0,7}}")


def is_name(name: str) -> bool:
    """Whether this is a valid record name; a stray file in a store's folder may have another."""
    return _NAME.fullmatch(name) is not None


def film_folder(film: str, hex_digits: int = 8) -> str:
    """The folder name of a film's records: the film's name in plain characters, and its hash."""
    apart = hashlib.sha256(film.encode()).hexdigest()[:hex_digits]
    return f"{plain(film)[:100]}-{apart}"


def plain(text: str) -> str:
    """Replace all characters except ASCII letters and digits with ``_``."""
    return "".join(char if char.isascii() and char.isalnum() else "_" for char in text)


Shape = TypeVar("Shape", bound=BaseModel)


def read_or_none(shape: type[Shape], data: bytes | None) -> Shape | None:
    """Read a record; None if it is missing, damaged, or from a newer version."""
    try:
        return shape.model_validate_json(data) if data else None
    except ValueError:
        return None


def checked(name: str) -> str:
    """Check that a name is valid in every store, and stays inside the store.

    Parts of names come from fal, such as a request's id, and in a folder a name is a path.

    Raises:
        Terminal: The name is not valid; nothing was read or written.
    """
    if not is_name(name):
        raise Terminal(
            f"no record can be called {name[:200]!r}; allowed: up to 8 parts with '/' between, "
            "each of letters, digits, '.', '_' and '-', not starting with '.'"
        )
    return name


def put_once(folder: Path, name: str, data: bytes, *, tear: Failpoint | None = None) -> bool:
    """Write bytes under a name; True if this call wrote them, False if the name was taken.

    Args:
        folder: The store's folder.
        name: The name, with slashes; missing folders are made.
        data: The whole content.
        tear: In tests, the failpoint at which this write is torn.

    Raises:
        OSError: The disk could not keep the bytes.
    """
    # A killed process leaves an unfinished file in its temporary folder, not among the records.
    with scratch(folder) as room:
        whole = room / "record"
        with whole.open("xb") as file:
            if tear is not None:
                file.write(data[: len(data) // 2])
                file.flush()
                reach(tear)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return link_once(whole, folder / name)


def link_once(whole: Path, path: Path) -> bool:
    """Give a finished file on the same disk its name; True if the name was free.

    Raises:
        OSError: The disk could not keep the name.
    """
    _make(path.parent)
    try:
        os.link(whole, path)
    except FileExistsError:
        return False
    _keep(path.parent)
    return True


def _make(folder: Path) -> None:
    """Make a folder and its parents, and sync each new name."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _keep(folder.parent)


def _keep(folder: Path) -> None:
    """Sync the names in a folder."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


MAX_RECORD_BYTES = 1024 * 1024
"""The most bytes of a digest, or of a bundle's record."""
MOST_READ_BYTES = 16 << 20
"""The most bytes of any record: the largest holds a whole reply of fal, of up to 8 MiB."""
AT_ONCE = 16
"""The most records that are read at a time. One by one from a bucket, at 25 ms each, the records
of 240 jobs would take as long as a job may wait to be sent."""

Read = TypeVar("Read")


async def gather_reads(reads: Iterable[Awaitable[Read]]) -> list[Read]:
    """Await some reads, `AT_ONCE` at a time, and return their results in order."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(read: Awaitable[Read]) -> Read:
        async with places:
            return await read

    return await asyncio.gather(*map(one, reads))


class RecordStore:
    """Records by name, such as ``results/9f3a….json``; a record never changes."""

    def __init__(
        self, backend: ObjectStore, folder: Path | None = None, location: str = ""
    ) -> None:
        """Open the records of a store.

        Args:
            backend: The object store.
            folder: The store's folder; None for a bucket.
            location: The store's location; if it is empty, records are not remembered.
        """
        self._backend = backend
        self._folder = folder
        self.location = location

    async def put_if_absent(self, name: str, data: bytes, *, at: Failpoint | None = None) -> bool:
        """Write a record; True if this call wrote it, False if the name was taken.

        Args:
            name: The name, with slashes.
            data: The whole record.
            at: The failpoint just before the write.

        Raises:
            Retryable: The store could not be written to.
            Terminal: The name is not valid, or the record is too large.
        """
        checked(name)
        _check_size(name, len(data))
        torn = at is not None and self._folder is not None and armed(at, "torn")
        if at is not None and not torn:
            reach(at)
        try:
            if self._folder is not None:
                is_put = await asyncio.to_thread(
                    put_once, self._folder, name, data, tear=at if torn else None
                )
            else:
                await obstore.put_async(self._backend, name, data, mode="create")
                is_put = True
        except AlreadyExistsError:
            return False
        except (BaseError, OSError) as error:
            raise not_done(f"could not keep {name}", error) from None
        if is_put:
            self._remembered(name, data)
        return is_put

    async def get(self, name: str) -> bytes | None:
        """Read a record; None if there is none.

        Raises:
            Retryable: The store could not be read.
            Terminal: The name is not valid, or the record is too large.
        """
        seen = self._read_before(checked(name))
        if seen is not None:
            return seen
        try:
            result = await obstore.get_async(self._backend, name)
            _check_size(name, result.meta["size"])
            return self._remembered(name, bytes(await result.bytes_async()))
        except FileNotFoundError as error:
            _check_there(self._folder, name, error)
            return None
        except (BaseError, OSError) as error:
            raise not_done(f"could not read {name}", error) from None

    async def get_each(self, names: Iterable[str]) -> list[bytes | None]:
        """Read several records, `AT_ONCE` at a time, in order.

        Raises:
            Retryable: The store could not be read.
            Terminal: A name is not valid, or a record is too large.
        """
        return await gather_reads(self.get(name) for name in names)

    def get_now(self, name: str) -> bytes | None:
        """Like `get`, for callers that can't await."""
        seen = self._read_before(checked(name))
        if seen is not None:
            return seen
        try:
            result = obstore.get(self._backend, name)
            _check_size(name, result.meta["size"])
            return self._remembered(name, bytes(result.bytes()))
        except FileNotFoundError as error:
            _check_there(self._folder, name, error)
            return None
        except (BaseError, OSError) as error:
            raise not_done(f"could not read {name}", error) from None

    def _read_before(self, name: str) -> bytes | None:
        known = memory()
        return known.record(self.location, name) if known is not None else None

    def _remembered(self, name: str, data: bytes) -> bytes:
        known = memory()
        if known is not None:
            known.keep(self.location, name, data)
        return data

    async def put_at(self, name: str) -> datetime | None:
        """Tell when a record was written, by the store's own clock.

        Returns:
            The time; None if there is no such record. Also None for a folder: its times come from
            the writing machine's clock, and change when the folder is copied.

        Raises:
            Retryable: The store could not be read.
            Terminal: The name is not valid.
        """
        checked(name)
        if self._folder is not None:
            return None
        try:
            return (await obstore.head_async(self._backend, name))["last_modified"]
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as unexplained:
            error = await explained(self._backend, name, unexplained)
            raise not_done(f"could not read {name}", error) from None

    async def names(self, prefix: str, *, since: datetime | None = None) -> list[str]:
        """List the names of the records under a folder, sorted.

        Args:
            prefix: The folder.
            since: Skip older records, by the store's own clock.

        Raises:
            Retryable: The store could not be listed.
        """
        return await asyncio.to_thread(self.names_now, prefix, since=since)

    def names_now(self, prefix: str, *, since: datetime | None = None) -> list[str]:
        """Like `names`, for callers that can't await."""
        checked(prefix)
        check_there(self._folder)
        try:
            chunks = obstore.list(self._backend, prefix=prefix)
            names = (
                meta["path"]
                for chunk in chunks
                for meta in chunk
                if since is None or meta["last_modified"] >= since
            )
            return sorted(name for name in names if is_name(name))
        except FileNotFoundError:
            return []
        except (BaseError, OSError) as error:
            raise not_done(f"could not list {prefix}", error) from None

    def few_names_now(self, prefix: str, most: int) -> list[str] | None:
        """List the records under a folder; None, after a partial listing, if more than `most`.

        Raises:
            Retryable: The store could not be listed.
        """
        checked(prefix)
        names: list[str] = []
        try:
            for chunk in obstore.list(self._backend, prefix=prefix):
                names += [meta["path"] for meta in chunk if is_name(meta["path"])]
                if len(names) > most:
                    return None
        except FileNotFoundError:
            return []
        except (BaseError, OSError) as error:
            raise not_done(f"could not list {prefix}", error) from None
        return sorted(names)

    async def older(self, prefix: str, than: datetime) -> list[str]:
        """List the records under a folder that are older than a moment, by the store's clock.

        Raises:
            Retryable: The store could not be listed.
        """
        younger = set(await self.names(prefix, since=than))
        return [name for name in await self.names(prefix) if name not in younger]

    async def remove(self, names: Sequence[str]) -> None:
        """Remove records, one after the other; a missing record is no error.

        Raises:
            Retryable: The store could not be written to.
        """
        for name in names:
            checked(name)
            if (known := memory()) is not None:
                known.forget(self.location, name)
            try:
                await obstore.delete_async(self._backend, name)
            except FileNotFoundError:
                continue
            except (BaseError, OSError) as error:
                raise not_done(f"could not remove {name}", error) from None

    async def newest(self, prefix: str, ending: str, most: int) -> list[str]:
        """List the newest records under a folder, newest first.

        Args:
            prefix: The folder.
            ending: The end of their names.
            most: The largest number of names.

        Raises:
            Retryable: The store could not be listed.
        """
        return await asyncio.to_thread(self._newest_now, prefix, ending, most)

    def _newest_now(self, prefix: str, ending: str, most: int) -> list[str]:
        checked(prefix)
        try:
            found = [
                (meta["last_modified"], meta["path"])
                for chunk in obstore.list(self._backend, prefix=prefix)
                for meta in chunk
                if meta["path"].endswith(ending) and is_name(meta["path"])
            ]
        except FileNotFoundError:
            return []
        except (BaseError, OSError) as error:
            raise not_done(f"could not list {prefix}", error) from None
        return [name for _, name in heapq.nlargest(most, found)]


def _check_there(folder: Path | None, name: str, error: FileNotFoundError) -> None:
    """Raise an error if the whole store is missing: that differs from a missing record.

    Raises:
        Retryable: The folder is gone, or there is no such bucket.
    """
    check_there(folder)
    if NO_BUCKET in str(error):
        raise not_done(f"could not read {name}", error) from None


def _check_size(name: str, size_bytes: int) -> None:
    # Checked before reading: a file that others put there may exceed this machine's memory.
    if size_bytes > MOST_READ_BYTES:
        raise Terminal(
            f"the store's record {name} has {size_bytes} bytes, and no record of shotgraph's has "
            f"more than {MOST_READ_BYTES}: it was not read, and nothing was bought. Find out who "
            "put it there, move it out of the store, and run again"
        )
