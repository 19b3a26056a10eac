"""Open a file by the very path that was checked: a link that took a place in it is not followed."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ELOOP, ENOTDIR
from io import BufferedReader
from pathlib import Path

from shotgraph.errors import Terminal

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
