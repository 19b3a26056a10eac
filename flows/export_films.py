"""What a run has made, to be put into a folder: one film, or one for each item of a list."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from shotgraph.errors import Terminal
from shotgraph.graph import Graph
from shotgraph.keys import Key
from shotgraph.money.results import Result, Results
from shotgraph.report.film_folder import StagedFilms, staged_films
from shotgraph.store import Store
from shotgraph.tasks import Made


@asynccontextmanager
async def films_of(
    graph: Graph, made: Mapping[str, Made], store: Store, folder: Path
) -> AsyncIterator[StagedFilms]:
    """Copy a graph's films to where they will be, under its name; of several, with their numbers.

    Raises:
        InvalidInput: The folder can't be written to; the films stay in the store.
        Terminal: The store has lost a film.
    """
    several = len(graph.films) > 1
    named: dict[str, Result] = {}
    for number, film in enumerate(graph.films, start=1):
        name = f"{graph.name}-{number}" if several else graph.name
        result = await Results(store).get(Key(made[film.step]["key"]))
        if result is None:
            raise Terminal(f"the store has lost {name}, which this run has just made")
        named[name] = result
    async with staged_films(named, store, folder) as films:
        yield films
