"""Clips of every kind, joined: the right frames in the right order, and the sound in step."""

from pathlib import Path
from time import perf_counter

import pytest

from shotgraph.errors import MediaError
from shotgraph.media.smart.join import concat
from shotgraph.media.transition import Transition
from tests.joins.cases import CUTS, MELTS, Case
from tests.joins.conftest import Shelf
from tests.joins.judge import exact_faults
from tests.joins.sight import look_at
from tests.joins.table import OURS, Outcome, Table

pytestmark = pytest.mark.media


@pytest.mark.parametrize("case", [*CUTS, *MELTS], ids=str)
async def test_a_film_is_what_its_clips_make(
    case: Case, shelf: Shelf, table: Table, tmp_path: Path
) -> None:
    clips = [shelf(name) for name in case.names]
    film = tmp_path / "film.mp4"
    melt = Transition(kind="dissolve", seconds=case.dissolve) if case.dissolve else None

    began = perf_counter()
    try:
        await concat(clips, film, transition=melt)
    except MediaError as error:
        table.note(str(case), OURS, Outcome("error", str(error), perf_counter() - began))
        raise
    took = perf_counter() - began

    faults = exact_faults(look_at(film, case.takes), case.takes, case.dissolve)
    outcome = Outcome("silent failure" if faults else "right", "; ".join(faults), took)
    table.note(str(case), OURS, outcome)
    assert not faults
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]
