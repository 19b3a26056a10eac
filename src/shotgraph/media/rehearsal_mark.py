"""The mark of a rehearsal, which all films made from a rehearsal's clips carry too.

A clip that a rehearsal draws has the mark in a box at the end of its file, which players skip, and
as a text in a corner. Files made from such clips get the box too. If a step may have cut off or
covered the corner, the text is drawn again.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Final, Literal, TypeAlias

import ffmpeg
from PIL import Image, ImageDraw, ImageFont

from shotgraph.media.font_file import SHIPPED_FONT
from shotgraph.media.info import MediaInfo
from shotgraph.media.output import target as replacing
from shotgraph.media.picture import as_film, conform
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.smart.clip import read_clip, whole_shot
from shotgraph.media.smart.verify import verify
from shotgraph.media.source import source
from shotgraph.media.target_format import Coding, allowance_s, film, format_of

MARK: Final = "REHEARSAL"
AGAIN: Final = "the mark of the rehearsal is laid on again"
_SAID: Final = b"shotgraph rehearsal"
# A free box of ISO 14496-12, which players skip; bytes after the end of a PNG are skipped too.
_LOOKED_AT_BYTES: Final = 1 << 16  # a film's story may follow the mark
_STAMP: Final = (8 + len(_SAID)).to_bytes(4, "big") + b"free" + _SAID

Corner: TypeAlias = Literal["top", "bottom"]


def stamp(path: Path) -> None:
    """Append the mark of a rehearsal to a file."""
    with path.open("ab") as file:
        file.write(_STAMP)


def is_of_rehearsal(path: Path) -> bool:
    """Whether a file has the mark of a rehearsal. It reads the file, so it blocks."""
    with path.open("rb") as file:
        size_bytes = file.seek(0, 2)
        file.seek(max(0, size_bytes - _LOOKED_AT_BYTES))
        return _STAMP in file.read()


async def mark_again(path: Path, coding: Coding, corner: Corner = "top") -> MediaInfo:
    """Draw the mark on a film; the number of frames and the sound don't change.

    Args:
        path: The film, which is replaced.
        coding: How the film is coded.
        corner: The corner for the mark, at the left.

    Raises:
        MediaError: The film can't be read.
    """
    clip = await asyncio.to_thread(read_clip, path)
    target = format_of(clip.info)
    shot = whole_shot(clip, target)
    sound = source(path, index=2, vn=None)["a:0"] if clip.info.audio is not None else None
    with tempfile.TemporaryDirectory(prefix="shotgraph-") as room, replacing(path) as part:
        label = Path(room) / "mark.png"
        _write_label(label, target.width, target.height)
        y = "0" if corner == "top" else "H-h"
        picture = ffmpeg.overlay(
            conform(clip.picture(), shot, target, coding), source(label, index=1)["v:0"], x=0, y=y
        )
        output = film(
            as_film(picture, coding),
            sound,
            part,
            rate=target.frame_rate,
            codes_sound=False,
            coding=coding,
        )
        await run_ffmpeg(output, timeout_s=allowance_s(clip.info.duration))
        return await verify(
            part, target, frames=shot.frames, has_sound=sound is not None, coding=coding
        )


def _write_label(path: Path, width: int, height: int) -> None:
    """Write the mark as large as in drawn clips, or smaller if it doesn't fit."""
    size_px = max(14, min(width, height) // 36)
    font = ImageFont.truetype(SHIPPED_FONT, size_px)
    pad = size_px // 2
    wide, high = int(font.getlength(MARK)) + 2 * pad, size_px * 4 // 3 + pad
    label = Image.new("RGBA", (wide, high), (16, 16, 20, 255))
    ImageDraw.Draw(label).text((pad, pad // 2), MARK, font=font, fill=(255, 196, 61, 255))
    label.thumbnail((width, height))
    label.save(path, "PNG")
