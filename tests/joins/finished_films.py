"""Finished films of each kind, and the check that each of them passed, to be given other files."""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shotgraph.media import soundtrack as soundtracks
from shotgraph.media import trim as trims
from shotgraph.media.smart import join as joins
from shotgraph.media.transition import Transition
from tests.joins.odd.bench import Bench

KINDS = ("copied", "silent", "mixed", "hevc", "dissolve", "trim", "soundtrack")
_TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
_ALIKE = ("-c:v", "libx264", "-preset", "veryfast", "-g", "15", "-bf", "2", "-c:a", "aac")
_HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")


@dataclass
class Finished:
    """A film, and its check, which can be given another file."""

    film: Path
    check: Callable[[Path], Awaitable[Any]]


class Recorder:
    """Stands where a step calls its check, keeps what the check was given, and calls it."""

    def __init__(self, folder: Path, check: Callable[..., Awaitable[Any]]) -> None:
        self.folder, self.check = folder, check
        self.finished: Finished | None = None

    async def __call__(self, part: Path, *args: Any, **given: Any) -> Any:
        self.folder.mkdir()
        film = Path(shutil.copy(part, self.folder / "film.mp4"))
        pieces = []
        for piece in given.get("pieces", ()):
            kept = piece.path
            if piece.is_new:  # it is gone with the room where the film was made
                kept = Path(shutil.copy(piece.path, self.folder / piece.path.name))
            pieces.append(replace(piece, path=kept))
        if pieces:
            given |= {"pieces": pieces, "decoded": [piece.path for piece in pieces]}
        self.finished = Finished(film, lambda path: self.check(path, *args, **given))
        return await self.check(part, *args, **given)


def clip(
    bench: Bench, name: str, seed: int, *, rate: int = 30, how: tuple[str, ...] = _ALIKE
) -> Path:
    """1 s that moves all over, with a noise on the left and another on the right."""
    if bench.path(name).exists():
        return bench.path(name)
    grain = f"hue=h={seed * 40},noise=alls=4:allf=t:all_seed={seed}"
    sides = (f"anoisesrc=color=pink:r=48000:d=1:seed={2 * seed + n}:a=0.15" for n in (0, 1))
    left, right = sides
    heard = f"{left}[l];{right}[r];[l][r]join=inputs=2:channel_layout=stereo[s]"
    return bench.run(
        *("-f", "lavfi", "-i", f"testsrc2=s=320x180:r={rate}:d=1,{grain},{_TAGS}"),
        *("-filter_complex", heard, "-map", "0:v", "-map", "[s]"),
        *(*how, "-pix_fmt", "yuv420p", "-c:a", "aac"),
        into=name,
    )


async def finished_film(kind: str, bench: Bench) -> Finished:
    """Make a film of a kind, and keep it with its check."""
    module: Any = {"soundtrack": soundtracks, "trim": trims}.get(kind, joins)
    name = "verify_picture_kept" if kind == "soundtrack" else "verify"
    recorder = Recorder(bench.path(kind), getattr(module, name))
    one, two = clip(bench, "one.mp4", 1), clip(bench, "two.mp4", 2)
    whole = bench.path("whole.mp4")
    if kind in ("trim", "soundtrack") and not whole.exists():
        await joins.concat([one, two], whole)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, recorder)
        await _make(kind, bench, [one, two], whole, bench.path(f"made-{kind}.mp4"))
    assert recorder.finished is not None
    return recorder.finished


async def mixed_film(bench: Bench, transition: Transition, clips: int = 2) -> Finished:
    """Make a film in which clips overlap, and keep it with its check."""
    name = f"{transition.kind}-{transition.seconds.denominator}-{clips}"
    module: Any = joins
    recorder = Recorder(bench.path(name), module.verify)
    shots = [clip(bench, f"{each}.mp4", each + 1) for each in range(clips)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "verify", recorder)
        await joins.concat(shots, bench.path(f"made-{name}.mp4"), transition=transition)
    assert recorder.finished is not None
    return recorder.finished


async def _make(kind: str, bench: Bench, clips: list[Path], whole: Path, made: Path) -> None:
    if kind == "copied":
        await joins.concat(clips, made)
    elif kind == "silent":
        mute = [
            bench.run("-i", each, "-an", "-c", "copy", into=f"mute-{each.name}") for each in clips
        ]
        await joins.concat(mute, made)
    elif kind == "mixed":
        await joins.concat([clips[0], clip(bench, "slow.mp4", 3, rate=24), clips[1]], made)
    elif kind == "hevc":
        coded = [clip(bench, f"hevc-{n}.mp4", n, how=(*_HEVC, "-tag:v", "hvc1")) for n in (4, 5)]
        await joins.concat(coded, made)
    elif kind == "dissolve":
        melting = Transition(kind="dissolve", seconds=Fraction(1, 5))
        await joins.concat(clips, made, transition=melting)
    elif kind == "trim":
        await trims.trim(whole, made, start=Fraction(1, 3), seconds=Fraction(3, 2))
    else:
        await soundtracks.soundtrack(whole, clips[1], made)
