"""Films out of the store and into a folder, each whole and under its own name."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from errno import EISDIR
from fractions import Fraction
from pathlib import Path

from shotgraph.errors import InvalidInput
from shotgraph.failpoints import Failpoint, reach
from shotgraph.money.results import Result
from shotgraph.report.report import FilmFile
from shotgraph.store import Store
from shotgraph.store.scratch import room_in, sweep_rooms

REHEARSALS = "rehearsal"
"""The folder for the films of rehearsals, inside of the folder for films."""
_ROOM = ".shotgraph-"
_SUFFIXES = {"video": ".mp4", "image": ".png", "audio": ".m4a"}


def films_folder(out: Path, *, rehearsal: bool) -> Path:
    """Give the folder for a run's films: a rehearsal must not replace a film that was paid."""
    return out / REHEARSALS if rehearsal else out


@dataclass(frozen=True)
class StagedFilms:
    """Films that are copied to the disk that they belong on, and not in their places yet.

    Attributes:
        files: The films, with the paths that they will have.
        parts: Where each is until then.
    """

    files: Sequence[FilmFile]
    parts: Sequence[Path]

    def put(self) -> None:
        """Move the films into their places; older films there are replaced.

        Nothing is copied here, so it takes no time, and a full disk can't stop it halfway. Doing
        it again changes nothing.

        Raises:
            InvalidInput: A place is taken by a folder; the films stay in the store.
        """
        for file, part in zip(self.files, self.parts, strict=True):
            if not part.exists():
                continue
            try:
                part.replace(file.path)
            except OSError as error:
                raise _unwritable(file.path, error) from None


@asynccontextmanager
async def staged_films(
    named: Mapping[str, Result], store: Store, folder: Path
) -> AsyncIterator[StagedFilms]:
    """Copy films out of the store, to be put into a folder as ``<name>.mp4``.

    The copies are gone when the block is left. All of them are made before any is put: a disk
    that is full after the second of three films leaves the three that were there.

    Args:
        named: What the films are, by their names.
        store: Where they are.
        folder: Where they will be put; made if it is not there.

    Raises:
        InvalidInput: The folder can't be written to; the films stay in the store.
        Terminal: The store has lost a film.
    """
    sources = [await store.assets.file(result.asset) for result in named.values()]
    files = [_film_file(result, folder.absolute(), name) for name, result in named.items()]
    parts: list[Path] = []
    path = files[0].path if files else folder
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            sweep_rooms(folder, _ROOM)
            room = stack.enter_context(room_in(folder, _ROOM))
            for file, source in zip(files, sources, strict=True):
                path = file.path
                if path.is_dir():
                    raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
                parts.append(room / path.name)
                await asyncio.to_thread(_copy, source, parts[-1])
                reach(Failpoint.EXPORT_COPIED)
        except OSError as error:
            raise _unwritable(path, error) from None
        yield StagedFilms(files, parts)


async def export_film(result: Result, store: Store, *, name: str, folder: Path) -> FilmFile:
    """Put one film into a folder as ``<name>.mp4``; an older film there is replaced.

    Raises:
        InvalidInput: The folder can't be written to; the film stays in the store.
        Terminal: The store has lost the film.
    """
    async with staged_films({name: result}, store, folder) as staged:
        staged.put()
        return staged.files[0]


def _film_file(result: Result, folder: Path, name: str) -> FilmFile:
    info = result.info
    return FilmFile(
        path=folder / f"{name}{_SUFFIXES[result.asset.kind]}",
        sha256=result.asset.sha256,
        duration=info.duration if result.asset.kind != "image" else Fraction(0),
        width=info.width,
        height=info.height,
        fps=info.frame_rate,
    )


def _copy(source: Path, part: Path) -> None:
    """Copy a file to the disk itself: one that is renamed before may be empty after a power cut."""
    shutil.copyfile(source, part)
    with part.open("rb") as copied:
        os.fsync(copied.fileno())


def _unwritable(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(
        f"the film can't be written to {path}: {error.strerror}. It is in the store; "
        "run again with another --out, which costs nothing"
    )
