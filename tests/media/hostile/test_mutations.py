"""Damaged files: each is refused with a typed error, or put through right; nothing else."""

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.media.coded_clips import write_clip
from tests.media.hostile.bench import Seen, Worker, left_running
from tests.media.hostile.mutations import SIZE, damaged, write_good_files

pytestmark = pytest.mark.media
# The whole thousand, where somebody asks for it.
SEEDS = 1000 if os.environ.get("SHOTGRAPH_MEDIA_FULL") else 150
MOST_S, MOST_MIB = 240, 300


@pytest.mark.timeout(3000)
def test_damaged_files_are_refused_or_put_through_right(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    files = write_good_files(tmp_path / "good")
    good = write_clip(tmp_path / "good.mp4", clip=1, frames=12, size=SIZE)
    file, into = tmp_path / "damaged", tmp_path / "made"
    into.mkdir()
    wrong, probes, others = list[str](), list[float](), list[float]()
    verdicts, peak, ended = Counter[str](), 0, Counter[str]()
    with Worker(patience_s=1800) as worker:
        for file_ in files:
            seen = worker.put_through(file_, good=good, into=into, operations=["probe"])
            assert [outcome.verdict for outcome in seen.outcomes] == ["right"], file_
        for seed in range(SEEDS):
            said, data = damaged(files, seed)
            file.write_bytes(data)
            # In turn: cut out of it, and joined to a good clip; both are verified.
            operations = ["probe", ("trim", "concat", "last")[seed // len(files) % 3]]
            seen = worker.put_through(file, good=good, into=into, operations=operations)
            wrong += [f"{said}: {fault}" for fault in faults(seen)]
            wrong += [f"{said}: {path} was left" for path in tmp_path.rglob("*.part")]
            verdicts.update([seen.outcomes[0].verdict] if seen.outcomes else [])
            ended.update(f"{each.operation} {each.verdict}" for each in seen.outcomes[1:])
            probes += [outcome.seconds for outcome in seen.outcomes[:1]]
            others += [outcome.seconds for outcome in seen.outcomes[1:]]
            peak = max(peak, seen.peak_mib)
        wrong += left_running(worker.pid, tmp_path)
    print(
        f"\nmedia: damaged files {SEEDS} of {len(files)} kinds: probe accepted "
        f"{verdicts['right']}, refused {verdicts['refused']}; then "
        + ", ".join(f"{name} {count}" for name, count in sorted(ended.items()))
        + f"; probe {times(probes)}, the others {times(others)}; most memory {peak} MiB; "
        f"crashes {sum('died' in each for each in wrong)}"
    )
    assert not wrong, "\n".join(wrong)


def faults(seen: Seen) -> list[str]:
    """What must not be."""
    if seen.crash:
        return [f"the worker died: {seen.crash}"]
    wrong = [f"{each}" for each in seen.outcomes if each.verdict == "wrong"]
    wrong += [f"{each}" for each in seen.outcomes if each.seconds >= MOST_S]
    return wrong + ([f"{seen.peak_mib} MiB were held"] if seen.peak_mib > MOST_MIB else [])


def times(seconds: list[float]) -> str:
    """In the middle, and the most."""
    if not seconds:
        return "never"
    return f"p50 {sorted(seconds)[len(seconds) // 2] * 1000:.0f} ms, max {max(seconds):.1f} s"


def test_a_dead_worker_is_seen(tmp_path: Path) -> None:
    """Without this, no crash would mean nothing."""
    with Worker(patience_s=1800) as worker:
        os.kill(worker.pid, 11)
        seen = worker.put_through(tmp_path, good=tmp_path, into=tmp_path, operations=["probe"])
        assert seen.crash == "SIGSEGV"
        seen = worker.put_through(tmp_path, good=tmp_path, into=tmp_path, operations=["probe"])
        assert [outcome.verdict for outcome in seen.outcomes] == ["refused"]
