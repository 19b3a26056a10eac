"""The files whose pictures are copied into a film; checks that each decodes and shows its shot."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import ffmpeg

from shotgraph.errors import MediaError
from shotgraph.media.concurrency import in_threads
from shotgraph.media.info import MediaInfo
from shotgraph.media.process import Progress, run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.reader import STRICTLY
from shotgraph.media.smart.clip import Shot
from shotgraph.media.smart.coded import CodedPictures, coded_pictures
from shotgraph.media.smart.due import ShownShot, is_comparable
from shotgraph.media.smart.run_ends import SeamLook, look_at_seam
from shotgraph.media.smart.seeing import picture_differences
from shotgraph.media.source import source
from shotgraph.media.target_format import USUAL, Coding, TargetFormat, allowance_s

FAILED = "the film failed its check and was not kept"
_USUALLY = "0"


async def count_decoded(
    path: Path, duration: Fraction, *, only: str = "", is_ours: bool = False
) -> int:
    """Decode a file, and give the number of its frames.

    Args:
        path: The file.
        duration: The file's length in seconds.
        only: One of its streams, as ffmpeg names it: ``v:0``; all of them if empty.
        is_ours: Whether we coded it: then every complaint of the decoder is an error.

    Raises:
        MediaError: A part of the file does not decode.
    """
    reports: list[Progress] = []
    # The deblocking filter can't fail, and takes an eighth of the time.
    given = source(path, skip_loop_filter="all", err_detect=STRICTLY if is_ours else _USUALLY)
    wanted = given[only] if only else given
    mapped = {} if only else {"map": "0"}
    nowhere = ffmpeg.output(wanted, "-", f="null", fps_mode="passthrough", **mapped)
    await run_ffmpeg(
        nowhere.global_args("-xerror"),
        timeout_s=allowance_s(duration),
        on_progress=reports.append,
        work=Work("checking that all of it decodes", duration),
    )
    return reports[-1].frames if reports else 0


@dataclass(frozen=True)
class CodedPiece:
    """A file whose pictures are copied into a film.

    Attributes:
        path: The given clip, or a file that we coded from it.
        frames: The number of pictures.
        is_new: Whether we coded the file.
        selector: The stream of the pictures, as ffmpeg names it.
        info: The properties of its streams, if they are known.
        coded: Its coded pictures, once they are read.
        seam: The pictures of the film around the seam with the next piece.
    """

    path: Path
    frames: int
    is_new: bool = False
    selector: str = "v:0"
    info: MediaInfo | None = field(default=None, compare=False, repr=False)
    coded: CodedPictures | None = field(default=None, compare=False, repr=False)
    seam: SeamLook | None = field(default=None, compare=False, repr=False)


async def read_pieces(pieces: Sequence[CodedPiece]) -> list[CodedPiece]:
    """Read the coded pictures and the seams of pieces; this can be done before the film exists.

    Raises:
        MediaError: A piece can't be read.
    """
    if all(piece.coded is not None for piece in pieces):
        return list(pieces)
    # A file that is used twice is read once.
    frames = {piece.path: piece.frames for piece in pieces}
    found = await in_threads(lambda path: coded_pictures([path], [frames[path]]), frames)
    coded = dict(zip(frames, found, strict=True))
    ends = [coded[piece.path].ends[0] for piece in pieces]
    seams = [*await in_threads(look_at_seam, pairwise(ends)), None]
    return [
        replace(piece, coded=coded[piece.path], seam=seam)
        for piece, seam in zip(pieces, seams, strict=True)
    ]


async def check_decodes(piece: CodedPiece, rate: Fraction) -> None:
    """Check that all of a piece decodes.

    Args:
        piece: The piece.
        rate: Frames per second.

    Raises:
        MediaError: Some frames do not decode.
    """
    shown = await count_decoded(
        piece.path, piece.frames / rate, only=piece.selector, is_ours=piece.is_new
    )
    if shown != piece.frames:
        raise MediaError(f"{FAILED}: {shown} of {piece.frames} frames of {piece.path.name} decode")


def undecoded_of(pieces: Sequence[CodedPiece], decoded: Collection[Path]) -> Collection[CodedPiece]:
    """List the pieces that we did not code and don't know to decode, each file once."""
    known = {path.resolve() for path in decoded}
    given = {piece.path.resolve(): piece for piece in pieces if not piece.is_new}
    return [piece for path, piece in given.items() if path not in known]


def decodes_strictly(coding: Coding) -> bool:
    """Whether `picture_differences` finds all the decoding errors that ffmpeg finds.

    This was tested with damaged H.264 files. PyAV's decoders may be older than ffmpeg's: of 150
    files with damaged AAC, only ffmpeg refused 1 to 3. So sound is decoded by both.
    """
    return coding.codec == "h264"


async def check_shows(
    piece: CodedPiece, target_format: TargetFormat, shot: Shot, coding: Coding = USUAL
) -> None:
    """Check that a piece that we coded decodes, and shows the frames of its shot.

    Raises:
        MediaError: Some frames do not decode, or show other pictures.
    """
    is_compared = is_comparable(shot, target_format)
    if not is_compared or not decodes_strictly(coding):
        await check_decodes(piece, target_format.frame_rate)
    if not is_compared:
        return
    wrong = await asyncio.to_thread(
        picture_differences, piece.path, target_format, [ShownShot(shot)], frames=piece.frames
    )
    if wrong:
        raise MediaError(f"{FAILED}: {'; '.join(wrong)}")
