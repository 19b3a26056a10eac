"""Copy films from the store into a folder, and replace a film and its files together."""

import asyncio
import fcntl
import os
import re
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from errno import EISDIR, ELOOP, EROFS
from pathlib import Path
from typing import TypeAlias

from shotgraph.errors import FilmNotWritten, FullDisk, ReadOnlyDisk, ShotgraphError
from shotgraph.failpoints import Failpoint, reach
from shotgraph.graph import Graph
from shotgraph.model.references import Sha256
from shotgraph.money.results import Result
from shotgraph.report.manifest import Manifest
from shotgraph.report.report import FilmFile
from shotgraph.report.story import is_film_of
from shotgraph.store import Store
from shotgraph.store.disk import is_of_full_disk, room_in, sweep_rooms

REHEARSALS = "rehearsal"
"""The folder for the films of rehearsals, inside the folder for films."""
ROOM = ".shotgraph-"
"""The start of the names of temporary folders, next to the films."""
SUFFIXES = {"video": ".mp4", "image": ".png", "audio": ".m4a", "font": ".ttf"}


def films_folder(out: Path, *, rehearsal: bool) -> Path:
    """Give the folder for a run's films: a rehearsal must not replace a paid film."""
    return plain(out) / REHEARSALS if rehearsal else plain(out)


def plain(folder: Path) -> Path:
    """Give the absolute path of a folder without ``..``, for people to read."""
    return folder.resolve() if ".." in folder.parts else folder.absolute()


def named_films(graph: Graph, results: Mapping[str, Result]) -> dict[str, Result]:
    """Name the films of a graph, numbered if there are several, and then their further files.

    Args:
        graph: The film.
        results: The results, by step.

    Returns:
        Each result by its path in the folder for films, without a suffix; a further file is in the
        film's own folder.
    """
    names = film_names(graph)
    films = {name: results[film.step] for name, film in zip(names, graph.films, strict=True)}
    further = {
        f"{graph.name}/{names[one.film]}-{one.profile}": results[one.node]
        for one in graph.deliveries
    }
    return {**films, **further}


def film_names(graph: Graph) -> list[str]:
    """Name the films of a graph, numbered if there are several."""
    several = [f"{graph.name}-{number}" for number in range(1, len(graph.films) + 1)]
    return several if len(several) > 1 else [graph.name]


@dataclass(frozen=True)
class StagedFilms:
    """Films that are copied to the disk of their folder, but are not in place yet.

    Attributes:
        files: The films and further files, with their final paths.
        parts: The temporary file of each film.
    """

    files: Sequence[FilmFile]
    parts: Sequence[Path]

    @property
    def films(self) -> list[FilmFile]:
        """The films, without further files."""
        return [file for file in self.files if file.delivery is None]

    @property
    def further(self) -> list[FilmFile]:
        """The further files of the films."""
        return [file for file in self.files if file.delivery is not None]

    def put(self) -> None:
        """Move the films into place; older films are replaced.

        Files are renamed and not copied, so this is fast, and a full disk can't stop it halfway. A
        second call changes nothing.

        Raises:
            FilmNotWritten: A film can't be moved, because a folder has its path, for example; the
                films stay in the store.
        """
        for file, part in zip(self.files, self.parts, strict=True):
            if not part.exists():
                continue
            try:
                if file.delivery is not None:
                    _no_link(file.path.parent)
                file.path.parent.mkdir(exist_ok=True)
                part.replace(file.path)
            except OSError as error:
                raise unwritable(file.path, error) from None


@asynccontextmanager
async def staged_films(
    named: Mapping[str, Result], store: Store, folder: Path
) -> AsyncIterator[StagedFilms]:
    """Copy films from the store, to put them into a folder as ``<name>.mp4``.

    The copies are removed when the block ends. All copies are made before a film is replaced: if
    the disk is full after the second of three films, the three old films stay.

    Args:
        named: The results that are the films, by their names.
        store: The store with the films.
        folder: The folder for films; made if it does not exist.

    Raises:
        FilmNotWritten: The folder can't be written to; the films stay in the store.
        Terminal: The store has lost a film.
    """
    sources = [await store.assets.file(result.asset) for result in named.values()]
    files = [_film_file(result, plain(folder), name) for name, result in named.items()]
    parts: list[Path] = []
    path = files[0].path if files else folder
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            sweep_rooms(folder, ROOM)
            room = stack.enter_context(room_in(folder, ROOM))
            for file, source in zip(files, sources, strict=True):
                path = file.path
                if path.is_dir():
                    raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
                parts.append(room / path.name)
                await asyncio.to_thread(_copy, source, parts[-1])
                reach(Failpoint.EXPORT_COPIED)
        except ReadOnlyDisk:
            raise unwritable(path, OSError(EROFS, os.strerror(EROFS))) from None
        except OSError as error:
            raise unwritable(path, error) from None
        yield StagedFilms(files, parts)


async def export_film(result: Result, store: Store, *, name: str, folder: Path) -> FilmFile:
    """Put one film into a folder as ``<name>.mp4``; an existing film is replaced.

    Raises:
        FilmNotWritten: The folder can't be written to; the film stays in the store.
        Terminal: The store has lost the film.
    """
    async with staged_films({name: result}, store, folder) as staged:
        staged.put()
        return staged.files[0]


def _film_file(result: Result, folder: Path, name: str) -> FilmFile:
    is_mov = result.info.container == "mov" and result.info.codec == "prores"
    suffix = ".mov" if is_mov else SUFFIXES[result.asset.kind]
    done = result.treatment
    measured = done.delivery if done is not None else None
    return FilmFile(folder / f"{name}{suffix}", result.medium, delivery=measured)


def _copy(source: Path, part: Path) -> None:
    """Copy a file and sync it; otherwise it may be empty after a power cut."""
    shutil.copyfile(source, part)
    with part.open("rb") as copied:
        os.fsync(copied.fileno())


def unwritable(path: Path, error: OSError) -> ShotgraphError:
    """Make the error of a film that the system does not let us write."""
    if is_of_full_disk(error):
        return FullDisk.of(path.parent)
    return FilmNotWritten(
        f"the film can't be written to {path}: {error.strerror}. It is made, and in the store. Run "
        "again with another --out (in a form of Prefect: out): nothing is bought twice"
    )


STORYBOARD, MANIFEST, TIMELINE, SHOTS = "storyboard.html", "manifest.json", "timeline.otio", "shots"
RUNS, INDEX = "runs", "index.html"
MOST_LISTED = 100
"""The most runs in the list on the disk; the newest are listed."""
_LOCK_TRIES, _LOCK_PAUSE_S = 50, 0.1

Shots: TypeAlias = Mapping[Sha256, tuple[str, Path]]
"""The clips of a run: the file name of each clip, and the path of its bytes on this machine."""


@dataclass(frozen=True)
class RunFiles:
    """The files of a run, as text by name.

    Attributes:
        own: The files for the run's own folder.
        top: The files for the film's folder, with other links to the film and the list.
        shots: The names of the clips that both refer to, and the paths of their bytes; clips with
            the same bytes have a name each.
    """

    manifest: Manifest
    own: Mapping[str, str]
    top: Mapping[str, str]
    shots: Sequence[tuple[str, Path]]


class FilmFolder:
    """The folder of one film. Every method may raise OSError.

    Args:
        films: The folder for films.
        name: The film's name.
    """

    def __init__(self, films: Path, name: str) -> None:
        self.path = plain(films) / name
        self._runs = self.path / RUNS

    def put_run(self, files: RunFiles) -> Path:
        """Write a run's own folder as a whole; a second attempt of the run gets another folder.

        Returns:
            The folder.
        """
        _no_link(self.path)
        with _room(self._runs) as room:
            made = room / "run"
            made.mkdir(mode=0o755)
            for name, text in files.own.items():
                (made / name).write_text(text, encoding="utf-8")
            _link(made / SHOTS, files.shots)
            own = name = _folder_name(files.manifest.run_id)
            attempt = 1
            while (self._runs / name).exists():
                attempt += 1
                name = f"{own}-{attempt}"
            made.chmod(self._runs.stat().st_mode & 0o777)
            made.rename(self._runs / name)
        return self._runs / name

    def put_film(self, files: RunFiles, films: StagedFilms | None) -> None:
        """Put the films of a whole run and their companion files in place.

        All files are written first, and then only renamed. If two runs of a film end in the same
        moment, one waits for the other, so that page and film belong to one run.

        Args:
            files: The files of the run.
            films: The films of the run; None if they are already in place.

        Raises:
            FilmNotWritten: A film can't be moved into place.
        """
        with _room(self.path) as room, _alone(self.path):
            self._drop_earlier(files.manifest)
            for name, text in files.top.items():
                (room / name).write_text(text, encoding="utf-8")
            if films is not None:
                films.put()
            _link(self.path / SHOTS, files.shots)
            for old in self.path.glob("timeline*.otio"):
                if old.name not in files.top:
                    old.unlink()
            # The manifest comes last: if it belongs to the film, so do all other files.
            for name in sorted(files.top, key=lambda name: name == MANIFEST):
                (room / name).replace(self.path / name)

    def _drop_earlier(self, manifest: Manifest) -> None:
        """Remove the further files of the earlier film that the new film does not have."""
        shown = self.shown()
        kept = {one.file for one in manifest.deliveries}
        for one in shown.deliveries if shown is not None else ():
            path = self.path / Path(one.file).name
            # Only our own files: any other file with such a name belongs to the user.
            is_ours = not path.is_symlink() and is_film_of(path, one.medium)
            if one.file not in kept and is_ours:
                path.unlink()

    def put_list(self, text: str) -> None:
        """Write the list of runs."""
        _no_link(self.path)
        with _room(self._runs) as room:
            (room / INDEX).write_text(text, encoding="utf-8")
            (room / INDEX).replace(self._runs / INDEX)

    def shown(self) -> Manifest | None:
        """Read the manifest of the present film."""
        return _read(self.path)

    def has_run(self, run_id: str) -> bool:
        """Tell whether a run has a folder here."""
        return (self._runs / _folder_name(run_id)).exists()

    def runs(self) -> list[tuple[str, Manifest]]:
        """Read the last runs, the newest first: the names of their folders, and their manifests."""
        folders = [path for path in self._runs.glob("*") if path.joinpath(MANIFEST).exists()]
        folders.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        found = [(path.name, _read(path)) for path in folders[:MOST_LISTED]]
        known = [(name, manifest) for name, manifest in found if manifest is not None]
        return sorted(known, key=lambda run: run[1].ended_at, reverse=True)

    def holds(self, manifest: Manifest) -> bool:
        """Whether the present films are the films of a run, by their bytes."""
        return bool(manifest.films) and all(
            is_film_of(self.path.parent / film.file, film.medium) for film in manifest.films
        )


def manifest_text(manifest: Manifest) -> str:
    """The text of the file ``manifest.json``; the film's file contains its hash."""
    return manifest.model_dump_json(indent=2) + "\n"


def is_film(path: Path) -> bool:
    """Whether a file is a film of a run: the manifest in the film's own folder names the file."""
    return manifest_beside(path) is not None


def manifest_beside(film: Path) -> Manifest | None:
    """Read the manifest from a film's own folder; None if no manifest names the film."""
    several = re.sub(r"-[0-9]+$", "", film.stem)
    found = (_read(film.parent / name) for name in (film.stem, several))
    return next(
        (one for one in found if one and any(each.file == film.name for each in one.films)), None
    )


def _read(folder: Path) -> Manifest | None:
    """Read the manifest in a folder; None if it is missing, damaged or from a newer version."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None


def _folder_name(run_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", run_id)[:100] or "run"


def _link(shots: Path, wanted: Sequence[tuple[str, Path]]) -> None:
    _no_link(shots)
    shots.mkdir(exist_ok=True)
    for old in shots.iterdir():
        # Only our own links: other files belong to the user.
        if old.is_symlink():
            old.unlink()
    for name, path in wanted:
        if not (shots / name).exists():
            os.symlink(path, shots / name)


@contextmanager
def _room(place: Path) -> Iterator[Path]:
    """Give a temporary folder of this process in a folder, which is made if it does not exist."""
    _no_link(place)
    place.mkdir(parents=True, exist_ok=True)
    sweep_rooms(place, ROOM)
    with room_in(place, ROOM) as room:
        yield room


def _no_link(place: Path) -> None:
    """Refuse a link in place of our folder: the files in its target are not ours.

    Raises:
        OSError: The path is a link.
    """
    if place.is_symlink():
        raise OSError(ELOOP, f"{place} is a link to another folder; remove it, and run again")


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Lock a folder against other processes; continue without a lock if it can't be had."""
    folder = os.open(place, os.O_RDONLY)
    try:
        for _ in range(_LOCK_TRIES):
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_LOCK_PAUSE_S)
            except OSError:
                break
        yield
    finally:
        os.close(folder)
