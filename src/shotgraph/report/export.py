"""The film, out of the store and into a folder, under its own name."""

import os
import shutil
import tempfile
from fractions import Fraction
from pathlib import Path

from shotgraph.errors import InvalidInput
from shotgraph.failpoints import Failpoint, reach
from shotgraph.ledger import Result
from shotgraph.report.report import FilmFile
from shotgraph.store import Store

_SUFFIXES = {"video": ".mp4", "image": ".png", "audio": ".m4a"}


async def export_film(result: Result, store: Store, *, name: str, folder: Path) -> FilmFile:
    """Put a result into a folder as ``<name>.mp4``; an older film there is replaced.

    Raises:
        InvalidInput: The folder can't be written to; the film stays in the store.
        Terminal: The store has lost the film.
    """
    source = await store.assets.file(result.asset)
    path = folder.absolute() / f"{name}{_SUFFIXES[result.asset.kind]}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{name}-", suffix=".part")
        os.close(handle)
        try:
            shutil.copyfile(source, part)
            reach(Failpoint.EXPORT_COPIED)
            # mkstemp makes files that only their owner can read, and a film is to be shown.
            Path(part).chmod(0o644)
            Path(part).replace(path)
        finally:
            Path(part).unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"the film can't be written to {path}: {error.strerror}. It is in the store; "
            "run again with another --out, which costs nothing"
        ) from None
    info = result.info
    return FilmFile(
        path=path,
        sha256=result.asset.sha256,
        duration=info.duration if result.asset.kind != "image" else Fraction(0),
        width=info.width,
        height=info.height,
        fps=info.frame_rate,
    )
