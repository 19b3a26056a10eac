"""Copy coded pictures and coded sound into another file, byte for byte."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import av
import ffmpeg

from shotgraph.errors import MediaError
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.reader import clock_faults, count, opened, picture_of
from shotgraph.media.smart.clip import Clip
from shotgraph.media.sound import layout_of
from shotgraph.media.source import NO_DECODERS, Stream, address, identify
from shotgraph.media.target_format import USUAL, ChannelLayout, Coding, allowance_s, film

_LIST = "join.ffconcat"
_MICROSECONDS = 10**6


def slot(room: Path, number: int) -> Path:
    """The path of one piece's picture before it is spliced.

    The list has these names, not the clips' own: no escape makes a line break safe in it.
    """
    return room / f"{number:05}.mp4"


async def splice(
    room: Path,
    lengths: Sequence[int],
    rate: Fraction,
    sound: Stream | None,
    part: Path,
    *,
    layout: ChannelLayout | None = None,
    codes_sound: bool = True,
    coding: Coding = USUAL,
) -> None:
    """Copy the pictures in the slots of `room` to `part`, one after the other.

    Args:
        room: A folder of our own.
        lengths: Frames in each slot.
        rate: Frames per second.
        sound: The film's sound, as long as all slots together.
        part: Path of the film.
        layout: The layout of the sound, if there is any.
        codes_sound: Whether to code the sound; False to copy coded sound.
        coding: How the pictures are coded.

    Raises:
        MediaError: ffmpeg failed.
    """
    ends = [frames / rate for frames in accumulate(lengths, initial=0)]
    (room / _LIST).write_text(_list(ends), encoding="ascii")
    picture = ffmpeg.input(
        address(room / _LIST),
        f="concat",
        safe=1,
        protocol_whitelist="file",
        format_whitelist="concat,mov",
        # If ffmpeg had a decoder, it would decode the first pictures of each clip, which takes
        # longer than copying.
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
            coding=coding,
        ),
        timeout_s=allowance_s(ends[-1]),
        work=Work("putting the clips together", ends[-1]),
    )


def _list(ends: Sequence[Fraction]) -> str:
    """Write the list of slots with their lengths, so that longer sound in a slot makes no gap."""
    lines = ["ffconcat version 1.0"]
    for number, (begin, end) in enumerate(pairwise(ends)):
        # The difference of rounded times: the errors of rounded differences would add up.
        microseconds = round(end * _MICROSECONDS) - round(begin * _MICROSECONDS)
        seconds, rest = divmod(microseconds, _MICROSECONDS)
        lines += [f"file {slot(Path(), number).name}", f"duration {seconds}.{rest:06}"]
    return "\n".join(lines) + "\n"


def remux_picture(
    source: Path,
    into: Path,
    *,
    time_base: Fraction,
    headers: bytes | None = None,
    earlier: Fraction = Fraction(0),
) -> None:
    """Write only the coded pictures of a clip, byte for byte.

    Args:
        source: A clip that begins at 0 and has no edit list.
        into: Path of the new mp4.
        time_base: Seconds per tick of its clock; 1 divided by a whole number.
        headers: The headers of the new file, instead of the clip's.
        earlier: Seconds by which the pictures are decoded earlier than in the clip.

    Raises:
        MediaError: The clip can't be read, or `into` can't be written.
    """
    options = {"video_track_timescale": str(time_base.denominator)}
    with opened(source, identify(source)) as media:
        picture = picture_of(media)
        if picture is None:
            raise MediaError(f"{source} holds no picture")
        with av.open(str(into), "w", format="mp4", options=options) as made:
            copied = made.add_stream_from_template(picture)
            if headers is not None:
                copied.codec_context.extradata = headers
            for packet in media.demux(picture):
                if packet.dts is None:  # PyAV ends a stream with such a packet
                    continue
                packet.dts -= round(earlier / packet.time_base)
                packet.stream = copied
                made.mux(packet)


_LEAD_IN = 1  # packets that a coder puts before the sound; an edit list hides more


def sound_can_be_copied(clip: Clip, seconds: Fraction, *, slack: Fraction) -> bool:
    """Whether the film can have a clip's sound bit for bit.

    The sound must be AAC in an mp4 or mov, in a layout that films have. It must begin with the
    first picture, have no edits, always run forwards, and be as long as the film.

    Args:
        clip: The clip.
        seconds: The film's length.
        slack: Seconds by which the sound may be longer or shorter.

    Raises:
        MediaError: The clip can't be read.
    """
    audio = clip.info.audio
    if (
        audio is None
        or audio.codec != "aac"
        or audio.layout != layout_of(audio)
        or clip.info.container not in ("mp4", "mov")
        or clip.start != 0
        or len(audio.selectors) != 1
        or audio.start != 0
        or abs(audio.duration - seconds) > slack
    ):
        return False
    with opened(clip.path, identify(clip.path), looks_inside=False) as media:
        every = media.streams
        stream = every[audio.streams[0]] if audio.streams else every.audio[0]
        track = count(media, [stream], clip.path)[0]
        whole = track.times[0] == 0 and track.hidden <= _LEAD_IN
        return whole and not clock_faults("audio", track)
