"""The disk below a store: temporary folders, and files opened exactly by their checked path.

The folders of dead processes are removed. A link that was put into a checked path later is not
followed.
"""

import os
import secrets
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, ELOOP, ENOSPC, ENOTDIR, EROFS
from io import BufferedReader
from pathlib import Path

from shotgraph.errors import FullDisk, ReadOnlyDisk, StoreGone, Terminal

_FULL = frozenset({ENOSPC, EDQUOT})

_mine: set[str] = set()
"""The temporary folders of this process: in a container, a dead process may have had its pid."""


_opened: set[Path] = set()


def open_folder(folder: Path) -> None:
    """Make a store's folder if it is missing, the first time that this process opens it.

    Raises:
        StoreGone: The folder was there before.
        OSError: The folder can't be made.
    """
    check_there(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _opened.add(folder)


def check_there(folder: Path | None) -> None:
    """Check that a store's folder has not gone since this process opened it.

    Without this check, the missing records of paid jobs would be taken for jobs never bought.

    Args:
        folder: The folder; None for a bucket.

    Raises:
        StoreGone: The folder is gone.
    """
    if folder in _opened and not os.path.isdir(folder):
        raise StoreGone.of(folder)


@contextmanager
def scratch(folder: Path | None) -> Iterator[Path]:
    """Give a temporary folder that is removed after the block.

    Args:
        folder: The store's folder, so that finished files can be linked into the store; None if
            the store is a bucket, for the system's temporary folder.

    Raises:
        FullDisk: The disk is full; also raised for errors in the block.
        StoreGone: The store's folder is gone.
    """
    if folder is None:
        here = Path(tempfile.gettempdir())
        with on_disk_of(here), tempfile.TemporaryDirectory(prefix="shotgraph-") as temporary:
            yield Path(temporary)
        return
    check_there(folder)
    with room_in(folder / "tmp") as room:
        yield room


@contextmanager
def on_disk_of(folder: Path) -> Iterator[None]:
    """Turn the system's errors of full and read-only disks into errors of shotgraph.

    Raises:
        FullDisk: The disk, or a quota on it, is full.
        ReadOnlyDisk: The disk is read-only.
    """
    try:
        yield
    except OSError as error:
        if is_of_full_disk(error):
            raise FullDisk.of(folder) from None
        if error.errno == EROFS:
            raise ReadOnlyDisk.of(folder) from None
        raise


def is_of_full_disk(error: OSError) -> bool:
    """Whether an error of the system means that a disk, or a quota on it, is full."""
    return error.errno in _FULL


def sweep(folder: Path) -> None:
    """Remove the temporary folders of this machine's dead processes from a store's folder."""
    sweep_rooms(folder / "tmp")


@contextmanager
def room_in(place: Path, prefix: str = "") -> Iterator[Path]:
    """Give a temporary folder inside another folder; it is removed after the block.

    Args:
        place: The outer folder; made if it does not exist.
        prefix: The start of the new folder's name, if the outer folder has other content too.

    Raises:
        FullDisk: The disk is full; also raised for errors in the block.
    """
    room = place / f"{prefix}{_host()}-{os.getpid()}-{secrets.token_hex(6)}"
    _mine.add(room.name)
    try:
        with on_disk_of(place):
            room.mkdir(parents=True, mode=0o700)
            yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
        _mine.discard(room.name)


def sweep_rooms(place: Path, prefix: str = "") -> None:
    """Remove the temporary folders that this machine's dead processes left in a folder."""
    for room in place.glob(f"{prefix}*-*-*"):
        owner, pid, _ = room.name.rsplit("-", 2)
        ours = owner == f"{prefix}{_host()}" and pid.isdecimal() and room.name not in _mine
        if ours and not _lives_elsewhere(int(pid)):
            shutil.rmtree(room, ignore_errors=True)


def _host() -> str:
    return socket.gethostname().replace("/", "_")


def _lives_elsewhere(pid: int) -> bool:
    """Whether another living process has this pid."""
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# O_PATH: opening a file in a folder does not need the right to list the folder.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: if a pipe has replaced the file, opening it must not wait for a writer.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """Open a file whose path was resolved before, folder by folder from the root.

    Args:
        path: Absolute and without links, as ``Path.resolve`` gives it.

    Raises:
        Terminal: A part of the path has become a link, or the path leads to no regular file.
        OSError: The file can't be opened.
    """
    folder = os.open(path.anchor, _FOLDER)
    try:
        for name in path.parts[1:-1]:
            inside = os.open(name, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inside
        file = os.open(path.name, _FILE, dir_fd=folder)
    except OSError as error:
        if error.errno in (ELOOP, ENOTDIR):
            raise _changed(f"{path} leads through a link") from None
        raise
    finally:
        os.close(folder)
    with os.fdopen(file, "rb") as found:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise _changed(f"{path} is not a regular file")
        yield found


def _changed(what: str) -> Terminal:
    return Terminal(
        f"{what}: it has changed since the film was checked. It was not read, and nothing was "
        "sent. Find out who changes that folder, and run again"
    )
