"""Coded pictures that are alike, copied into one stream beside a new sound."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import ffmpeg

from shotgraph.media.film import allowance_s, film
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.sound import Layout
from shotgraph.media.source import NO_DECODERS, Stream, address
from shotgraph.media.work import Work

_LIST = "join.ffconcat"
_MICROSECONDS = 10**6


def slot(room: Path, number: int) -> Path:
    """Where the picture of one piece is put before it is spliced.

    The clips' own names never reach the list: no escape makes a line break safe there.
    """
    return room / f"{number:05}.mp4"


async def splice(
    room: Path,
    lengths: Sequence[int],
    rate: Fraction,
    sound: Stream | None,
    part: Path,
    *,
    layout: Layout | None = None,
    codes_sound: bool = True,
) -> None:
    """Copy the pictures in the slots of `room` to `part`, one after the other.

    Args:
        room: A folder of our own.
        lengths: Frames in each slot.
        rate: Frames per second.
        sound: As long as all of them.
        part: The film.
        layout: Of the sound, if there is any.
        codes_sound: Whether the sound is coded; False for one that is, and is copied.

    Raises:
        MediaError: ffmpeg could not do it.
    """
    ends = [frames / rate for frames in accumulate(lengths, initial=0)]
    (room / _LIST).write_text(_list(ends), encoding="ascii")
    picture = ffmpeg.input(
        address(room / _LIST),
        f="concat",
        safe=1,
        protocol_whitelist="file",
        format_whitelist="concat,mov",
        # Where there is a decoder, ffmpeg decodes the first pictures of each clip to look at them,
        # which takes longer than the copying.
        codec_whitelist=NO_DECODERS,
    )["v:0"]
    await run_ffmpeg(
        film(
            picture,
            sound,
            part,
            rate=None,
            layout=layout or "stereo",
            codes_sound=codes_sound,
        ),
        timeout_s=allowance_s(ends[-1]),
        work=Work("putting the clips together", ends[-1]),
    )


def _list(ends: Sequence[Fraction]) -> str:
    """Each slot with its length, so that a longer sound in it leaves no hole in the picture."""
    lines = ["ffconcat version 1.0"]
    for number, (begin, end) in enumerate(pairwise(ends)):
        # A difference of rounded times, not a rounded difference: those would add up.
        microseconds = round(end * _MICROSECONDS) - round(begin * _MICROSECONDS)
        seconds, rest = divmod(microseconds, _MICROSECONDS)
        lines += [f"file {slot(Path(), number).name}", f"duration {seconds}.{rest:06}"]
    return "\n".join(lines) + "\n"
