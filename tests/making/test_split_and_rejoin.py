"""Long shots in pieces and whole again: every frame once, in its place, under its own sound."""

import os
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.endpoints import VIDEO_INPUT
from shotgraph.making.fit import VideoFit, fit_video
from shotgraph.media.conform import conform_clip
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import read_media
from shotgraph.media.split import rejoin
from shotgraph.media.target_format import TargetFormat
from tests.media.coded_clips import Sound, codes, read_codes, tone_onsets_s, write_clip

pytestmark = [pytest.mark.media, pytest.mark.timeout(3600)]

NTSC_FILM, NTSC = Fraction(24000, 1001), Fraction(30000, 1001)
SHOTS = [
    (seconds, rate)
    for seconds in (Fraction(12), Fraction("31.7"), Fraction(95))
    for rate in (NTSC_FILM, Fraction(25), NTSC)
]
FULL = os.environ.get("SHOTGRAPH_MEDIA_FULL") == "1"
# Small, so that 95 s take seconds; the lengths are those of the endpoint.
SMALL = replace(VIDEO_INPUT, min_side_px=180)


@pytest.mark.parametrize(
    ("seconds", "rate"), SHOTS if FULL else [SHOTS[0], SHOTS[5], SHOTS[7]], ids=str
)
async def test_no_frame_is_lost_or_doubled_at_a_seam(
    seconds: Fraction, rate: Fraction, tmp_path: Path
) -> None:
    frames = int(seconds * rate)
    sound = Sound(tone_at=seconds - 1)
    shot = write_clip(tmp_path / "shot.mp4", clip=3, frames=frames, rate=rate, sound=sound)
    info = read_media(shot)
    cuts = {int(7 * rate), int(8 * rate)}  # too near to each other for both to be of use
    fit = fit_video(info, "split", cuts, limits=SMALL)
    assert fit is not None
    began = time.monotonic()
    pieces = await _pieces(shot, fit, tmp_path)
    split_s = time.monotonic() - began
    painted = [await _painted(piece, info, fit) for piece in pieces]
    began = time.monotonic()

    made = await rejoin(
        painted,
        tmp_path / "whole.mp4",
        frames=[piece.frames for piece in fit.pieces],
        sent=[piece.sent for piece in fit.pieces],
        frame_rate=fit.frame_rate,
        sound_of=shot,
    )

    join_s = time.monotonic() - began
    assert all(3 <= fit.seconds(piece) <= Fraction("10.05") for piece in fit.pieces)
    assert len(cuts & {piece.first for piece in fit.pieces}) == 1
    assert (made.frames, made.frame_rate) == (frames, rate)
    assert read_codes(tmp_path / "whole.mp4") == codes(3, range(frames))
    assert tone_onsets_s(tmp_path / "whole.mp4") == pytest.approx([float(seconds - 1)], abs=0.001)
    count = len(pieces)
    print(
        f"\nsplit: {float(seconds):g} s at {float(rate):.3f}: {frames} frames in {count} pieces, "
        f"each once; split {split_s / count:.1f} s, joined {join_s / count:.2f} s a piece",
        end="",
    )


async def _pieces(shot: Path, fit: VideoFit, folder: Path) -> list[Path]:
    made = []
    for number, piece in enumerate(fit.pieces):
        made.append(folder / f"{number}.mp4")
        await conform_clip(
            shot,
            made[-1],
            fit.target_format,
            first=piece.first,
            frames=piece.sent,
            retime=fit.retime,
        )
    return made


async def _painted(piece: Path, info: MediaInfo, fit: VideoFit) -> Path:
    """What a model makes of a piece: all of its frames, by another coder, in another size."""
    made = piece.with_suffix(".painted.mp4")
    size = TargetFormat(info.width // 2, info.height // 2, fit.target_format.frame_rate)
    await conform_clip(piece, made, size, first=0, frames=read_media(piece).frames)
    return made
