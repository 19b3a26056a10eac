"""``shotgraph export FILM`` and ``deliver FILM``: files for editing programs and for delivery."""

import asyncio
import re
import sys
from enum import StrEnum
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from shotgraph.cli.printing import AsJson, print_json
from shotgraph.errors import InvalidInput

if TYPE_CHECKING:
    from shotgraph.report.handover import Handover
    from shotgraph.report.manifest import FilmEntry, Manifest
    from shotgraph.report.report import FilmFile
    from shotgraph.store import Store


Form: TypeAlias = Literal["folder", "otioz", "edl", "fcpxml7", "markers"]
"""The forms of a film for an editing program."""
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
        "--out", metavar="PATH", help="The path to write; by default in the working directory."
    ),
]


def export(film: Film, to: To = "folder", out: Out = None, as_json: AsJson = False) -> None:
    """Write a film for an editing program: clips, cuts, sound tracks, markers."""
    given, target = asyncio.run(_export(film, to, out))
    limits = given.limits(to)
    if as_json:
        output = {"path": str(target.resolve()), "to": to, "clips": len(given.files)}
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

    An existing file is found by its bytes, never by its name.

    Raises:
        InvalidInput: There is no such film, or the name fits several films.
    """
    from shotgraph.report.manifest import last_runs_of

    if Path(named).is_file():
        return await _with_bytes_of(Path(named), store)
    # If a run has several films, each file name ends in the film's number.
    of_several = re.sub(r"-[0-9]+$", "", named)
    runs = await last_runs_of(store, named) or await last_runs_of(store, of_several)
    shown = runs.shown if runs is not None else None
    films = {Path(film.file).stem: film for film in shown.films} if shown is not None else {}
    if shown is not None and named in films:
        return shown, films[named]
    if shown is None or shown.film != named:
        raise InvalidInput(
            f"there is no film {named}: give the file of a film that a run has made, or the name "
            "of a film with runs in this store"
        )
    if not films:
        raise InvalidInput(f"no run has made {shown.film} yet")
    if len(films) > 1:
        raise InvalidInput(f"{named} has {len(films)} films: give one of {', '.join(films)}")
    return shown, shown.films[0]


async def _with_bytes_of(file: Path, store: "Store") -> "tuple[Manifest, FilmEntry]":
    """Find the film with the same bytes as a file, without the file's story and signature.

    Anybody may have written the story, so it only says where to look first.
    """
    from shotgraph.report.examined import manifest_in
    from shotgraph.report.film_folder import manifest_beside
    from shotgraph.report.manifest import last_runs, manifests_of
    from shotgraph.report.story import FilmWithStory, film_with_story, sha256_of_film

    with file.open("rb") as opened:
        carried = film_with_story(opened)
    sha256 = await asyncio.to_thread(sha256_of_film, file)
    beside, said = manifest_beside(file), None
    runs = [beside] if beside is not None else []
    if isinstance(carried, FilmWithStory):
        if sha256 != carried.story.sha256:
            raise InvalidInput(
                f"{file} carries the story of {carried.story.file}, but has changed since it was "
                "made: no run has made these bytes. Give the unchanged film; "
                f"shotgraph inspect {quote(str(file))} lists the changes"
            )
        said = manifest_in(carried.story)
    if said is not None:
        of_film = await manifests_of(store, said.film)
        runs += sorted(of_film, key=lambda run: run.run_id != said.run_id)
    runs += [one.shown for one in await last_runs(store)]
    name = carried.story.file if isinstance(carried, FilmWithStory) else file.name
    for run in runs:
        same = [film for film in run.films if film.medium.sha256 == sha256]
        if same:
            return run, min(same, key=lambda film: film.file != name)
    for run in runs:
        if any(one.medium.sha256 == sha256 for one in run.deliveries):
            raise InvalidInput(
                f"{file} is a file to deliver, made from a film: give the film instead, {run.film}"
            )
    if said is not None:
        raise InvalidInput(
            f"{file} says that the run {said.run_id} of {said.film} made it, and the store "
            f"{store.location} has no such run: name its store with SHOTGRAPH_STORE"
        )
    raise InvalidInput(
        f"{file} carries no story, and no run in the store {store.location} made these bytes: "
        "give an unchanged film, or name the store of its run with SHOTGRAPH_STORE"
    )


class Taker(StrEnum):
    """The profile of a delivery."""  # typer takes no list of literals

    YOUTUBE = "youtube"
    REEL = "instagram-reel"
    BROADCAST = "broadcast-r128"
    PRORES = "prores-master"


Takers = Annotated[
    list[Taker], typer.Option("--to", help="The profile of the file; may be given again.")
]
Fit = Annotated[
    Literal["pad", "crop", "blur"] | None,
    typer.Option(
        "--fit",
        help="How a film of another shape fills the file: pad (the default) adds margins, crop "
        "cuts the edges off, blur puts the whole film on a blurred copy of itself.",
    ),
]
Folder = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder for the files.")]


def deliver(
    film: Film, to: Takers, fit: Fit = None, out: Folder = Path(), as_json: AsJson = False
) -> None:
    """Make the files of a film that broadcasters and platforms require, and measure them."""
    names = list(dict.fromkeys(one.value for one in to))
    made = asyncio.run(_deliver(film, names, fit, out))
    if as_json:
        files = [{**file.as_json(), "path": str(file.path.resolve())} for file in made]
        print_json({"deliveries": files, "error": None})
        return
    for file in made:
        lines = file.delivery.lines() if file.delivery is not None else []
        sys.stdout.write("\n".join([str(file.path), *lines]) + "\n")


async def _deliver(named: str, names: list[str], fit: str | None, out: Path) -> "list[FilmFile]":
    from shotgraph.clock import SystemClock
    from shotgraph.graph.derived_nodes import DELIVER
    from shotgraph.making.make import Maker
    from shotgraph.making.step_jobs import LocalJob
    from shotgraph.media.profiles import PROFILES
    from shotgraph.model.references import Asset
    from shotgraph.report.film_folder import export_film
    from shotgraph.report.film_place import check_folder
    from shotgraph.settings import Settings
    from shotgraph.spec import DeliverArguments
    from shotgraph.store import open_store

    store = open_store(Settings().store)
    _, film = await film_named(named, store)
    if film.medium.kind != "video":
        raise InvalidInput(f"{film.file} is no video; files to deliver are made of videos")
    stem = Path(film.file).stem
    wanted = [profile for name, profile in PROFILES.items() if name in names]
    if out.exists() and not out.is_dir():
        raise InvalidInput(f"--out {out}: that is a file, and no folder")
    for profile in wanted:
        target = out / f"{stem}-{profile.name}{profile.suffix}"
        if target.exists() or target.is_symlink():
            raise InvalidInput(f"{target} is there already: name another folder with --out")
    check_folder(out)
    kept = Asset.model_validate(film.medium.model_dump(include=set(Asset.model_fields)))
    maker, made = Maker(store, SystemClock(), _tell), []
    for profile in wanted:
        given: dict[str, Any] = {"video": kept, "profile": profile.name, "fit": fit}
        arguments = DeliverArguments.model_validate({**given, "edition": profile.edition})
        name = f"{stem}-{profile.name}"
        result, _ = await maker.get(LocalJob(name, DELIVER.name, arguments, is_final=True))
        made.append(await export_film(result, store, name=name, folder=out))
    return made


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
