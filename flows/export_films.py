"""What a run has made, put into a folder: one film, or one for each item of a list."""

from collections.abc import Mapping
from pathlib import Path

from shotgraph.errors import Terminal
from shotgraph.graph import Graph
from shotgraph.keys import Key
from shotgraph.ledger import Results
from shotgraph.report import FilmFile, export_film
from shotgraph.store import Store
from shotgraph.tasks import Made


async def export_films(
    graph: Graph, made: Mapping[str, Made], store: Store, folder: Path
) -> list[FilmFile]:
    """Put a graph's films into a folder, under the film's name; of several, with their numbers.

    Raises:
        InvalidInput: The folder can't be written to; the films stay in the store.
        Terminal: The store has lost a film.
    """
    several = len(graph.films) > 1
    return [
        await _export(
            made[film.step], store, f"{graph.name}-{number}" if several else graph.name, folder
        )
        for number, film in enumerate(graph.films, start=1)
    ]


async def _export(made: Made, store: Store, name: str, folder: Path) -> FilmFile:
    result = await Results(store).get(Key(made["key"]))
    if result is None:
        raise Terminal(f"the store has lost {name}, which this run has just made")
    return await export_film(result, store, name=name, folder=folder)
