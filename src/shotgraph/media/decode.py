"""Does a file decode to its end?"""

import asyncio
from fractions import Fraction
from pathlib import Path

import ffmpeg

from shotgraph.errors import MediaError
from shotgraph.media.film import allowance_s
from shotgraph.media.probe import read_media
from shotgraph.media.process import Progress, run_ffmpeg
from shotgraph.media.source import source
from shotgraph.media.work import Work


async def decodes(path: Path) -> bool:
    """Whether every picture of a video decodes."""
    try:
        info = await asyncio.to_thread(read_media, path)
        return await count_decoded(path, info.duration, only="v:0") == info.frames
    except MediaError:
        return False


async def count_decoded(path: Path, duration: Fraction, *, only: str = "") -> int:
    """Decode a file, and give the number of its frames.

    Args:
        path: The file.
        duration: How long it is, in seconds.
        only: One of its streams, as ffmpeg names it: ``v:0``; all of them if empty.

    Raises:
        MediaError: Something in it does not decode.
    """
    reports: list[Progress] = []
    # The filter that smooths the edges of blocks can not fail, and takes an eighth of the time.
    given = source(path, skip_loop_filter="all")
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
