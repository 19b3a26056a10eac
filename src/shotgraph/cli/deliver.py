"""``shotgraph deliver FILM --to youtube``: a film that is there, as its takers ask for it."""

import asyncio
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shotgraph.cli.export import Film, film_named
from shotgraph.cli.printing import AsJson, print_json
from shotgraph.errors import InvalidInput

if TYPE_CHECKING:
    from shotgraph.report.report import FilmFile


class Taker(StrEnum):
    """Who takes the file."""

    YOUTUBE = "youtube"
    REEL = "instagram-reel"
    BROADCAST = "broadcast-r128"
    PRORES = "prores-master"


class Filling(StrEnum):
    """How a film of another shape fills the file."""

    PAD = "pad"
    CROP = "crop"
    BLUR = "blur"


To = Annotated[list[Taker], typer.Option("--to", help="Who takes the file; may be given again.")]
Fit = Annotated[
    Filling | None,
    typer.Option(
        "--fit",
        help="How a film of another shape fills the file: pad (the default) keeps all of it, crop "
        "cuts away what is too much, blur keeps all of it before a blurred copy.",
    ),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder for the files.")]


def deliver(
    film: Film, to: To, fit: Fit = None, out: Out = Path(), as_json: AsJson = False
) -> None:
    """Make the files of a film that those who take it ask for, and measure them."""
    names = list(dict.fromkeys(one.value for one in to))
    made = asyncio.run(_deliver(film, names, fit.value if fit is not None else None, out))
    if as_json:
        files = [{**file.as_json(), "path": str(file.path.resolve())} for file in made]
        print_json({"deliveries": files, "error": None})
        return
    for file in made:
        lines = file.delivery.lines() if file.delivery is not None else []
        sys.stdout.write("\n".join([str(file.path), *lines]) + "\n")


async def _deliver(named: str, names: list[str], fit: str | None, out: Path) -> "list[FilmFile]":
    from shotgraph.clock import SystemClock
    from shotgraph.graph.deliveries import DELIVER
    from shotgraph.making.make import Maker
    from shotgraph.making.step_jobs import LocalJob
    from shotgraph.media.profiles import PROFILES
    from shotgraph.model.references import Asset
    from shotgraph.report.film_folder import export_film
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
    kept = Asset.model_validate(film.medium.model_dump(include=set(Asset.model_fields)))
    maker, made = Maker(store, SystemClock(), _tell), []
    for profile in wanted:
        given: dict[str, Any] = {"video": kept, "profile": profile.name, "fit": fit}
        arguments = DeliverArguments.model_validate({**given, "edition": profile.edition})
        name = f"{stem}-{profile.name}"
        result, _ = await maker.get(LocalJob(name, DELIVER.name, arguments))
        made.append(await export_film(result, store, name=name, folder=out))
    return made


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
