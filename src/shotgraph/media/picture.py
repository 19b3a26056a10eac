"""Convert the picture of a clip to the format of the film."""

from fractions import Fraction
from typing import TYPE_CHECKING

from shotgraph.media.colours import in_film_colours
from shotgraph.media.framing import cut_out, framed
from shotgraph.media.grade import graded
from shotgraph.media.info import MediaInfo
from shotgraph.media.source import Stream
from shotgraph.media.target_format import USUAL, Coding, TargetFormat, format_of

if TYPE_CHECKING:
    from shotgraph.media.smart.clip import Shot

_MILLISECOND = Fraction(1, 1000)  # the tick of webm


def conform(
    stream: Stream, shot: "Shot", target_format: TargetFormat, coding: Coding = USUAL
) -> Stream:
    """Exactly the frames of a shot, at the film's size and rate.

    ffmpeg turns the picture upright. The picture is stretched to square pixels and fitted into the
    film's by the shot's framing: padded with black by default, never distorted. If the clip has
    too few frames, the last frame is held.
    """
    clip = shot.clip
    if clip.info.interlaced:
        stream = stream.filter("bwdif", mode="send_frame")
    converted = in_film_colours(
        stream,
        clip.info,
        clip.matrix,
        clip.background,
        keeps_alpha=coding.keeps_alpha,
        is_exact=coding.is_exact,
    )
    timed = _timed(converted.stream, shot, target_format.frame_rate)
    # Without this, a single frame that lasts less than half a film frame would be dropped.
    at_end = {"eof_action": "pass"} if shot.speed != 1 else {}
    counted = (
        _sized(timed, shot, target_format, coding, converted.matrix)
        .filter("fps", fps=str(target_format.frame_rate), round="near", **at_end)
        .filter("tpad", stop=-1, stop_mode="clone")
        .filter("trim", start_frame=shot.first, end_frame=shot.first + shot.frames)
        .filter("setpts", "PTS-STARTPTS")
    )
    if shot.grade is not None:
        counted = graded(
            counted, shot.grade, coding, frames=shot.frames, rate=target_format.frame_rate
        )
    return as_film(counted, coding)


def as_film(stream: Stream, coding: Coding) -> Stream:
    """A picture in a film's pixel format, with its colours stated."""
    return (
        stream.filter("format", coding.pixel_format)
        .filter("setsar", "1")
        # ffmpeg 8 and 9 ignore these values as output options.
        .filter(
            "setparams",
            color_primaries="bt709",
            color_trc="bt709",
            colorspace="bt709",
            range="tv",
        )
    )


def _sized(
    stream: Stream, shot: "Shot", target_format: TargetFormat, coding: Coding, matrix: str
) -> Stream:
    if shot.box is None:
        return framed(stream, shot.clip.info, target_format, shot.framing, coding, matrix=matrix)
    whole = format_of(shot.clip.info)
    return cut_out(
        stream.filter(
            "scale",
            w=whole.width,
            h=whole.height,
            in_color_matrix=matrix,
            out_color_matrix="bt709",
            out_range="tv",
            **coding.scaling(),
        ).filter("setsar", "1"),
        shot.box,
    )


def _timed(stream: Stream, shot: "Shot", rate: Fraction) -> Stream:
    info = shot.clip.info
    if shot.speed != 1:
        return _at_speed(stream, info, shot.speed, rate)
    if shot.retime is not None:
        factor = f"{shot.retime.numerator}/{shot.retime.denominator}"
        return stream.filter("setpts", f"(PTS-STARTPTS)*{factor}")
    if even := info.first_evened(rate):
        return _evened(stream, info, even)
    if info.time_base == _MILLISECOND and info.constant_frame_rate and info.frame_rate:
        # In a film of 30 frames per second, each second frame of 60 per second lies halfway between
        # two frames. Rounded to milliseconds, such frames would fall to either side.
        one = f"{info.frame_rate.denominator}/{info.frame_rate.numerator}"
        return stream.filter("settb", one).filter("setpts", "N")
    if shift := info.shift_at(rate):
        return _shifted(stream, shift)
    return stream.filter("setpts", "PTS-STARTPTS")


def _shifted(stream: Stream, shift: Fraction) -> Stream:
    """Shift the times, in microseconds: a tick may be longer than a shift."""
    shifted = f"PTS-STARTPTS+({shift})/TB"
    return stream.filter("settb", "1/1000000").filter("setpts", shifted)


def _evened(stream: Stream, info: MediaInfo, even: Fraction) -> Stream:
    """A clip of variable frame rate at its even rate."""
    return _shifted(stream, info.shift_at(even)).filter("fps", fps=str(even), round="near")


def _at_speed(stream: Stream, info: MediaInfo, speed: Fraction, rate: Fraction) -> Stream:
    """The clip at another speed; the exact times aren't rounded to ticks of the clip's clock."""
    own = info.frame_rate if info.constant_frame_rate else info.even_rate
    if own:
        if not info.constant_frame_rate:
            stream = _evened(stream, info, own)
        due = own * speed
        return stream.filter("settb", f"{due.denominator}/{due.numerator}").filter("setpts", "N")
    factor = f"{speed.denominator}/{speed.numerator}"
    return _shifted(stream, info.shift_at(rate)).filter("setpts", f"PTS*{factor}")
