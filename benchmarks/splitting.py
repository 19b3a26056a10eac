"""A shot of 31.7 s at 1080p: split into pieces for a model, and rejoined."""

import asyncio
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.footage import run, shoot
from shotgraph.making.fit import VideoFit, fit_video
from shotgraph.media.conform import conform_clip
from shotgraph.media.probe import read_media
from shotgraph.media.split import rejoin

_CODED = ("-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "17", "-threads", "4")


def figures() -> list[str]:
    """Time the split and the rejoin, and compare both with coding the shot once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip, shot = shoot(folder / "clip.mp4"), folder / "shot.mp4"
        looped = ("-stream_loop", "6", "-i", str(clip), "-t", "31.7", "-c", "copy")
        run(*looped, str(shot))
        fit = fit_video(read_media(shot), "split")
        if fit is None:
            raise ValueError("a shot of 31.7 s needs no fitting?")
        began = perf_counter()
        pieces = asyncio.run(_split(shot, fit, folder))
        split_s = perf_counter() - began
        began = perf_counter()
        asyncio.run(_join(pieces, shot, fit, folder / "whole.mp4"))
        join_s = perf_counter() - began
        began = perf_counter()
        run("-i", str(shot), *_CODED, str(folder / "coded.mp4"))
        coded_s = perf_counter() - began
    count = len(pieces)
    return [
        f"split: {split_s / count:.2f} s a piece, {split_s / coded_s:.2f} of coding it once",
        f"joined: {join_s / count:.2f} s a piece, {join_s / coded_s:.2f} of coding it once",
    ]


async def _split(shot: Path, fit: VideoFit, folder: Path) -> list[Path]:
    paths = [folder / f"{number}.mp4" for number in range(len(fit.pieces))]
    await asyncio.gather(
        *(
            conform_clip(shot, path, fit.target_format, first=piece.first, frames=piece.sent)
            for path, piece in zip(paths, fit.pieces, strict=True)
        )
    )
    return paths


async def _join(pieces: list[Path], shot: Path, fit: VideoFit, whole: Path) -> None:
    frames = [piece.frames for piece in fit.pieces]
    rate = fit.frame_rate
    await rejoin(pieces, whole, frames=frames, sent=frames, frame_rate=rate, sound_of=shot)
