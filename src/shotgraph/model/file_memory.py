"""Remember the result of reading a file, as long as the file does not change."""

import errno
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from io import BufferedReader
from pathlib import Path
from stat import S_ISBLK, S_ISCHR, S_ISDIR, S_ISFIFO, S_ISREG, S_ISSOCK
from threading import Lock
from typing import Generic, TypeAlias, TypeVar

from platformdirs import user_cache_path, user_data_path

from shotgraph.errors import InvalidInput

Found = TypeVar("Found")
_State: TypeAlias = tuple[int, int, int, int, int]

MOST_FILES = 4096
"""The most files in memory; the least recently used file is dropped first."""

SETTLED_NS = 2_000_000_000
"""The least age of a file's times.

A file that is soon written again may keep its times: they are exact to some milliseconds, and on
some file systems to 2 seconds.
"""


def at_home(path: str, named_by: str) -> Path:
    """Replace a ``~`` at the begin of a path by the home folder.

    Args:
        path: The path, as a person wrote it.
        named_by: The variable or option with the path.

    Raises:
        InvalidInput: There is no such user, or the user of this process has no home folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise InvalidInput(
            f"{named_by} is {path}, and the home folder of that user is not known here. Nothing "
            "was sent. Write the whole path, such as /data/films"
        ) from None


def data_folder() -> Path:
    """Return shotgraph's folder in the user's data folder.

    Raises:
        InvalidInput: The user of this process has no home folder, and XDG_DATA_HOME is not set.
    """
    return _of_user(user_data_path, "XDG_DATA_HOME")


def cache_folder() -> Path:
    """Return shotgraph's folder in the user's folder for copies.

    Raises:
        InvalidInput: The user of this process has no home folder, and XDG_CACHE_HOME is not set.
    """
    return _of_user(user_cache_path, "XDG_CACHE_HOME")


def _of_user(folder_of: Callable[..., Path], variable: str) -> Path:
    try:
        folder = folder_of("shotgraph", appauthor=False)
    except RuntimeError:
        folder = Path("~")  # as older versions of platformdirs return it
    if folder.parts[0] == "~":
        raise InvalidInput(
            "the home folder of this process's user is not known. Nothing was sent. Set HOME or "
            f"{variable} to a folder that may be written to, and run again"
        )
    return folder


def is_file(path: Path) -> bool:
    """Whether a path leads to a regular file, perhaps over links.

    From Python 3.14 on, `Path.is_file` hides errors: it gives False if access is denied or the name
    is too long.

    Raises:
        OSError: The path could not be looked up.
        ValueError: The path holds a zero character.
    """
    try:
        return S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        if error.errno == errno.ELOOP:
            return False
        raise


_NO_FILES = (
    (S_ISDIR, "a folder"),
    (S_ISFIFO, "a named pipe"),
    (S_ISSOCK, "a socket"),
    (S_ISCHR, "a device"),
    (S_ISBLK, "a device"),
)


def what_is_no_file(path: Path) -> str:
    """Name the thing at a path that is no regular file; '' for a file, or if nothing is there."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return ""
    return next((name for is_one, name in _NO_FILES if is_one(mode)), "")


class FileMemory(Generic[Found]):
    """Reads each file once in a process, for all threads."""

    def __init__(
        self,
        look: Callable[[Path], Found],
        *,
        most: int = MOST_FILES,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Begin with an empty memory.

        Args:
            look: Reads a file. Its errors are not remembered.
            most: The most files in memory.
            now_ns: The wall clock, in nanoseconds.
        """
        self._look = look
        self._most = most
        self._now_ns = now_ns
        self._lock = Lock()
        self._known: OrderedDict[_State, Future[Found]] = OrderedDict()

    def of(self, path: Path) -> Found:
        """Give the result for a file, from memory or by reading it now."""
        return self._of(lambda: os.stat(path), lambda: self._look(path))

    def of_open(self, file: BufferedReader, look: Callable[[BufferedReader], Found]) -> Found:
        """Give the result for an open file, even if its path leads to another file by now.

        Args:
            file: The file.
            look: Reads the file, if it was not read before.
        """
        return self._of(lambda: os.fstat(file.fileno()), lambda: look(file))

    def _of(self, stat: Callable[[], os.stat_result], look: Callable[[], Found]) -> Found:
        state = self._settled_state(stat)
        if state is None:
            return look()
        with self._lock:
            known = self._known.get(state)
            if known is not None:
                self._known.move_to_end(state)
            else:
                looking = self._known[state] = Future[Found]()
                if len(self._known) > self._most:
                    self._known.popitem(last=False)
        if known is None:
            return self._find(stat, look, state, looking)
        try:
            return known.result()
        except CancelledError:  # the thread that read the file failed
            return look()

    def _find(
        self,
        stat: Callable[[], os.stat_result],
        look: Callable[[], Found],
        state: _State,
        looking: "Future[Found]",
    ) -> Found:
        try:
            found = look()
        except BaseException:
            self._forget(state)
            looking.cancel()
            raise
        looking.set_result(found)
        if self._settled_state(stat) != state:  # the file changed meanwhile
            self._forget(state)
        return found

    def _forget(self, state: _State) -> None:
        with self._lock:
            self._known.pop(state, None)

    def _settled_state(self, stat: Callable[[], os.stat_result]) -> _State | None:
        """Give the state of a file; None if the file may still change without a new state."""
        try:
            now = stat()
        except (OSError, ValueError):
            return None
        if self._now_ns() - max(now.st_mtime_ns, now.st_ctime_ns) < SETTLED_NS:
            return None
        return now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino, now.st_dev
