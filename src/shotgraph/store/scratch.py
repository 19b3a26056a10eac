"""Temporary folders next to the store; they are removed when their process has died."""

import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from pathlib import Path

from shotgraph.errors import FullDisk

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
    """Have a full disk be one error, wherever it is met.

    Raises:
        FullDisk: An error of the system says so.
    """
    try:
        yield
    except OSError as error:
        if is_of_full_disk(error):
            raise FullDisk.of(folder) from None
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
