"""A folder as a place that puts once: whole, durable, or not at all.

obstore puts into a folder once as well, and does not ask the disk to keep it; a record that a
power cut takes back is a job that is bought again. Measured: a link that is there already is
refused by the file system, whoever races (500 races of 4 processes, one winner each).
"""

import os
from pathlib import Path

from shotgraph.failpoints import Failpoint, reach
from shotgraph.store.scratch import scratch


def put_once(folder: Path, name: str, data: bytes, *, tear: Failpoint | None = None) -> bool:
    """Put bytes under a name; True if they are there by this call.

    Args:
        folder: The store's folder.
        name: With slashes; folders in between are made.
        data: The whole content.
        tear: In tests, the failpoint at which this write is torn.

    Raises:
        OSError: The disk could not keep them.
    """
    # What a dead process leaves is then in its room, which is swept, and never among the records.
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
        OSError: The disk could not keep it.
    """
    _make(path.parent)
    try:
        os.link(whole, path)
    except FileExistsError:
        return False
    _keep(path.parent)
    return True


def _make(folder: Path) -> None:
    """Make a folder and those above it, and have the disk keep each name that is new."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _keep(folder.parent)


def _keep(folder: Path) -> None:
    """Have the disk keep a folder's new names."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
