"""The folder of one film: what lies there is replaced only by something that is whole.

::

    films/harbour.mp4                   the film
    films/harbour/storyboard.html       the page of the run that made it, with manifest.json,
                                        timeline.otio and shots/
    films/harbour/runs/index.html       the list of runs
    films/harbour/runs/<run>/           the same files of every run, whether it made a film or not

A run's own folder is touched by no other run. A run that fails, or waits for a person, therefore
hides nothing of what was made before.
"""

import fcntl
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from shotgraph.model.references import Sha256
from shotgraph.report.export import StagedFilms
from shotgraph.report.manifest import Manifest
from shotgraph.store.assets import sha256_of_file
from shotgraph.store.scratch import room_in, sweep_rooms

STORYBOARD, MANIFEST, TIMELINE, SHOTS = "storyboard.html", "manifest.json", "timeline.otio", "shots"
RUNS, INDEX = "runs", "index.html"
MOST_LISTED = 100
"""How many runs the list on the disk has: the newest ones."""
_ROOM = ".shotgraph-"
_LOCK_TRIES, _LOCK_PAUSE_S = 50, 0.1

Shots: TypeAlias = Mapping[Sha256, tuple[str, Path]]
"""The clips of a run: each one's name as a file, and where its bytes are on this machine."""


@dataclass(frozen=True)
class RunFiles:
    """What a run leaves, as text by the files' names.

    Attributes:
        own: For the run's own folder.
        top: For the film's folder, where links to the film and to the list differ.
        shots: The clips that both lead to.
    """

    manifest: Manifest
    own: Mapping[str, str]
    top: Mapping[str, str]
    shots: Shots


class FilmFolder:
    """The folder of one film. Every method may raise OSError.

    Args:
        films: The folder for films.
        name: The film's name.
    """

    def __init__(self, films: Path, name: str) -> None:
        self.path = films.absolute() / name
        self._runs = self.path / RUNS

    def put_run(self, files: RunFiles) -> Path:
        """Write a run's own folder, whole; a second attempt of the same run gets another one.

        Returns:
            The folder.
        """
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
        """Put a whole run's films, and all that lies beside them, into their places.

        Everything is written before; here it is only renamed, in one go. Two runs of a film that
        end in the same moment take turns, so that the page that stays is that of the film that
        stays.

        Args:
            files: Of the run.
            films: Its films; None where they lie there already.

        Raises:
            InvalidInput: A film can't be put in its place.
        """
        with _room(self.path) as room, _alone(self.path):
            for name, text in files.top.items():
                (room / name).write_text(text, encoding="utf-8")
            if films is not None:
                films.put()
            _link(self.path / SHOTS, files.shots)
            for old in self.path.glob("timeline*.otio"):
                if old.name not in files.top:
                    old.unlink()
            # The manifest comes last: where it is that of the film, the rest is, too.
            for name in sorted(files.top, key=lambda name: name == MANIFEST):
                (room / name).replace(self.path / name)

    def put_list(self, text: str) -> None:
        """Write the list of runs."""
        with _room(self._runs) as room:
            (room / INDEX).write_text(text, encoding="utf-8")
            (room / INDEX).replace(self._runs / INDEX)

    def shown(self) -> Manifest | None:
        """Read the manifest that lies beside the film."""
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
        """Tell whether the films that lie here are those of a run, by their bytes."""
        return bool(manifest.films) and all(
            _is(self.path.parent / film.file, film.medium.size_bytes, film.medium.sha256)
            for film in manifest.films
        )


def is_film(path: Path) -> bool:
    """Tell whether a file is a film that a run has made, by the manifest that lies beside it."""
    several = re.sub(r"-[0-9]+$", "", path.stem)
    manifests = [_read(path.parent / name) for name in (path.stem, several)]
    return any(
        film.file == path.name
        for manifest in manifests
        if manifest is not None
        for film in manifest.films
    )


def _is(path: Path, size_bytes: int, sha256: Sha256) -> bool:
    return path.is_file() and path.stat().st_size == size_bytes and sha256_of_file(path) == sha256


def _read(folder: Path) -> Manifest | None:
    """Read the manifest in a folder; one that is damaged or from a newer version counts as none."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None


def _folder_name(run_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", run_id)[:100] or "run"


def _link(shots: Path, wanted: Shots) -> None:
    shots.mkdir(exist_ok=True)
    for old in shots.iterdir():
        # Only our own links: a file that somebody has put there is theirs.
        if old.is_symlink():
            old.unlink()
    for name, path in wanted.values():
        if not (shots / name).exists():
            os.symlink(path, shots / name)


@contextmanager
def _room(place: Path) -> Iterator[Path]:
    """Give a folder of this process's own in a place, which is made if it is not there."""
    place.mkdir(parents=True, exist_ok=True)
    sweep_rooms(place, _ROOM)
    with room_in(place, _ROOM) as room:
        yield room


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Be the only process that changes a folder; a disk that knows no locks goes without."""
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
