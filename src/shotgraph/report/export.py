"""The film, out of the store and into a folder, under its own name."""

import shutil
from fractions import Fraction
from pathlib import Path

from shotgraph.errors import InvalidInput
from shotgraph.failpoints import Failpoint, reach
from shotgraph.ledger import Result
from shotgraph.report.report import FilmFile
from shotgraph.store import Store
from shotgraph.store.scratch import room_in, sweep_rooms

_ROOM = ".shotgraph-"
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
        sweep_rooms(path.parent, _ROOM)
        with room_in(path.parent, _ROOM) as room:
            part = room / path.name
            shutil.copyfile(source, part)
            reach(Failpoint.EXPORT_COPIED)
            part.replace(path)
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
