"""``shotgraph export FILM``: a film for an editing program."""

import asyncio
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shotgraph.cli.printing import AsJson, print_json
from shotgraph.errors import InvalidInput

if TYPE_CHECKING:
    from shotgraph.report.handover import Handover
    from shotgraph.report.manifest import FilmEntry, Manifest
    from shotgraph.store import Store


class Form(StrEnum):
    """What an editing program is given."""

    FOLDER = "folder"
    OTIOZ = "otioz"
    EDL = "edl"
    FCPXML7 = "fcpxml7"
    MARKERS = "markers"


Film = Annotated[
    str, typer.Argument(metavar="FILM", help="The name of a film in the store, or its file.")
]
To = Annotated[
    Form,
    typer.Option(
        "--to",
        help="folder: the film and its clips with a timeline in every form, to be moved or zipped. "
        "otioz: the same as one file of OpenTimelineIO. edl: CMX 3600. fcpxml7: Final Cut 7 XML, "
        "for Premiere and Resolve too, in a folder with the clips. markers: a table (CSV).",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="PATH", help="What to make; beside you, under the film's name, by default."
    ),
]


def export(film: Film, to: To = Form.FOLDER, out: Out = None, as_json: AsJson = False) -> None:
    """Hand a film on to an editing program: clips, cuts, sound tracks, markers."""
    given, target = asyncio.run(_export(film, to.value, out))
    limits = given.limits(to.value)
    if as_json:
        output = {"path": str(target.resolve()), "to": to.value, "clips": len(given.files)}
        print_json({"output": output, "not_carried": limits, "error": None})
        return
    files, frames = len(given.files), given.edits.frames
    counted = f"{files} {'file' if files == 1 else 'files'}"
    lines = [str(target), f"{counted}, {frames} {'frame' if frames == 1 else 'frames'}"]
    lines += [f"not carried: {line}" for line in limits]
    sys.stdout.write("\n".join(lines) + "\n")


async def _export(named: str, form: str, out: Path | None) -> "tuple[Handover, Path]":
    from shotgraph.report.handover import FORMS, hand_over, take_over
    from shotgraph.settings import Settings
    from shotgraph.store import open_store

    store = open_store(Settings().store)
    manifest, film = await film_named(named, store)
    target = out or Path(f"{Path(film.file).stem}-{form}{FORMS[form]}")
    if not target.absolute().parent.is_dir():
        raise InvalidInput(f"--out {target}: there is no folder {target.parent}")
    given = await take_over(manifest, film, store)
    await hand_over(given, form, target)
    return given, target


async def film_named(named: str, store: "Store") -> "tuple[Manifest, FilmEntry]":
    """Find a film by its file, or by its name in the store.

    A file is known by the manifest beside it; elsewhere by the run that its story names, by its
    bytes, and in the end by its name.

    Raises:
        InvalidInput: There is none; it says what was looked for.
    """
    from shotgraph.report.film_folder import manifest_beside
    from shotgraph.report.manifest import last_runs_of

    file = Path(named)
    manifest = manifest_beside(file) if file.is_file() else None
    if manifest is None and file.is_file():
        found = await _moved(file, store)
        if found is not None:
            return found
    if manifest is None:
        runs = await last_runs_of(store, file.stem if file.is_file() else named)
        manifest = runs.shown if runs is not None else None
    if manifest is None and file.is_file():
        raise InvalidInput(
            f"{named} carries no story, and no run in the store {store.location} made these bytes: "
            "give a film as a run has made it, or name with SHOTGRAPH_STORE the store of its run"
        )
    if manifest is None:
        raise InvalidInput(
            f"there is no film {named}: give the file of a film that a run has made, or the name "
            "of one whose runs are in this store"
        )
    films = {film.file: film for film in manifest.films}
    if not films:
        raise InvalidInput(f"no run has made {manifest.film} yet")
    return manifest, films.get(file.name) or next(iter(films.values()))


async def _moved(file: Path, store: "Store") -> "tuple[Manifest, FilmEntry] | None":
    """Find a film that does not lie where it was put; None if nothing here made its bytes.

    Its story may be anybody's, so it only tells what to look for in the store.
    """
    from shotgraph.report.examined import manifest_told
    from shotgraph.report.manifest import last_runs, manifests_of
    from shotgraph.report.story import ToldFilm, told_film
    from shotgraph.store.assets import read_sha256

    with file.open("rb") as opened:
        told = told_film(opened)
    said = manifest_told(told.story) if isinstance(told, ToldFilm) else None
    if isinstance(told, ToldFilm) and said is not None:
        sha256 = told.story.sha256
        runs = list(await manifests_of(store, said.film))
        runs.sort(key=lambda run: run.run_id != said.run_id)
    else:
        sha256 = await asyncio.to_thread(read_sha256, file)
        runs = [one.shown for one in await last_runs(store)]
    for run in runs:
        for film in run.films:
            if film.medium.sha256 == sha256:
                return run, film
    if said is not None:
        raise InvalidInput(
            f"{file} says that the run {said.run_id} of {said.film} made it, and the store "
            f"{store.location} has no such run: name its store with SHOTGRAPH_STORE"
        )
    return None
