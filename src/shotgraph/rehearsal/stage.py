"""The state that all parts of the server share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request

from shotgraph.rehearsal.book import Book
from shotgraph.rehearsal.crew import Crew
from shotgraph.rehearsal.faults import Faults
from shotgraph.rehearsal.model import Model
from shotgraph.rehearsal.options import Bases, Options
from shotgraph.rehearsal.shelf import Shelf


@dataclass(frozen=True)
class Stage:
    """The state of one rehearsal server."""

    options: Options
    bases: Bases
    book: Book
    faults: Faults
    shelf: Shelf
    crew: Crew
    tokens: set[str]
    schemas: dict[str, dict[str, Any]]

    @classmethod
    def build(cls, options: Options, bases: Bases, folder: Path) -> "Stage":
        """Make the state of a new server; its files go into `folder`."""
        book, faults = Book(), Faults()
        shelf = Shelf(folder, bases.cdn_url, options.max_upload_bytes)
        crew = Crew(options, book, faults, Model(shelf, folder, quick=options.quick))
        return cls(options, bases, book, faults, shelf, crew, set(), {})


def stage_of(request: Request) -> Stage:
    """Return the state of the server that received a request."""
    stage: Stage = request.app.state.stage
    return stage
