"""Hostile files are contained: refused with a typed error, or put through right."""

import socket
import time
from pathlib import Path

import pytest

from tests.media.coded_clips import Sound, write_clip
from tests.media.hostile.bench import Secrets, Seen, Worker, left_running
from tests.media.hostile.corpus import Ground, Hostile, corpus
from tests.media.hostile.worker import OPERATIONS, Outcome

pytestmark = pytest.mark.media
MOST_S = 240
"""For one operation on a busy machine; what hangs takes for ever."""
# Without a file a worker holds some 90 MiB; ffmpeg needs 60 for the smallest clip.
MOST_MIB, MOST_FFMPEG_MIB = 300, 700


def faults(case: Hostile, seen: Seen) -> list[str]:
    """What is wrong with how one file was dealt with."""
    if seen.crash:
        return [f"{case.name}: the worker died: {seen.crash}"]
    wrong = [
        f"{case.name}: {outcome}" for outcome in seen.outcomes if not _is_allowed(case, outcome)
    ]
    if seen.peak_mib > MOST_MIB:
        wrong.append(f"{case.name}: {seen.peak_mib} MiB were held")
    if seen.ffmpeg_peak_mib > MOST_FFMPEG_MIB:
        wrong.append(f"{case.name}: ffmpeg held {seen.ffmpeg_peak_mib} MiB")
    return wrong


def _is_allowed(case: Hostile, outcome: Outcome) -> bool:
    verdicts = {"right", "refused"} if case.must == "either" else {case.must}
    if outcome.operation == "image":  # which a clip is not
        verdicts.add("refused")
    return outcome.verdict in verdicts and outcome.seconds < MOST_S


@pytest.mark.timeout(3600)
def test_hostile_files_are_contained(tmp_path: Path) -> None:
    good = write_clip(tmp_path / "good.mp4", clip=1, frames=12, sound=Sound())
    secret = write_clip(
        tmp_path / "secret.ts", clip=2, frames=12, sound=Sound(), container="mpegts"
    )
    (tmp_path / "notes.txt").write_text("a secret\n")
    cases, wrong, slowest, peak = corpus(), list[str](), (0.0, ""), 0
    verdicts = dict.fromkeys(("right", "refused", "wrong"), 0)
    with Secrets([secret, tmp_path / "notes.txt"]) as secrets, Worker(patience_s=1800) as worker:
        for number, case in enumerate(cases):
            folder, into = tmp_path / f"{number:03}", tmp_path / f"{number:03}-made"
            folder.mkdir()
            into.mkdir()
            file = case.make(Ground(folder, good, secret, secrets.port))
            secrets.reads()
            seen = worker.put_through(
                file, good=good, into=into, operations=list(OPERATIONS), stubborn=True
            )
            wrong += faults(case, seen)
            wrong += [f"{case.name}: a secret was read"] if secrets.reads() else []
            wrong += [f"{case.name}: {left} was left" for left in _parts(into, folder)]
            wrong += [f"{case.name}: runs on: {left}" for left in left_running(worker.pid, into)]
            for outcome in seen.outcomes:
                verdicts[outcome.verdict] += 1
                slowest = max(slowest, (outcome.seconds, f"{outcome.operation} of {case.name}"))
            peak = max(peak, seen.peak_mib)
        calls = secrets.calls
    print(
        f"\nmedia: hostile files {len(cases)} x {len(OPERATIONS)} operations: "
        f"{verdicts['refused']} refused, {verdicts['right']} right, {verdicts['wrong']} wrong; "
        f"{calls} connections; slowest {slowest[0]:.1f} s ({slowest[1]}); most memory {peak} MiB, "
        f"ffmpeg {seen.ffmpeg_peak_mib} MiB"
    )
    assert not wrong, "\n".join(wrong)
    assert calls == 0
    assert len(cases) >= 60


def test_the_secrets_tell(tmp_path: Path) -> None:
    """The watch sees a reading, and the server a call: without this, 0 would mean nothing."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    with Secrets([secret]) as secrets:
        assert secrets.reads() == 0
        assert secret.read_text() == "x"
        assert secrets.reads() >= 2
        socket.create_connection(("127.0.0.1", secrets.port)).close()
        until = time.monotonic() + 300
        while not secrets.calls and time.monotonic() < until:
            pass
        assert secrets.calls == 1


def _parts(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*.part")]
