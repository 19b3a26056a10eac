"""Convert the picture of a clip to the format of the film."""

from fractions import Fraction

from shotgraph.media.colours import in_film_colours
from shotgraph.media.info import MediaInfo
from shotgraph.media.smart.clip import Shot
from shotgraph.media.source import Stream
from shotgraph.media.target_format import USUAL, Coding, TargetFormat

_MARGIN = 2
_MILLISECOND = Fraction(1, 1000)  # the tick of webm


def conform(
    stream: Stream, shot: Shot, target_format: TargetFormat, coding: Coding = USUAL
) -> Stream:
    """Exactly the frames of a shot, at the film's size and rate.

    The picture is turned upright by ffmpeg itself, stretched to square pixels, fitted inside the
    film's and padded with black, never distorted. The last frame is held if the clip has too few.
    """
    clip = shot.clip
    if clip.info.interlaced:
        stream = stream.filter("bwdif", mode="send_frame")
    converted = in_film_colours(
        stream, clip.info, clip.matrix, clip.background, keeps_alpha=coding.keeps_alpha
    )
    width, height = fitted(clip.info, target_format)
    return (
        _timed(converted.stream, shot, target_format.frame_rate)
        .filter(
            "scale",
            w=width,
            h=height,
            in_color_matrix=converted.matrix,
            out_color_matrix="bt709",
            out_range="tv",
        )
        .filter("setsar", "1")
        .filter("pad", target_format.width, target_format.height, -1, -1)
        .filter("fps", fps=str(target_format.frame_rate), round="near")
        .filter("tpad", stop=-1, stop_mode="clone")
        .filter("trim", start_frame=shot.first, end_frame=shot.first + shot.frames)
        .filter("setpts", "PTS-STARTPTS")
        .filter("format", coding.pixel_format)
        .filter("setsar", "1")
        # As output options these are ignored by ffmpeg 8 and 9.
        .filter(
            "setparams",
            color_primaries="bt709",
            color_trc="bt709",
            colorspace="bt709",
            range="tv",
        )
    )


def fitted(info: MediaInfo, inside: TargetFormat) -> tuple[int, int]:
    """The size, both even, to which a picture is scaled so that it fits inside a film's.

    A margin of one line on each side is not worth its black edge: there the picture is stretched
    over it.
    """
    scale = min(Fraction(inside.width, info.width), Fraction(inside.height, info.height))
    width, height = (max(2, round(side * scale / 2) * 2) for side in (info.width, info.height))
    return (
        inside.width if inside.width - width <= _MARGIN else width,
        inside.height if inside.height - height <= _MARGIN else height,
    )


def _timed(stream: Stream, shot: Shot, rate: Fraction) -> Stream:
    info = shot.clip.info
    if shot.retime is not None:
        factor = f"{shot.retime.numerator}/{shot.retime.denominator}"
        return stream.filter("setpts", f"(PTS-STARTPTS)*{factor}")
    if info.time_base == _MILLISECOND and info.constant_frame_rate and info.frame_rate:
        # Every second frame of 60 per second is due halfway between two of a film of 30; rounded
        # to milliseconds, some of them fall to the one and some to the other.
        one = f"{info.frame_rate.denominator}/{info.frame_rate.numerator}"
        return stream.filter("settb", one).filter("setpts", "N")
    if shift := info.shift_at(rate):
        # In microseconds, for a shift is a part of a frame, and a tick may be more than that.
        shifted = f"PTS-STARTPTS+({shift})/TB"
        return stream.filter("settb", "1/1000000").filter("setpts", shifted)
    return stream.filter("setpts", "PTS-STARTPTS")
