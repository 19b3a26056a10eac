"""A folder as a place that puts once: whole, durable, or not at all.

obstore puts into a folder once as well, and does not ask the disk to keep it; a record that a
power cut takes back is a job that is bought again. Measured: a link that is there already is
refused by the file system, whoever races (500 races of 4 processes, one winner each).
"""

import os
import secrets
from pathlib import Path

from shotgraph.failpoints import Failpoint, armed, reach


def put_once(folder: Path, name: str, data: bytes, *, at: Failpoint | None = None) -> bool:
    """Put bytes under a name; True if they are there by this call.

    Args:
        folder: The store's folder.
        name: With slashes; folders in between are made.
        data: The whole content.
        at: The failpoint that tears this write, in tests.

    Raises:
        OSError: The disk could not keep them.
    """
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.parent / f".{secrets.token_hex(8)}.part"
    try:
        with part.open("xb") as file:
            if at is not None and armed(at, "torn"):
                file.write(data[: len(data) // 2])
                file.flush()
                reach(at)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return link_once(part, path)
    finally:
        part.unlink(missing_ok=True)


def link_once(whole: Path, path: Path) -> bool:
    """Give a finished file on the same disk its name; True if the name was free.

    Raises:
        OSError: The disk could not keep it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(whole, path)
    except FileExistsError:
        return False
    _keep(path.parent)
    return True


def _keep(folder: Path) -> None:
    """Have the disk keep a folder's new names."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
