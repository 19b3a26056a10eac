"""A clip's coded picture in another mp4: with another clock, or with more headers."""

from fractions import Fraction
from pathlib import Path

import av

from shotgraph.errors import MediaError
from shotgraph.media.reader import opened, picture_of
from shotgraph.media.source import identify


def remux_picture(
    source: Path, into: Path, *, time_base: Fraction, headers: bytes | None = None
) -> None:
    """Write the coded pictures of a clip, byte for byte, and nothing else.

    Args:
        source: A clip that begins at 0 and has no edits.
        into: An mp4.
        time_base: Seconds per tick of its clock; one over a whole number.
        headers: What it says before its pictures, instead of what the clip says.

    Raises:
        MediaError: The clip can't be read, or `into` not be written.
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
                if packet.dts is None:  # the end, as PyAV marks it
                    continue
                packet.stream = copied
                made.mux(packet)
