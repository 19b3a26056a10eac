"""Read a file in this process: one pass over its packets, because its header isn't trusted."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.audio_tracks import SoundChoice, choose_sound
from shotgraph.media.display import (
    EXIF_TAG,
    Aperture,
    aperture_of,
    exif_orientation,
    orientation_of,
)
from shotgraph.media.even_rate import even_rate
from shotgraph.media.font_file import read_font
from shotgraph.media.info import AudioInfo, MediaInfo, colour_of, constant_rate, is_constant
from shotgraph.media.integrity import check_whole
from shotgraph.media.reader import Track, count, opened, picture_of, ratio, why_unopened
from shotgraph.media.source import FONT, MAX_DURATION_S, MAX_PIXELS, Container, identify

DEMUXERS = {"png_pipe": "PNG", "jpeg_pipe": "JPEG", "webp_pipe": "WEBP"}
_PIXEL_FORMATS = {
    "1": "monob",
    "L": "gray",
    "LA": "ya8",
    "P": "pal8",
    "RGB": "rgb24",
    "RGBA": "rgba",
    "CMYK": "cmyk",
    "I;16": "gray16",
}


def read_still(path: Path, container: Container) -> MediaInfo:
    """Decode an image and describe it.

    Raises:
        MediaError: The image is cut short, damaged, or has more than 36,864,000 pixels.
    """
    try:
        with Image.open(path, formats=[DEMUXERS[container.demuxer]]) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise MediaError(
                    f"{path} is {width} x {height}; at most {MAX_PIXELS} pixels are opened"
                )
            image.load()
            shown = exif_orientation(image.getexif().get(EXIF_TAG, 1))
            mode = image.mode
    except MediaError:
        raise
    # Pillow's plugins raise many types: SyntaxError, struct.error, EOFError, and their own.
    except Exception as error:
        raise MediaError(f"{path} was cut short or is damaged: {error}") from error
    if shown.rotation in (90, 270):
        width, height = height, width
    return MediaInfo(
        kind="image",
        container=container.name,
        codec="mjpeg" if container.name == "jpeg" else container.name,
        width=width,
        height=height,
        pixel_format=_PIXEL_FORMATS.get(mode, mode),
        rotation=shown.rotation,
        mirrored=shown.mirrored,
        sample_aspect_ratio=1,
        frame_rate=None,
        constant_frame_rate=True,
        frames=1,
        duration=0,
        time_base=None,
        size_bytes=path.stat().st_size,
        audio=None,
    )


_PROGRESSIVE = frozenset({0, 1})  # unknown and progressive; libavcodec's AVFieldOrder


def read_here(path: Path) -> MediaInfo:
    """Describe a file; about 15 ms for a clip of 5 s.

    Frames are counted from the packets that are shown. The first frame is decoded, because only a
    decoded frame has the clip's rotation.

    Raises:
        MediaError: The file is absent, of a kind that isn't opened, cut short, damaged, or beyond
            the bounds: 36,864,000 pixels, an hour, a million packets, 256 streams.
    """
    with reading(path) as found:
        return found.info


@dataclass(frozen=True)
class Reading:
    """An open file that was read to its end.

    Attributes:
        info: The description of the file.
        tracks: The picture, if there is one, and the used sound tracks: none, one or two.
        picture: The stream of the picture; one frame of it was decoded.
    """

    info: MediaInfo
    tracks: tuple[tuple[Stream, Track], ...] = ()
    picture: VideoStream | None = None


@contextmanager
def reading(
    path: Path,
    *,
    also: Callable[["Packet[Any]"], None] | None = None,
    audio_track: int | None = None,
) -> Iterator[Reading]:
    """Do the work of `read_here`, and keep the file open for the block.

    Args:
        path: The file.
        also: Called with each packet.
        audio_track: The number of the sound track to use if the file has several, from 1; None for
            the choice of `choose_sound`.

    Raises:
        MediaError: For the reasons of `read_here`.
    """
    container = identify(path)
    if container.demuxer == FONT:
        yield Reading(read_font(path, container))
        return
    check_whole(path, container)
    if container.demuxer in DEMUXERS:
        yield Reading(read_still(path, container))
        return
    with opened(path, container, looks_inside=False) as media:
        picture = picture_of(media)
        sound = choose_sound(media, path, container, wanted=audio_track)
        _check_bounds(path, media, picture)
        unopened = why_unopened(media, has_sound=sound is not None)
        if unopened is not None:
            raise MediaError(f"{path} is not opened: {unopened}")
        streams: list[Stream] = [] if picture is None else [picture]
        streams += [] if sound is None else sound.streams
        tracks = count(media, streams, path, also=also)
        audio = _sound(sound, tracks[-len(sound.streams) :]) if sound is not None else None
        if picture is not None:
            first = _first_frame(path, media, picture)
            # Check again: the aspect may be known only now that a frame is decoded.
            _check_bounds(path, media, picture)
            info = _video(path, container, picture, first, tracks[0], audio)
        elif audio is not None:
            size_bytes = path.stat().st_size
            info = MediaInfo.without_picture(
                "audio", container.name, audio.codec, size_bytes, audio
            )
        else:
            raise MediaError(f"{path} holds neither a picture nor a sound that can be decoded")
        yield Reading(info, tuple(zip(streams, tracks, strict=True)), picture)


def _check_bounds(path: Path, media: InputContainer, picture: VideoStream | None) -> None:
    if picture is not None:
        # The size as shown: a file may state pixels that are thousands of times as wide as high.
        width, height = _as_shown(picture.width, picture.height, _aspect(picture), rotation=0)
        if width * height > MAX_PIXELS:
            raise MediaError(
                f"{path} is {width} x {height}; at most {MAX_PIXELS} pixels are opened"
            )
    # Matroska and WebM state the end, not the length; a recorder's clock may begin at any time.
    seconds = Fraction((media.duration or 0) - max(media.start_time or 0, 0), 10**6)
    if seconds > MAX_DURATION_S:
        raise MediaError(f"{path} lasts {float(seconds):g} s; at most {MAX_DURATION_S} are opened")


def _sound(sound: SoundChoice, tracks: Sequence[Track]) -> AudioInfo:
    stream, track = sound.streams[0], tracks[0]
    heard = track.end - max(track.times[0], 0)
    if stream.duration:
        # The file has packets that are not heard: the encoder's lead-in, and sound that an edit
        # list cuts off.
        heard = min(heard, stream.duration)
    is_pair = len(sound.streams) == 2
    return AudioInfo(
        codec=stream.codec_context.codec.canonical_name,
        sample_rate_hz=stream.codec_context.sample_rate,
        channels=2 if is_pair else stream.codec_context.layout.nb_channels,
        duration=heard * track.time_base,
        layout="stereo" if is_pair else stream.codec_context.layout.name,
        start=max(track.times[0], 0) * track.time_base,
        streams=tuple(each.index for each in sound.streams) if sound.tracks > 1 else (),
        track=sound.number,
        tracks=sound.tracks,
        left_out=sound.left_out,
    )


def _video(
    path: Path,
    container: Container,
    picture: VideoStream,
    first: VideoFrame,
    track: Track,
    audio: AudioInfo | None,
) -> MediaInfo:
    shown, aspect = orientation_of(first, str(path)), _aspect(picture)
    stored = (picture.width, picture.height)
    aperture = _aperture(path, container, picture)
    seen = (aperture.width, aperture.height) if aperture is not None else stored
    width, height = _as_shown(*seen, aspect, shown.rotation)
    turned = aperture.turned(stored, shown) if aperture is not None else None
    rate, duration = _timing(track, picture)
    is_even = is_constant(track.times)
    even = None if is_even else even_rate(track.times, track.time_base)
    return MediaInfo(
        kind="video",
        container=container.name,
        codec=picture.codec_context.codec.canonical_name,
        width=width,
        height=height,
        pixel_format=picture.codec_context.pix_fmt or "",
        rotation=shown.rotation,
        mirrored=shown.mirrored,
        sample_aspect_ratio=aspect,
        frame_rate=rate,
        constant_frame_rate=is_even,
        frames=len(track.times),
        duration=duration,
        time_base=track.time_base,
        size_bytes=path.stat().st_size,
        audio=audio,
        profile=picture.codec_context.profile or "",
        colour=colour_of(picture.codec_context),
        interlaced=_is_interlaced(picture, first),
        start=track.times[0] * track.time_base,
        stream=picture.index,
        even_rate=even.rate if even is not None else None,
        shift=even.shift if even is not None else Fraction(0),
        transparent=_is_transparent(picture),
        aperture=astuple(turned) if turned is not None else None,
    )


def _is_interlaced(picture: VideoStream, first: VideoFrame) -> bool:
    """Whether the stream states interlaced fields; MPEG-4 states them only in each picture."""
    said = int(picture.codec_context.field_order)
    return said not in _PROGRESSIVE or (said == 0 and bool(first.interlaced_frame))


def _aperture(path: Path, container: Container, picture: VideoStream) -> Aperture | None:
    place = list(picture.container.streams.video).index(picture)
    size = (picture.width, picture.height)
    return aperture_of(path, container, track_id=picture.id, place=place, size=size)


def _is_transparent(picture: VideoStream) -> bool:
    """Whether the picture has alpha; in WebM the alpha of VP8 and VP9 is stored separately."""
    said = {name.lower(): value for name, value in picture.metadata.items()}
    pixels = picture.codec_context.format
    has_alpha = pixels is not None and any(part.is_alpha for part in pixels.components)
    return has_alpha or said.get("alpha_mode") == "1"


def _first_frame(path: Path, media: InputContainer, picture: VideoStream) -> VideoFrame:
    frame = _first_key(media, picture) or _first_shown(media, picture)
    if frame is None:
        raise MediaError(f"{path} is damaged: no frame of it can be decoded")
    return frame


def _first_key(media: InputContainer, picture: VideoStream) -> VideoFrame | None:
    """Decode the first key picture alone; a decoder with reordering would wait for more frames."""
    media.seek(0)
    codec = picture.codec_context
    for packet in media.demux(picture):
        if packet.is_keyframe and packet.size:
            frames = [*codec.decode(packet), *codec.decode(None)]
            codec.flush_buffers()
            return frames[0] if frames else None
    return None


def _first_shown(media: InputContainer, picture: VideoStream) -> VideoFrame | None:
    media.seek(0)
    return next(media.decode(picture), None)


def _aspect(picture: VideoStream) -> Fraction:
    """The aspect of a pixel, as the container states it, else as a decoded picture does."""
    said = ratio(picture.sample_aspect_ratio) or ratio(picture.codec_context.sample_aspect_ratio)
    return said or Fraction(1)


def _as_shown(width: int, height: int, aspect: Fraction, rotation: int) -> tuple[int, int]:
    half = Fraction(1, 2)
    if aspect > 1:
        width = int(width * aspect + half)
    else:
        height = int(height / aspect + half)
    return (height, width) if rotation in (90, 270) else (width, height)


def _timing(track: Track, picture: VideoStream) -> tuple[Fraction, Fraction]:
    """The frames per second and the seconds of a track."""
    span = (track.end - track.times[0]) * track.time_base
    if is_constant(track.times):
        rate = constant_rate(track.times, track.time_base, said=ratio(picture.average_rate))
        if rate:
            return rate, len(track.times) / rate
    if not span:
        raise MediaError("the picture lasts no time")
    return (len(track.times) / span).limit_denominator(1001), span
