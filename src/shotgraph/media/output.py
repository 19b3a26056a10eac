"""Write files completely or not at all."""

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shotgraph.errors import FullDisk, MediaError

# Of the C library, in English: ffmpeg runs with LC_ALL=C.
SAID = ("No space left on device", "Disk quota exceeded")
_NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT})
_LEAST_BYTES = 1 << 14


def is_of_full_disk(error: BaseException) -> bool:
    """Whether an error of the system or of libav means that the disk is full."""
    return getattr(error, "errno", None) in _NUMBERS


def has_no_room(folder: Path) -> bool:
    """Whether nothing can be written to the disk of a folder, whatever a program said of it."""
    try:
        return shutil.disk_usage(folder).free < _LEAST_BYTES
    except OSError:
        return False


@contextmanager
def target(path: Path) -> Iterator[Path]:
    """A sibling to write to, put in place of `path` when the block ends well.

    The sibling ends in ``.part``, so ffmpeg must be told the format. When the block raises or is
    cancelled, it is removed and `path` stays as it was.

    Raises:
        MediaError: The folder can't be written to, or nothing was written; also for an error of the
            system in the block.
        FullDisk: Its disk is full.
    """
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        part.open("xb").close()
    except OSError as error:
        if is_of_full_disk(error):
            raise FullDisk.of(path.parent) from error
        raise MediaError(f"can't write to the folder of {path}: {error}") from error
    try:
        yield part
        _put_in_place(part, path)
    except TimeoutError:  # for Python one of the system's errors, but about no file
        raise
    except OSError as error:
        if is_of_full_disk(error):
            raise FullDisk.of(path.parent) from error
        raise MediaError(f"{path} can't be written: {error}; nothing was kept") from error
    finally:
        part.unlink(missing_ok=True)


def _put_in_place(part: Path, path: Path) -> None:
    with part.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise MediaError(f"{path} was not made: nothing was written")
        # Without this a power cut can leave the name in place and the bytes nowhere.
        os.fsync(file.fileno())
    os.replace(part, path)
