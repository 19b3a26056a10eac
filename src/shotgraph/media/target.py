"""Writing a file so that it is whole or absent."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shotgraph.errors import MediaError
from shotgraph.media.full_disk import full_disk, is_of_full_disk


@contextmanager
def target(path: Path) -> Iterator[Path]:
    """A sibling to write to, put in place of `path` when the block ends well.

    The sibling ends in ``.part``, so ffmpeg must be told the format. When the block raises or is
    cancelled, it is removed and `path` stays as it was.

    Raises:
        MediaError: The folder can't be written to, or nothing was written; also for what the
            system refuses in the block, such as space.
    """
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        part.open("xb").close()
    except OSError as error:
        raise MediaError(f"can't write to the folder of {path}: {error}") from error
    try:
        yield part
        _settle(part, path)
    except TimeoutError:  # for Python one of the system's errors, but about no file
        raise
    except OSError as error:
        if is_of_full_disk(error):
            raise full_disk(path.parent) from error
        raise MediaError(f"{path} can't be written: {error}; nothing was kept") from error
    finally:
        part.unlink(missing_ok=True)


def _settle(part: Path, path: Path) -> None:
    with part.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise MediaError(f"{path} was not made: nothing was written")
        # Without this a power cut can leave the name in place and the bytes nowhere.
        os.fsync(file.fileno())
    os.replace(part, path)
