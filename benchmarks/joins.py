"""Twelve clips of 5 s at 1080p: what a join costs, beside coding all and beside a blind copy.

The clips are known to decode, as a store knows it of all that was joined before.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
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

Work = Callable[[], object]


def figures() -> list[str]:
    """Time each pair in turns, so that a busy machine slows both."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = shoot(folder / "clip.mp4")
        alike = copies(clip, folder / "alike")
        mixed = [*alike]
        mixed[3] = shoot(folder / "24.mp4", rate=24)
        mixed[8] = shoot(folder / "720.mp4", size=(1280, 720))
        silent = copies(mute(clip, folder / "mute.mp4"), folder / "silent")
        film, other = folder / "film.mp4", folder / "other.mp4"

        rows = [
            _join("alike, beside coding all", alike, film, lambda: code_all(alike, other)),
            _join("2 of 12 differ, beside coding all", mixed, film, lambda: code_all(mixed, other)),
            _join("… and decoding it too", mixed, film, lambda: _code_and_decode(mixed, other)),
            _join("silent, beside a blind copy", silent, film, lambda: copy_blindly(silent, other)),
            _first(alike, film),
            _sheet(film, folder),
        ]
        asyncio.run(concat(alike, film))
        copy_blindly(alike, other)
        rows.append(f"drift at clip 12: {drift_ms(film):.1f} ms; blind copy: {drift_ms(other):.1f}")
        return rows


def _join(name: str, clips: Sequence[Path], film: Path, theirs: Work) -> str:
    return _in_turns(name, lambda: asyncio.run(concat(clips, film, decoded=clips)), theirs)


def _code_and_decode(clips: Sequence[Path], path: Path) -> None:
    """What we do of what we code: see that it decodes."""
    code_all(clips, path)
    run("-i", str(path), "-f", "null", "-")


def _first(clips: Sequence[Path], film: Path) -> str:
    seconds = _seconds(lambda: asyncio.run(concat(clips, film)))
    return f"alike, when no clip is known to decode yet: {seconds:.2f} s"


def _sheet(film: Path, folder: Path) -> str:
    def one_pass() -> None:
        graph = "fps=1/5,scale=320:-2,tile=4x3"
        run("-i", str(film), "-vf", graph, "-frames:v", "1", str(folder / "one.jpg"))

    def ours() -> None:
        asyncio.run(contact_sheet(film, folder / "sheet.jpg"))

    return _in_turns("contact sheet, beside one pass over the film", ours, one_pass)


def _in_turns(name: str, ours: Work, theirs: Work) -> str:
    """Ours, theirs, ours, and again while that is short."""
    mine = [_seconds(ours)]
    others: list[float] = []
    while not others or (sum(others) < 5 and len(others) < 5):
        others.append(_seconds(theirs))
        mine.append(_seconds(ours))
    own_s, other_s = median(mine), median(others)
    return f"{name}: {own_s:.2f} s, {other_s:.2f} s: {other_s / own_s:.2f} times as fast"


def _seconds(work: Work) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
