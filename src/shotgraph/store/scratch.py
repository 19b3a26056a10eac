"""Room for what is being made: beside the store, and swept when its process has died."""

import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch(folder: Path | None) -> Iterator[Path]:
    """Give a folder that is gone afterwards.

    Args:
        folder: The store's folder, so that what is made can be linked into it; the system's
            temporary folder where the store is a bucket.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="shotgraph-") as temporary:
            yield Path(temporary)
        return
    room = folder / "tmp" / f"{_host()}-{os.getpid()}-{secrets.token_hex(6)}"
    room.mkdir(parents=True, mode=0o700)
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Take away what processes of this machine left when they died."""
    for room in (folder / "tmp").glob(f"{_host()}-*"):
        pid = room.name.removeprefix(f"{_host()}-").partition("-")[0]
        if pid.isdecimal() and not _lives(int(pid)):
            shutil.rmtree(room, ignore_errors=True)


def _host() -> str:
    return socket.gethostname().replace("/", "_")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
