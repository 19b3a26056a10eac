"""The pipeline that a run is given: a file, its text, or a bundle in the store."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_data_path
from pydantic import JsonValue

from shotgraph.bundle import is_reference, unpacked
from shotgraph.spec import Pipeline, load_pipeline, read_pipeline
from shotgraph.store import Store


@dataclass(frozen=True)
class Opened:
    """A pipeline, ready to run.

    Attributes:
        given: Default values of its parameters.
        folder: The folder that paths among a run's values are relative to.
        films: The default folder for its films.
    """

    pipeline: Pipeline
    given: Mapping[str, JsonValue] = field(default_factory=dict)
    folder: Path = field(default_factory=Path.cwd)
    films: Path = Path("films")


@asynccontextmanager
async def opened(pipeline: str, store: Store) -> AsyncIterator[Opened]:
    """Read a pipeline; its files stay available until the block ends.

    Raises:
        InvalidPipeline: Something in it is wrong; every problem is named.
        ShotgraphError: The bundle can't be read.
    """
    if is_reference(pipeline):
        async with unpacked(pipeline, store) as bundle:
            declared = load_pipeline(bundle.file, called=bundle.file.name)
            # A worker's own folder may be removed when the run ends.
            films = user_data_path("shotgraph", appauthor=False) / "films"
            yield Opened(declared, bundle.given, bundle.file.parent, films)
    elif "\n" in pipeline:
        yield Opened(read_pipeline(pipeline))
    else:
        yield Opened(load_pipeline(Path(pipeline)))
