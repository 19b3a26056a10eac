"""``shotgraph sheet FILM``: pictures of a film."""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from shotgraph.cli.printing import AsJson, errors_in, print_json
from shotgraph.errors import InvalidInput
from shotgraph.model.file_memory import what_is_no_file

if TYPE_CHECKING:
    from shotgraph.media.info import MediaInfo


Kind: TypeAlias = Literal["contact", "filmstrip", "poster", "preview"]
"""The kinds of pictures of a film."""
Film = Annotated[Path, typer.Argument(metavar="FILM", help="A video.")]
KindOption = Annotated[
    Kind,
    typer.Option(
        "--kind",
        help="contact: frames in rows with their times. filmstrip: frames in one row. poster: the "
        "one frame that is most like the others. preview: five moving seconds, in 60 kB.",
    ),
]
Before = Annotated[
    Path | None,
    typer.Option(
        "--before",
        metavar="CLIP",
        help="Compare FILM with this video: as a wipe in an .mp4, side by side in a picture.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="The file to make: .png, .jpg or .webp; .webp for a preview. Next to FILM by default.",
    ),
]

_PICTURES = (".jpg", ".jpeg", ".png", ".webp")
_ALLOWED = {
    "contact": _PICTURES,
    "filmstrip": _PICTURES,
    "poster": _PICTURES,
    "preview": (".webp",),
    "before-after": (".mp4", *_PICTURES),
}
_DEFAULTS = {"preview": ".webp", "before-after": ".mp4"}


def sheet(
    film: Film,
    kind: KindOption = "contact",
    before: Before = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Draw a film at a glance, or a clip before and after."""
    with errors_in({"output": None}, as_json=as_json):
        target = _target(film, kind, before, out)
        made = asyncio.run(_make(film, kind, before, target))
    if as_json:
        output = {
            "path": str(target.resolve()),
            "width": made.width,
            "height": made.height,
            "size_bytes": made.size_bytes,
        }
        print_json({"output": output, "error": None})
    else:
        sys.stdout.write(f"{target}\n{made.width} x {made.height}, {made.size_bytes} bytes\n")


def _target(film: Path, kind: Kind, before: Path | None, out: Path | None) -> Path:
    from shotgraph.report.film_folder import is_film

    for path in (film, *((before,) if before else ())):
        if other := what_is_no_file(path):
            raise InvalidInput(f"{path} is {other}: give the path of a film")
        if not path.is_file():
            raise InvalidInput(f"there is no file {path}")
    if before is not None and kind != "contact":
        raise InvalidInput("--before makes a comparison: leave --kind out")
    what = "before-after" if before is not None else kind
    target = out or film.with_name(f"{film.stem}-{what}{_DEFAULTS.get(what, '.jpg')}")
    if target.suffix.lower() not in _ALLOWED[what]:
        raise InvalidInput(f"--out {target}: for {what} it ends in {', '.join(_ALLOWED[what])}")
    if target.resolve() in (film.resolve(), before and before.resolve()):
        raise InvalidInput(f"--out {target} would replace what it is made of")
    if target.exists() and is_film(target):
        raise InvalidInput(f"--out {target} would replace a film; name another file")
    if os.path.lexists(target):
        raise InvalidInput(f"{target} is there already: name another file with --out")
    if not target.parent.is_dir():
        raise InvalidInput(f"--out {target}: there is no folder {target.parent}")
    return target


async def _make(film: Path, kind: Kind, before: Path | None, target: Path) -> "MediaInfo":
    from shotgraph.media.probe import probe
    from shotgraph.media.sheets.preview import preview
    from shotgraph.media.sheets.sheet import contact_sheet, filmstrip, poster, side_by_side, wipe

    # The files may come from anybody: first check that a child can read them within its limits.
    for path in (film, *((before,) if before else ())):
        await probe(path)
    if before is not None:
        compare = wipe if target.suffix.lower() == ".mp4" else side_by_side
        return await compare(before, film, target)
    if kind == "contact":
        return await contact_sheet(film, target)
    if kind == "filmstrip":
        return await filmstrip(film, target)
    return await (poster if kind == "poster" else preview)(film, target)
