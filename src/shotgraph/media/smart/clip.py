"""A clip in a join: its signature, and the part of it that the film shows."""

import hashlib
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from av.video.stream import VideoStream

from shotgraph.errors import MediaError
from shotgraph.media.colours import BACKGROUND
from shotgraph.media.display import Orientation
from shotgraph.media.framing import PADDED, Box, Framing
from shotgraph.media.grade import Grade
from shotgraph.media.info import MediaInfo
from shotgraph.media.reader import Track, opened
from shotgraph.media.reading import Reading, reading
from shotgraph.media.smart.coded import starts_clean
from shotgraph.media.source import Stream, identify, source
from shotgraph.media.target_format import TargetFormat

_UNSAID = 2  # of matrix, primaries and transfer (ITU-T H.273)
# Of codecs whose alpha lies beside the picture, the decoders that see it.
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
_PROGRESSIVE = frozenset({0, 1})
HD_LINES = 720
"""From so many lines on a picture that names no matrix is read by that of HD."""
# By their tags: each says its headers once, before its pictures.
_JOINABLE = frozenset({("h264", "avc1", "yuv420p"), ("hevc", "hvc1", "yuv420p")})


@dataclass(frozen=True)
class Signature:
    """The properties that must be equal for coded pictures of two clips in one stream.

    Each difference was tried: a blind copy loses frames, plays them at the wrong time, or shows
    them in wrong colours, and exits with 0.
    """

    codec: str
    tag: str
    profile: str | None
    width: int
    height: int
    frame_rate: Fraction
    time_base: Fraction
    colours: tuple[int, int, int, int]
    headers_sha256: str


@dataclass(frozen=True)
class Clip:
    """A video file, ready to be joined.

    Attributes:
        path: The file.
        info: What it holds.
        start: Seconds on the file's own clock at which its first picture is shown.
        matrix: The matrix of its colours for ``scale``: bt709, smpte170m, or auto if the file names
            it.
        background: What is seen where its picture is transparent, as ``#rrggbb``.
        lead: Seconds by which its first picture is decoded before it is shown.
        signature: None if its coded pictures can't be in one stream with others at all.
        headers: The headers before its coded pictures.
        can_be_copied: Whether its coded pictures, copied, show the same as the clip: an edit list
            may hide some, and some containers have data that an mp4 can't hold.
    """

    path: Path
    info: MediaInfo
    start: Fraction
    matrix: str
    signature: Signature | None
    headers: bytes
    can_be_copied: bool
    background: str = BACKGROUND
    lead: Fraction = Fraction(0)

    def picture(self, *, index: int = 0, **options: str | float | None) -> Stream:
        """Its picture, as an input of a graph; the arguments are those of `source`."""
        if self.info.transparent and self.info.codec in _ALPHA_DECODERS:
            options = {"c:v": _ALPHA_DECODERS[self.info.codec], **options}
        # A change of colour tags on the way would build the filters anew, and their clocks and
        # counts would begin again.
        given = source(self.path, index=index, an=None, reinit_filter=0, **options)
        picture = given[self.info.selector]
        if self.info.aperture is None:
            return picture
        left, top, width, height = self.info.aperture
        # Newer versions of ffmpeg have cut it out already, and then this changes nothing.
        return picture.filter(
            "crop",
            f"min(iw,{width})",
            f"min(ih,{height})",
            f"if(gt(iw,{width}),{left},0)",
            f"if(gt(ih,{height}),{top},0)",
        )


def read_clip(path: Path, *, audio_track: int | None = None, background: str | None = None) -> Clip:
    """Read a video.

    Args:
        path: The file.
        audio_track: Which of several sound tracks is heard, from 1.
        background: What is seen where it is transparent, as ``#rrggbb``; black by default.

    Raises:
        MediaError: It is no video, or not a sound file of its kind; or there is no such track.
    """
    with reading(path, audio_track=audio_track) as found:
        return replace(clip_of(path, found), background=background or BACKGROUND)


def clip_of(path: Path, found: Reading) -> Clip:
    """`read_clip` of a file that is open.

    Raises:
        MediaError: It is no video.
    """
    info = found.info
    if info.kind != "video" or found.picture is None:
        raise MediaError(f"{path} is {info.kind}; a video is needed here")
    picture, track = found.picture, found.tracks[0][1]
    codec = picture.codec_context
    return Clip(
        path=path,
        info=info,
        start=_start(path, picture, track, info) * track.time_base,
        matrix=_matrix(int(codec.colorspace), info),
        signature=_signature(path, picture, track, info),
        headers=codec.extradata or b"",
        can_be_copied=_can_be_copied(track, info),
        lead=(track.times[0] - track.decode_times[0]) * track.time_base,
    )


def _start(path: Path, picture: VideoStream, track: Track, info: MediaInfo) -> int:
    """The tick at which the first picture is shown.

    An edit list may begin inside of a frame. ffmpeg leaves that one out and shows the next at
    once, before it is due, and so before its sound.
    """
    first, *others = track.times
    if not track.hidden or not others or info.container not in ("mp4", "mov"):
        return first
    index, due = picture.index, others[0]
    with opened(path, identify(path), looks_inside=False, moves_edits=False) as media:
        for packet in media.demux(media.streams[index]):
            if packet.pts is not None and first <= packet.pts < due:
                due = packet.pts
            if packet.dts is not None and packet.dts >= others[0]:
                break
    return due if due < others[0] else first


def _matrix(said: int, info: MediaInfo) -> str:
    if said != _UNSAID:
        return "auto"
    # If no matrix is named, ffmpeg assumes that of standard definition; players choose by the size.
    return "bt709" if min(info.width, info.height) >= HD_LINES else "smpte170m"


def _can_be_copied(track: Track, info: MediaInfo) -> bool:
    return (
        info.container in ("mp4", "mov")
        and info.codec in ("h264", "hevc", "vp9", "av1", "mpeg4")
        and track.hidden == 0
        and track.times[0] == 0
        and track.starts_with_key
        and info.aperture is None
    )


def _signature(path: Path, picture: VideoStream, track: Track, info: MediaInfo) -> Signature | None:
    codec = picture.codec_context
    colours = (
        int(codec.color_range),
        int(codec.colorspace),
        int(codec.color_primaries),
        int(codec.color_trc),
    )
    can_be_copied = (
        _can_be_copied(track, info)
        # Full range would be yuvj420p.
        and (info.codec, codec.codec_tag, info.pixel_format) in _JOINABLE
        and info.orientation == Orientation()
        and info.sample_aspect_ratio == 1
        and info.width % 2 == info.height % 2 == 0
        and info.constant_frame_rate
        and not info.colour.is_hdr
        and int(codec.field_order) in _PROGRESSIVE
        and starts_clean(path)
    )
    if not can_be_copied or info.frame_rate is None:
        return None
    return Signature(
        codec=info.codec,
        tag=codec.codec_tag,
        profile=codec.profile,
        width=info.width,
        height=info.height,
        frame_rate=info.frame_rate,
        time_base=track.time_base,
        colours=colours,
        headers_sha256=hashlib.sha256(codec.extradata or b"").hexdigest(),
    )


@dataclass(frozen=True)
class Shot:
    """A run of frames of one clip, counted at the film's rate.

    Attributes:
        clip: The clip.
        frames: How many.
        first: The number of the first one.
        retime: The factor of the clip's times, if it is to last longer or shorter.
        speed: How many times as fast as it was it is shown.
        framing: How it fills a film of another shape.
        box: The part of its picture that is the whole film's.
        grade: How its colours are changed at its beginning.
    """

    clip: Clip
    frames: int
    first: int = 0
    retime: Fraction | None = None
    speed: Fraction = Fraction(1)
    framing: Framing = PADDED
    box: Box | None = None
    grade: Grade | None = None


def whole_shot(clip: Clip, target_format: TargetFormat, framing: Framing = PADDED) -> Shot:
    """All of a clip; its length in frames of the film is to the nearest."""
    return Shot(clip, clip.info.frames_at(target_format.frame_rate), framing=framing)
