"""A disk that has no room left: told from other errors, and said in one way."""

import errno
from pathlib import Path

from shotgraph.errors import MediaError

# Of the C library, in English: ffmpeg runs with LC_ALL=C.
SAID = ("No space left on device", "Disk quota exceeded")
_NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT})


def is_of_full_disk(error: BaseException) -> bool:
    """Whether an error of the system, or of libav, says that there is no room."""
    return getattr(error, "errno", None) in _NUMBERS


def full_disk(folder: Path | None) -> MediaError:
    """The error for a person; None where it is not known which disk it is."""
    where = f"the disk of {folder}" if folder is not None else "the disk"
    return MediaError(
        f"there is no space left on {where}; nothing was kept. Make room there, and run again"
    )
