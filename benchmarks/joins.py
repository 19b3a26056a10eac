"""Joining twelve clips of 5 s at 1080p: compared with coding all clips, and with a blind copy.

The clips are known to decode; a store has a record of that for clips that were joined before. Our
join runs in a process that has already imported the code, the other ways are whole processes. The
seconds are on the clock; the CPU seconds are of this process and its children.
"""

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.footage import (
    code_all,
    copies,
    copy_blindly,
    drift_ms,
    mute,
    run,
    shoot,
)
from shotgraph.media.sheets.sheet import contact_sheet
from shotgraph.media.smart.join import concat
from shotgraph.media.target_format import FINAL, USUAL, Coding

Work = Callable[[], object]


@dataclass(frozen=True)
class _Took:
    wall_s: float
    cpu_s: float


def figures() -> Iterator[str]:
    """Time each pair in turns, so that a busy machine slows both; yields each row when known."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = shoot(folder / "clip.mp4")
        alike = copies(clip, folder / "alike")
        mixed = [*alike]
        mixed[3] = shoot(folder / "24.mp4", rate=24)
        mixed[8] = shoot(folder / "720.mp4", size=(1280, 720))
        silent = copies(mute(clip, folder / "mute.mp4"), folder / "silent")
        film, other = folder / "film.mp4", folder / "other.mp4"

        yield _join(
            "silent, beside a blind copy", silent, film, lambda: copy_blindly(silent, other)
        )
        yield _join("alike, beside coding all", alike, film, lambda: code_all(alike, other))
        yield _first(alike, film)
        yield from _mixed("2 of 12 differ", mixed, film, other, USUAL)
        yield _sheet(film, folder)
        asyncio.run(concat(alike, film))
        copy_blindly(alike, other)
        yield f"drift at clip 12: {drift_ms(film):.1f} ms; blind copy: {drift_ms(other):.1f}"
        yield from _mixed("2 of 12 differ, as a film that is looked at", mixed, film, other, FINAL)


def _join(name: str, clips: Sequence[Path], film: Path, theirs: Work) -> str:
    return _in_turns(name, lambda: _joined(clips, film), theirs)


def _joined(clips: Sequence[Path], film: Path, coding: Coding = USUAL) -> None:
    asyncio.run(concat(clips, film, decoded=clips, usual=coding))


def _mixed(
    name: str, clips: Sequence[Path], film: Path, other: Path, coding: Coding
) -> Iterator[str]:
    """Compare joins with equal settings; the second row adds a decode to theirs: ours has one."""
    ours = _took(lambda: _joined(clips, film, coding))
    theirs = _took(lambda: code_all(clips, other, coding))
    yield _row(f"{name}, beside coding all", ours, theirs)
    seen = _took(lambda: run("-i", str(other), "-f", "null", "-"))
    both = _Took(theirs.wall_s + seen.wall_s, theirs.cpu_s + seen.cpu_s)
    yield _row("… and decoding it too", ours, both)


def _first(clips: Sequence[Path], film: Path) -> str:
    took = _took(lambda: asyncio.run(concat(clips, film)))
    return (
        f"alike, when no clip is known to decode yet: {took.wall_s:.2f} s; {took.cpu_s:.1f} CPU s"
    )


def _sheet(film: Path, folder: Path) -> str:
    def one_pass() -> None:
        graph = "fps=1/5,scale=320:-2,tile=4x3"
        run("-i", str(film), "-vf", graph, "-frames:v", "1", str(folder / "one.jpg"))

    def ours() -> None:
        asyncio.run(contact_sheet(film, folder / "sheet.jpg"))

    return _in_turns("contact sheet, beside one pass over the film", ours, one_pass)


def _in_turns(name: str, ours: Work, theirs: Work) -> str:
    """Time ours, theirs and ours again; repeat that while it takes little time."""
    mine = [_took(ours)]
    others: list[_Took] = []
    while not others or (sum(each.wall_s for each in others) < 5 and len(others) < 5):
        others.append(_took(theirs))
        mine.append(_took(ours))
    return _row(name, _median(mine), _median(others))


def _median(took: Sequence[_Took]) -> _Took:
    return _Took(median(each.wall_s for each in took), median(each.cpu_s for each in took))


def _row(name: str, own: _Took, other: _Took) -> str:
    return (
        f"{name}: {own.wall_s:.2f} s, {other.wall_s:.2f} s: "
        f"{other.wall_s / own.wall_s:.2f} times as fast; {own.cpu_s:.1f} and {other.cpu_s:.1f} "
        f"CPU s: {other.cpu_s / own.cpu_s:.2f}"
    )


def _took(work: Work) -> _Took:
    began, used = perf_counter(), os.times()
    work()
    return _Took(perf_counter() - began, sum(os.times()[:4]) - sum(used[:4]))
