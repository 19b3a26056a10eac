"""A clip in a join: its signature, and the part of it that the film shows."""

import hashlib
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from av.video.stream import VideoStream

from shotgraph.errors import MediaError
from shotgraph.media.colours import BACKGROUND, HD_LINES
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
# The decoders that read the alpha of codecs that keep it in a stream of its own.
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
_PROGRESSIVE = frozenset({0, 1})
# Only these tags: a file with one of them has its headers once, before its pictures.
_JOINABLE = frozenset({("h264", "avc1", "yuv420p"), ("hevc", "hvc1", "yuv420p")})


@dataclass(frozen=True)
class Signature:
    """The properties that must be equal for coded pictures of two clips in one stream.

    Each difference was tried: ffmpeg copies without an error, and the copy loses frames, plays them
    at the wrong time, or shows them in wrong colours.
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
    """A video file with the properties that a join needs.

    Attributes:
        path: The file.
        info: The properties of its streams.
        start: Seconds on the file's own clock at which the first picture is shown.
        matrix: The matrix of its colours for ``scale``: bt709, smpte170m, or auto if the file names
            the matrix.
        background: The colour behind transparent parts of its picture, as ``#rrggbb``.
        lead: Seconds from the decoding of the first picture to its display.
        signature: The properties for a copy into one stream; None if no copy is possible.
        headers: The headers before its coded pictures.
        can_be_copied: Whether a copy of the coded pictures shows the same as the clip: an edit list
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
        """Give the clip's picture as an input of a graph; the arguments are those of `source`."""
        if self.info.transparent and self.info.codec in _ALPHA_DECODERS:
            options = {"c:v": _ALPHA_DECODERS[self.info.codec], **options}
        # Without reinit_filter=0, a change of colour tags inside the file would build the filters
        # anew, and their clocks and counts would begin again.
        given = source(self.path, index=index, an=None, reinit_filter=0, **options)
        picture = given[self.info.selector]
        if self.info.aperture is None:
            return picture
        left, top, width, height = self.info.aperture
        # Newer versions of ffmpeg crop to the aperture themselves; then this filter has no effect.
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
        audio_track: The number of the sound track to use, from 1.
        background: The colour behind transparent parts, as ``#rrggbb``; black by default.

    Raises:
        MediaError: The file is no video, or is damaged; or it has no such track.
    """
    with reading(path, audio_track=audio_track) as found:
        return replace(clip_of(path, found), background=background or BACKGROUND)


def clip_of(path: Path, found: Reading) -> Clip:
    """Do the same as `read_clip`, with a file that is already read.

    Raises:
        MediaError: The file is no video.
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

    An edit list may begin inside a frame. ffmpeg drops that frame and shows the next one too early,
    before its sound.
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
    # If no matrix is named, ffmpeg assumes the SD matrix; players choose by the size.
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
        # With full range the pixel format is yuvj420p, which is not in the set.
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
        frames: The number of frames.
        first: The number of the first frame in the clip.
        retime: The factor of the clip's times, if the shot is made longer or shorter.
        speed: The speed of playback; 2 is twice as fast as the clip.
        framing: How the shot fills a film of another shape.
        box: The part of the clip's picture that fills the film.
        grade: The change of colours at the shot's beginning.
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
    """Make a shot of a whole clip; its length is rounded to whole frames of the film."""
    return Shot(clip, clip.info.frames_at(target_format.frame_rate), framing=framing)
