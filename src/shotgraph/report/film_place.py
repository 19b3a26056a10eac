"""Try the folder for films before a run buys anything: can its films be put there?"""

import os
from collections.abc import Iterator
from errno import EISDIR, ELOOP, ENOTDIR
from pathlib import Path

from shotgraph.errors import InvalidInput, ReadOnlyDisk
from shotgraph.graph import Graph
from shotgraph.media.profiles import PROFILES
from shotgraph.report.film_folder import (
    MANIFEST,
    ROOM,
    RUNS,
    SHOTS,
    STORYBOARD,
    SUFFIXES,
    TIMELINE,
    film_names,
    plain,
    unwritable,
)
from shotgraph.store.disk import is_of_full_disk, room_in


class NoPlaceForFilms(InvalidInput):
    """The folder for films can't take the films of a run. Nothing was sent.

    Attributes:
        why: The path at fault, and the reason.
    """

    code = "no_place_for_films"

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(
            f"films can't be written to {why}. Nothing was bought. Name another folder with --out "
            "(in a form of Prefect: out), and run again"
        )

    def __reduce__(self) -> tuple[type["NoPlaceForFilms"], tuple[str]]:
        return type(self), (self.why,)


def check_place(graph: Graph, folder: Path) -> None:
    """Check that the films of a graph and their companion files can be put into a folder.

    Only a trial is certain: the system refuses for many reasons. The trial makes folders as the end
    of the run would, under a temporary name, and removes them.

    Args:
        graph: The film.
        folder: The folder for films; it need not exist.

    Raises:
        NoPlaceForFilms: A folder can't be made or written to, or a path is taken.
        FullDisk: The disk is full.
    """
    folder = plain(folder)
    check_folder(folder)
    own = folder / graph.name
    for place in (own, own / RUNS, own / SHOTS):
        if place.is_symlink():
            raise NoPlaceForFilms(f"{place}: it is a link to another folder; remove the link")
        if place.exists():
            check_folder(place)
    for path in _files(graph, folder):
        if path.is_dir():
            raise NoPlaceForFilms(f"{path}: a folder has that name ({os.strerror(EISDIR)})")


def check_folder(folder: Path) -> None:
    """Check that files can be written to a folder, or that it can be made.

    Raises:
        NoPlaceForFilms: The folder can't be made or written to.
        FullDisk: The disk is full.
    """
    try:
        _try(plain(folder))
    except ReadOnlyDisk:
        raise NoPlaceForFilms(f"{folder}: its disk can only be read") from None
    except OSError as error:
        if is_of_full_disk(error):
            raise unwritable(folder / "film", error) from None
        raise NoPlaceForFilms(f"{folder}: {_reason(folder, error)}") from None


def _try(folder: Path) -> None:
    """Make a temporary folder in a folder, or in the nearest one above it that exists.

    Other runs may begin at this moment, so the missing folders are made inside the temporary one:
    a run that made and removed them would be in the way of the others.
    """
    there = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    with room_in(there, ROOM) as room:
        (room / folder.relative_to(there)).mkdir(parents=True, exist_ok=True)


def _reason(folder: Path, error: OSError) -> str:
    in_way = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    if not in_way.is_dir():
        return f"{in_way} is a file, and no folder"
    if error.errno in (ELOOP, ENOTDIR) or folder.is_symlink():
        return f"a link leads nowhere ({error.strerror})"
    return f"{error.strerror}"


def _files(graph: Graph, folder: Path) -> Iterator[Path]:
    own, names = folder / graph.name, film_names(graph)
    for name, film in zip(names, graph.films, strict=True):
        yield folder / f"{name}{SUFFIXES[film.kind]}"
    for one in graph.deliveries:
        suffix = PROFILES[one.profile].suffix
        yield own / f"{names[one.film]}-{one.profile}{suffix}"
    yield from (own / name for name in (STORYBOARD, MANIFEST, TIMELINE))
