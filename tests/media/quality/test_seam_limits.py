"""Where the limits of seams lie among pairs of shots that match, that are off, and that are cut.

A pair is eight frames of a filmed clip and the eight after them, coded each by itself; the second
is as it is, or brighter by about 2, 4 and 8 ΔE. A hard cut goes to another clip.
"""

import os
from pathlib import Path
from statistics import median
from time import process_time

import pytest

from shotgraph.media.quality.cut_sides import CutNumbers, cut_numbers, seam_flaw
from shotgraph.media.quality.measures import Measures
from shotgraph.media.quality.measuring import look_here
from tests.joins.odd.bench import Bench
from tests.media.quality.corpus import BASES, MOVES, ROOT, filmed

pytestmark = [pytest.mark.media, pytest.mark.timeout(3600)]
FULL = os.environ.get("SHOTGRAPH_MEDIA_FULL") == "1"
# A flash that lies on the seam is a jump.
CALM = [move for move in MOVES if move != "lightning"]
PAIRS = [(base, move) for base in BASES for move in CALM][:: 1 if FULL else 48]
CUT, MANY = 36, 8
LEVELS = {"matches": 0, "off by 2 ΔE": 5, "off by 4 ΔE": 10, "off by 8 ΔE": 20}
"""Levels of luma that the second shot is brighter by."""


def side(bench: Bench, clip: Path, first: int, brighter: int = 0) -> Measures:
    path = bench.run(
        *("-i", clip, "-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18"),
        *("-vf", f"trim=start_frame={first}:end_frame={first + MANY},setpts=PTS-STARTPTS,"
          f"lutyuv=y=clip(val+{brighter}\\,16\\,235)"),
        into="side.mp4",
    )  # fmt: skip
    return look_here(path, begin_s=0).measures


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[CutNumbers]]:
    bench = Bench(tmp_path_factory.mktemp("seams"))
    found: dict[str, list[CutNumbers]] = {name: [] for name in (*LEVELS, "hard cut")}
    clips = [filmed(bench.folder, base, move) for base, move in PAIRS]
    ends = [side(bench, clip, CUT - MANY) for clip in clips]
    for number, (clip, end) in enumerate(zip(clips, ends, strict=True)):
        for name, level in LEVELS.items():
            found[name].append(cut_numbers(end, side(bench, clip, CUT, level)))
        other = clips[(number + len(clips) // 2) % len(clips)]
        found["hard cut"].append(cut_numbers(end, side(bench, other, CUT)))
    return found


def test_limits_of_seams_lie_between_what_matches_and_what_jumps(
    numbers: dict[str, list[CutNumbers]],
) -> None:
    faults = {
        name: sum(seam_flaw(each) is not None for each in pairs) for name, pairs in numbers.items()
    }
    for name, pairs in numbers.items():
        deltas, likeness = ([getattr(each, of) for each in pairs] for of in ("delta_e", "likeness"))
        print(
            f"\nseams: {name}: {len(pairs)} pairs, ΔE {min(deltas):.1f} to {max(deltas):.1f}, "
            f"median {median(deltas):.1f}; likeness {min(likeness):.2f} to {max(likeness):.2f}; "
            f"{faults[name]} have the fault"
        )
    assert faults["matches"] == 0
    assert faults["off by 8 ΔE"] == len(PAIRS)
    assert faults["off by 4 ΔE"] >= 0.9 * len(PAIRS)
    assert not any(each.continues for each in numbers["hard cut"])


def test_what_looking_at_a_clip_costs() -> None:
    """A second of 720p, of a filmed clip; it is printed, for no test depends on speed."""
    began = process_time()
    found = look_here(ROOT / "examples/clips/harbour.mp4", begin_s=0).measures
    took_s = process_time() - began
    seconds = len(found.frames) / 24
    print(f"\nquality: {took_s / seconds:.2f} s of a processor for each second of 1280 x 720")
    assert seconds == 5
