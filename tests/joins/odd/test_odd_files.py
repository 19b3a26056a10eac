"""Files as telephones, recorders and editors write them: a right film, or none and the reason."""

import os
import re
from fractions import Fraction
from pathlib import Path
from time import perf_counter

import av
import pytest

from shotgraph.clock import SystemClock
from shotgraph.errors import MediaError
from shotgraph.making.make import Maker
from shotgraph.making.step_jobs import LocalJob
from shotgraph.spec import STEP_KINDS
from shotgraph.store import Store, open_store
from tests.joins.judge import tone_faults
from tests.joins.odd.bench import ODD as ODD_CLIP
from tests.joins.odd.bench import PLAIN, RATE, Bench
from tests.joins.odd.case import Odd
from tests.joins.odd.cases import ODD
from tests.joins.peers import ODD_PEERS, PeerAbsentError, PeerError
from tests.joins.table import ODD_FILM, OURS, Outcome, Table
from tests.media.coded_clips import codes, is_in_place, read_code, read_lumas, tone_onsets_s

pytestmark = pytest.mark.media
# Coders of sound begin a tone a little before it: as much as this, at 48 kHz.
_WITHIN_S = 0.004
# One frame of sound that is early or late is not held against others.
_PEERS_WITHIN_S = 1 / 24
FULL = os.environ.get("SHOTGRAPH_MEDIA_FULL") == "1"
_FROM_GOOD_TO_BAD = ("right", "error", "silent failure")


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(str(tmp_path_factory.mktemp("store")))


@pytest.mark.parametrize("odd", ODD, ids=str)
async def test_an_odd_file_is_joined_and_cut_right_or_refused(
    odd: Odd, bench: Bench, store: Store, table: Table
) -> None:
    path, began = odd.make(bench), perf_counter()
    made = [await _joined(odd, path, bench, store)]
    if odd.cut:
        made.append(await _cut(odd, path, store))
    worst = max(made, key=lambda each: _FROM_GOOD_TO_BAD.index(each.verdict))
    table.note(f"{ODD_FILM}{odd}", OURS, Outcome(worst.verdict, worst.why, perf_counter() - began))
    wanted = [*(["error"] if odd.refused else ["right"]), "error" if odd.cut_refused else "right"]
    assert [each.verdict for each in made] == wanted[: len(made)], [each.why for each in made]


def faults_of(
    film: Path,
    frames: list[tuple[int, int] | None],
    tones_s: list[float],
    *,
    within_s: float = _WITHIN_S,
) -> list[str]:
    """What is wrong with a film, by the numbers in its frames, its tones, and where they lie."""
    lumas = list(read_lumas(film))
    shown = [read_code(luma) for luma in lumas]
    faults = [
        f"frame {place} shows {is_}, not {of}"
        for place, (is_, of) in enumerate(zip(shown, frames, strict=False))
        if is_ != of
    ]
    if len(shown) != len(frames):
        faults.append(f"{len(shown)} frames, not {len(frames)}")
    faults += tone_faults(tone_onsets_s(film), tones_s, within_s)
    if not all(is_in_place(luma, (0, 0, *luma.size)) for luma in lumas[-3:]):
        faults.append("it is distorted or moved")
    return faults


def expected(odd: Odd) -> tuple[list[tuple[int, int] | None], list[float]]:
    """The frames and the tones of a film of an odd file, behind the plain clip if it has one."""
    frames: list[tuple[int, int] | None] = [*codes(ODD_CLIP, odd.frames)]
    if odd.alone:
        return frames, list(odd.tones_s)
    tones_s = [0.0, 0.5, *(1 + at for at in odd.tones_s)]
    return [*codes(PLAIN, range(RATE)), *frames], tones_s


async def _joined(odd: Odd, path: Path, bench: Bench, store: Store) -> Outcome:
    clips = [path] if odd.alone else [bench.plain, path]
    return await _made(store, odd.refused, *expected(odd), "concat", *clips)


@pytest.mark.timeout(1800)
@pytest.mark.skipif(not FULL, reason="the full table: SHOTGRAPH_MEDIA_FULL=1")
@pytest.mark.parametrize("peer", ODD_PEERS)
@pytest.mark.parametrize("odd", ODD, ids=str)
def test_an_odd_file_beside_others(
    odd: Odd, peer: str, bench: Bench, table: Table, tmp_path: Path
) -> None:
    path, film = odd.make(bench), tmp_path / "film.mp4"
    outcome = _by_others(odd, peer, [path] if odd.alone else [bench.plain, path], film)

    table.note(f"{ODD_FILM}{odd}", peer, outcome)
    # Their faults are theirs; but a film they made was judged, and a refusal has a reason.
    assert outcome.verdict == "right" or outcome.why


def _by_others(odd: Odd, peer: str, clips: list[Path], film: Path) -> Outcome:
    began = perf_counter()
    try:
        ODD_PEERS[peer](clips, film)
    except PeerAbsentError as error:
        return Outcome("absent", str(error))
    except PeerError as error:
        return Outcome("error", str(error), perf_counter() - began)
    took = perf_counter() - began
    frames, tones_s = expected(odd)
    try:
        faults = faults_of(film, frames, tones_s, within_s=_PEERS_WITHIN_S)
    except (av.FFmpegError, ValueError, IndexError) as error:
        faults = [f"it can't be played: {error}"]
    return Outcome("silent failure" if faults else "right", "; ".join(faults[:3]), took)


async def _cut(odd: Odd, path: Path, store: Store) -> Outcome:
    first, many = round(odd.rate), int(odd.rate / 2 + Fraction(1, 2))
    frames = codes(ODD_CLIP, odd.frames[first : first + many])
    begin_s, end_s = float(first / odd.rate), float((first + many) / odd.rate)
    tones_s = [at - begin_s for at in odd.tones_s if begin_s - _WITHIN_S <= at < end_s]
    return await _made(store, odd.cut_refused, frames, tones_s, "trim", path)


async def _made(
    store: Store,
    refused: str | None,
    frames: list[tuple[int, int] | None],
    tones_s: list[float],
    kind: str,
    *clips: Path,
) -> Outcome:
    assets = [await store.assets.add(clip, "video") for clip in clips]
    body = (
        {"clips": assets}
        if kind == "concat"
        else {"video": assets[0], "start": 1, "seconds": "0.5"}
    )
    job = LocalJob("step", kind, STEP_KINDS[kind].arguments.model_validate(body))
    try:
        made, _ = await Maker(store, SystemClock()).get(job)
    except MediaError as error:
        is_as_said = refused is None or re.search(refused, str(error))
        return Outcome("error" if is_as_said else "silent failure", f"{kind}: {error}")
    faults = faults_of(await store.assets.file(made.asset), frames, tones_s)
    if refused is not None:
        faults.append("it was not refused")
    return Outcome(
        "silent failure" if faults else "right",
        f"{kind}: {'; '.join(faults[:3])}" if faults else "",
    )
