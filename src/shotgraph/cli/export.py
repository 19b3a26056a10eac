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
    """Find a film by its file, beside which its manifest lies, or by its name in the store."""
    from shotgraph.report.film_folder import manifest_beside
    from shotgraph.report.manifest import last_runs_of

    file = Path(named)
    manifest = manifest_beside(file) if file.is_file() else None
    if manifest is None:
        runs = await last_runs_of(store, file.stem if file.is_file() else named)
        manifest = runs.shown if runs is not None else None
    if manifest is None:
        raise InvalidInput(
            f"there is no film {named}: give the file of a film that a run has made, or the name "
            "of one whose runs are in this store"
        )
    films = {film.file: film for film in manifest.films}
    if not films:
        raise InvalidInput(f"no run has made {manifest.film} yet")
    return manifest, films.get(file.name) or next(iter(films.values()))
