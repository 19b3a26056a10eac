"""Write files completely or not at all."""

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shotgraph.errors import FullDisk, MediaError

# Messages of the C library, in English because ffmpeg runs with LC_ALL=C.
SAID = ("No space left on device", "Disk quota exceeded")
_NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT})
_LEAST_BYTES = 1 << 14


def is_of_full_disk(error: BaseException) -> bool:
    """Whether an error of the system or of libav says that the disk is full."""
    return getattr(error, "errno", None) in _NUMBERS


def has_no_room(folder: Path) -> bool:
    """Whether the disk of a folder is full, by its free bytes and not by a program's message."""
    try:
        return shutil.disk_usage(folder).free < _LEAST_BYTES
    except OSError:
        return False


@contextmanager
def target(path: Path) -> Iterator[Path]:
    """Give the block a temporary file, and rename it to `path` if the block succeeds.

    The temporary file is in the same folder and ends in ``.part``, so ffmpeg needs an explicit
    format. If the block raises or is cancelled, the file is removed and `path` doesn't change.

    Raises:
        MediaError: The folder can't be written to, the file is empty, or the block raised an
            `OSError`.
        FullDisk: The folder's disk is full.
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
    except TimeoutError:  # an OSError in Python, but not about a file
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
        # Without this, a power cut can leave an empty file under the final name.
        os.fsync(file.fileno())
    os.replace(part, path)
