"""``shotgraph inspect FILM``: how a film was made, from its file alone."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shotgraph.cli.printing import AsJson, print_json
from shotgraph.errors import InvalidInput
from shotgraph.foreign_text import safe
from shotgraph.model.file_memory import what_is_no_file

if TYPE_CHECKING:
    from shotgraph.report.examined import Examined

Film = Annotated[str, typer.Argument(metavar="FILM", help="The path of a film's file.")]


Trust = Annotated[
    Path | None,
    typer.Option(
        "--trust", metavar="FILE", help="Certificates (PEM) of the signers that you trust."
    ),
]


def inspect(named: Film, trust: Trust = None, as_json: AsJson = False) -> None:
    """Show how a film was made, and whether it was changed since; no store is needed."""
    from shotgraph.report.examined import examine
    from shotgraph.report.origins import origin_lines, origins

    if not named.strip():
        raise InvalidInput("the film's name is empty: give the path of its file")
    film = Path(named)
    if film.is_dir():
        raise InvalidInput(f"{film} is a folder: give the path of a film in it")
    if kind := what_is_no_file(film):
        raise InvalidInput(f"{film} is {kind}: give the path of a film")
    if not film.is_file():
        raise InvalidInput(f"there is no file {film}")
    examined = examine(film, _pem(trust) if trust is not None else "")
    error = examined.error(film)
    if as_json:
        document = {"path": str(film.resolve()), **origins(examined)}
        print_json({**document, "error": error.as_json() if error is not None else None})
        if error is not None:
            sys.stderr.write(f"{error}\n")
            sys.exit(error.exit_code)
        return
    lines = [*_state(film, examined), "", *origin_lines(examined)]
    sys.stdout.write(safe("\n".join(lines).rstrip()) + "\n")
    if error is not None:
        sys.stdout.flush()
        raise error


def _pem(trust: Path) -> str:
    from shotgraph.report.signature import trusted

    try:
        return trusted(trust.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"--trust {trust} can't be read: {error.strerror}") from None
    except ValueError:
        why = "it is no file of certificates as PEM"
    except InvalidInput as error:
        why = error.message
    raise InvalidInput(f"--trust {trust}: {why}. Nothing was said of the film") from None


def _state(film: Path, examined: "Examined") -> list[str]:
    if not examined.changed:
        lines = [f"{film} is as it was made"]
    else:
        lines = [f"{film} is NOT as it was made:"]
        lines += [f"  {one.place}: {one.what}" for one in examined.changed]
    return [*lines, examined.signature.line()]
