"""The disk below a store: temporary folders, and files opened by the very path that was checked.

The folders are removed when their process has died. A link that took a place in a checked path is
not followed.
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

from shotgraph.errors import FullDisk, ReadOnlyDisk, Terminal

_FULL = frozenset({ENOSPC, EDQUOT})

_mine: set[str] = set()
"""The rooms of this process: in a container, one that died may have had the same number."""


@contextmanager
def scratch(folder: Path | None) -> Iterator[Path]:
    """A folder that is removed afterwards.

    Args:
        folder: The store's folder, so that what is made can be linked into it; the system's
            temporary folder where the store is a bucket.

    Raises:
        FullDisk: It is, also while the block wrote.
    """
    if folder is None:
        here = Path(tempfile.gettempdir())
        with on_disk_of(here), tempfile.TemporaryDirectory(prefix="shotgraph-") as temporary:
            yield Path(temporary)
        return
    with room_in(folder / "tmp") as room:
        yield room


@contextmanager
def on_disk_of(folder: Path) -> Iterator[None]:
    """Have a full disk be one error, wherever it is met; and one that can only be read another.

    Raises:
        FullDisk: An error of the system says so.
        ReadOnlyDisk: The same.
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
    """Whether an error of the system says that a disk, or a quota on it, is full."""
    return error.errno in _FULL


def sweep(folder: Path) -> None:
    """Remove the temporary folders of killed processes of this machine."""
    sweep_rooms(folder / "tmp")


@contextmanager
def room_in(place: Path, prefix: str = "") -> Iterator[Path]:
    """Give a folder of this process's own in a place, gone afterwards.

    Args:
        place: The folder around it; made if it is not there.
        prefix: How its name begins, where the place holds other things too.

    Raises:
        FullDisk: It is, also while the block wrote.
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
    """Remove the temporary folders that killed processes of this machine left in a folder."""
    for room in place.glob(f"{prefix}*-*-*"):
        owner, pid, _ = room.name.rsplit("-", 2)
        ours = owner == f"{prefix}{_host()}" and pid.isdecimal() and room.name not in _mine
        if ours and not _lives_elsewhere(int(pid)):
            shutil.rmtree(room, ignore_errors=True)


def _host() -> str:
    return socket.gethostname().replace("/", "_")


def _lives_elsewhere(pid: int) -> bool:
    """Tell whether a process that is not this one has this number."""
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# Looking for a name in a folder does not need the right to list it.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without waiting: a pipe may have taken its place, and nobody writes to it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """Open a file whose path was resolved before, folder by folder from the root.

    Args:
        path: Absolute and without links, as ``Path.resolve`` gives it.

    Raises:
        Terminal: A part of it is a link by now, or it is no regular file.
        OSError: It can't be opened.
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
            raise _changed(f"{path} leads over a link") from None
        raise
    finally:
        os.close(folder)
    with os.fdopen(file, "rb") as found:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise _changed(f"{path} is no regular file")
        yield found


def _changed(what: str) -> Terminal:
    return Terminal(
        f"{what}, which was not so when the film was checked: it was not read, and nothing was "
        "sent. Find out who changes that folder, and run again"
    )
