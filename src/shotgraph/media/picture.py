"""The picture of one clip, brought to the format of the film."""

from shotgraph.media.shot import Shot
from shotgraph.media.source import Stream
from shotgraph.media.target_format import TargetFormat


def conform(stream: Stream, shot: Shot, target_format: TargetFormat) -> Stream:
    """Exactly the frames of a shot, at the film's size and rate.

    The picture is turned upright by ffmpeg itself, stretched to square pixels, fitted inside the
    film's and padded with black, never distorted. The last frame is held if the clip has too few.
    """
    width, height = target_format.width, target_format.height
    clip = shot.clip
    if clip.is_hdr:
        stream = _tone_map(stream)
    return (
        stream.filter("setpts", "PTS-STARTPTS")
        .filter("scale", w="trunc(iw*max(sar,1)/2)*2", h="trunc(ih/min(sar,1)/2)*2")
        .filter("setsar", "1")
        .filter(
            "scale",
            w=width,
            h=height,
            force_original_aspect_ratio="decrease",
            force_divisible_by=2,
            in_color_matrix="auto" if clip.is_hdr else clip.matrix,
            out_color_matrix="bt709",
            out_range="tv",
        )
        .filter("pad", width, height, -1, -1)
        .filter("fps", fps=str(target_format.frame_rate), round="near")
        .filter("tpad", stop=-1, stop_mode="clone")
        .filter("trim", start_frame=shot.first, end_frame=shot.first + shot.frames)
        .filter("setpts", "PTS-STARTPTS")
        .filter("format", "yuv420p")
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


def _tone_map(stream: Stream) -> Stream:
    return (
        stream.filter("zscale", t="linear", npl=203)
        .filter("format", "gbrpf32le")
        .filter("zscale", p="bt709")
        .filter("tonemap", "hable", desat=0)
        .filter("zscale", t="bt709", m="bt709", r="tv")
        .filter("format", "yuv420p")
    )
