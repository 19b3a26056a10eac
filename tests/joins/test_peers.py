"""The same films by others; all of them with SHOTGRAPH_MEDIA_FULL=1, else those that tell most."""

import os
from pathlib import Path
from time import perf_counter

import av
import pytest

from tests.joins.cases import CUTS, Case
from tests.joins.conftest import Shelf
from tests.joins.judge import rough_faults
from tests.joins.peers import PEERS, PeerAbsentError, PeerError
from tests.joins.sight import look_at
from tests.joins.table import Outcome, Table

pytestmark = pytest.mark.media

FULL = os.environ.get("SHOTGRAPH_MEDIA_FULL") == "1"
ALIKE = Case(("mute", "mute too"))
UNLIKE = [
    Case(("plain", "film")),
    Case(("plain, long", "hevc, ntsc")),
    Case(("plain, long", "standing")),
    Case(("plain, long", "mute too")),
]


def join_with(peer: str, case: Case, shelf: Shelf, film: Path) -> Outcome:
    clips = [shelf(name) for name in case.names]
    began = perf_counter()
    try:
        PEERS[peer](clips, film)
    except PeerAbsentError as error:
        return Outcome("absent", str(error))
    except PeerError as error:
        return Outcome("error", str(error), perf_counter() - began)
    took = perf_counter() - began
    try:
        faults = rough_faults(look_at(film, case.takes, unscaled=True), case.takes)
    # The second is what PyAV makes of a sound that becomes another kind of sound.
    except (av.FFmpegError, ValueError) as error:
        faults = [f"it can't be played: {error}"]
    return Outcome("silent failure" if faults else "right", "; ".join(faults), took)


@pytest.mark.timeout(1800)
@pytest.mark.skipif(not FULL, reason="the full table: SHOTGRAPH_MEDIA_FULL=1")
@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("case", CUTS, ids=str)
def test_beside_others(case: Case, peer: str, shelf: Shelf, table: Table, tmp_path: Path) -> None:
    outcome = join_with(peer, case, shelf, tmp_path / "film.mp4")

    table.note(str(case), peer, outcome)
    # Their faults are theirs; but a film they made was judged, and a refusal has a reason.
    assert outcome.verdict == "right" or outcome.why


def test_a_blind_copy_of_clips_that_are_alike_is_right(
    shelf: Shelf, table: Table, tmp_path: Path
) -> None:
    outcome = join_with("-c copy", ALIKE, shelf, tmp_path / "film.mp4")

    table.note(str(ALIKE), "-c copy", outcome)
    assert outcome.verdict == "right"


@pytest.mark.parametrize("case", UNLIKE, ids=str)
def test_a_blind_copy_of_clips_that_differ_is_found_out(
    case: Case, shelf: Shelf, table: Table, tmp_path: Path
) -> None:
    outcome = join_with("-c copy", case, shelf, tmp_path / "film.mp4")

    table.note(str(case), "-c copy", outcome)
    assert outcome.verdict == "silent failure"
