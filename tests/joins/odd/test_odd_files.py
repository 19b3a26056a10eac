"""Files as telephones, recorders and editors write them: a right film, or none and the reason."""

import re
from fractions import Fraction
from pathlib import Path
from time import perf_counter

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
from tests.joins.table import OURS, Outcome, Table
from tests.media.coded_clips import codes, is_in_place, read_code, read_lumas, tone_onsets_s

pytestmark = pytest.mark.media
# Coders of sound begin a tone a little before it: as much as this, at 48 kHz.
_WITHIN_S = 0.004
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
    table.note(f"odd: {odd}", OURS, Outcome(worst.verdict, worst.why, perf_counter() - began))
    wanted = [*(["error"] if odd.refused else ["right"]), "error" if odd.cut_refused else "right"]
    assert [each.verdict for each in made] == wanted[: len(made)], [each.why for each in made]


async def _joined(odd: Odd, path: Path, bench: Bench, store: Store) -> Outcome:
    if odd.alone:
        frames = codes(ODD_CLIP, odd.frames)
        return await _made(store, odd.refused, frames, list(odd.tones_s), "concat", path)
    frames = [*codes(PLAIN, range(RATE)), *codes(ODD_CLIP, odd.frames)]
    tones_s = [0.0, 0.5, *(1 + at for at in odd.tones_s)]
    return await _made(store, odd.refused, frames, tones_s, "concat", bench.plain, path)


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
    film = await store.assets.file(made.asset)
    lumas = list(read_lumas(film))
    shown = [read_code(luma) for luma in lumas]
    faults = [
        f"frame {place} shows {is_}, not {of}"
        for place, (is_, of) in enumerate(zip(shown, frames, strict=False))
        if is_ != of
    ]
    if len(shown) != len(frames):
        faults.append(f"{len(shown)} frames, not {len(frames)}")
    faults += tone_faults(tone_onsets_s(film), tones_s, _WITHIN_S)
    if not all(is_in_place(luma, (0, 0, *luma.size)) for luma in lumas[-3:]):
        faults.append("it is distorted or moved")
    if refused is not None:
        faults.append("it was not refused")
    return Outcome(
        "silent failure" if faults else "right",
        f"{kind}: {'; '.join(faults[:3])}" if faults else "",
    )
