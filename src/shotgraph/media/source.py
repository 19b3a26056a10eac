"""Open an untrusted media file.

ffmpeg chooses a demuxer by content: a playlist named ``clip.mp4`` would make it read other files.
And it takes a path such as ``concat:a|b`` for a protocol. So the demuxer is chosen here from a
short list, by the file's first bytes; ffmpeg gets this demuxer and a ``file:`` path.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import ffmpeg

from shotgraph.errors import MediaError
from shotgraph.model.references import MediaKind

# An ffmpeg-python node; that library has no types.
Stream = Any

FILE = "file:"
MAX_PIXELS = 36_864_000  # 7680 x 4800
MAX_STREAMS = 256
"""A film with subtitles in each of YouTube's languages has 160. ffmpeg's demuxer of Matroska drops
the streams beyond its limit without an error, so `opened` counts the streams."""
MAX_DURATION_S = 3600
_PROBE_BYTES = 33_554_432
_ANALYSE_US = 10_000_000
_MAGIC_BYTES = 16
NO_DECODERS = "none"
# fmt: off
PICTURE_CODECS = (
    "h264", "hevc", "prores", "dnxhd", "cfhd", "mpeg4", "mpeg2video", "ffv1", "vp8", "vp9", "av1",
    "mjpeg", "png", "webp",
)
"""The picture codecs that we open, in ffmpeg's names."""
SOUND_CODECS = (
    "aac", "mp3", "mp2", "ac3", "eac3", "dts", "opus", "vorbis", "flac", "alac",
    "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_s16be", "pcm_s24be",
    "pcm_s32be", "pcm_f32be", "pcm_u8", "pcm_s8", "pcm_mulaw", "pcm_alaw",
)
"""The sound codecs that we open, in ffmpeg's names."""
# fmt: on
# A decoder has the name of its codec, or one of these names; ffmpeg takes the first that it has.
_OTHER_DECODERS = (
    *("libdav1d", "mp3float", "mp2float", "dca", "libopus"),
    *("libvpx", "libvpx-vp9"),  # chosen by name: ffmpeg's own decoders drop transparency
)
DECODERS = ",".join((*PICTURE_CODECS, *SOUND_CODECS, *_OTHER_DECODERS))


@dataclass(frozen=True)
class Container:
    """A kind of file that we open.

    Attributes:
        name: The name in messages and records: mp4, matroska, png.
        demuxer: The name of ffmpeg's demuxer.
    """

    name: str
    demuxer: str


FONT = "font"
"""The demuxer of a font: ffmpeg doesn't open fonts."""

_MP4, _MOV = Container("mp4", "mov"), Container("mov", "mov")
_PNG, _JPEG = Container("png", "png_pipe"), Container("jpeg", "jpeg_pipe")
_MP3, _AAC = Container("mp3", "mp3"), Container("aac", "aac")
_AT_START = {
    b"\x1a\x45\xdf\xa3": Container("matroska", "matroska"),
    b"\x89PNG\r\n\x1a\n": _PNG,
    b"\xff\xd8\xff": _JPEG,
    b"ID3": _MP3,
    b"fLaC": Container("flac", "flac"),
    b"OggS": Container("ogg", "ogg"),
    b"\0\1\0\0\0": Container("ttf", FONT),
    b"true": Container("ttf", FONT),
    b"OTTO": Container("otf", FONT),
}
_IN_RIFF = {b"WAVE": Container("wav", "wav"), b"WEBP": Container("webp", "webp_pipe")}
_OTHERS = {
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"%PDF": "a PDF",
    b"PK\3\4": "a ZIP archive",
    b"\x1f\x8b": "gzip data",
    b"\x7fELF": "a program",
    b"FLV": "an FLV",
    b"#EXTM3U": "a playlist",
    b"<!": "a web page",
    b"<html": "a web page",
}
_AVI, _TRANSPORT_STREAM = "holds an AVI", "holds an MPEG transport stream (MPEG-TS)"
_MOVED = (_AVI, _TRANSPORT_STREAM)
"""Kinds of files that are not opened, but can be copied into Matroska without coding."""
_SYNC = 0x47
_PICTURE_BRANDS = {
    b"avif": "an AVIF picture",
    b"heic": "a HEIC picture",
    b"heix": "a HEIC picture",
    b"mif1": "a HEIF picture",
}
"""The brands of pictures with mp4's structure; the mp4 demuxer reads a video of one frame."""
_ALLOWED: Mapping[MediaKind, str] = {
    "video": "a video as mp4, mov, webm or mkv",
    "image": "an image as png, jpg or webp",
    "audio": "a sound as wav, mp3, m4a, aac, flac or ogg",
    "font": "a font as ttf or otf",
}
_TEXT = frozenset(b"\t\n\f\r") | frozenset(range(0x20, 0x7F))
# The possible first boxes of a QuickTime file without ``ftyp``.
_QUICKTIME_BOXES = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip"})


def identify(path: Path) -> Container:
    """Find the container format of a file by its first bytes, not by its name.

    Raises:
        MediaError: The file is absent, empty, not a regular file, or of a kind that isn't opened.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise MediaError(f"{path} is not a regular file")
        with path.open("rb") as file:
            head = file.read(_MAGIC_BYTES)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise MediaError(f"can't read {path}: {said}") from error
    container = _container(head)
    if container is None:
        what, allowed = _refusal(path, _other_kind(path, head), None)
        raise MediaError(f"{path} {what}. Allowed: {allowed}")
    return container


def why_not_opened(path: Path, kind: MediaKind) -> tuple[str, str] | None:
    """The reason why a file isn't opened as a medium of a kind, by its first bytes.

    Returns:
        The reason, as words that follow the file's name, and the allowed kinds; None if this kind
        of file is opened, or the file can't be read.
    """
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(_MAGIC_BYTES)
    except (OSError, ValueError):
        return None
    picture = _PICTURE_BRANDS.get(head[8:12]) if head[4:8] == b"ftyp" else None
    if picture is not None and kind == "image":
        return _refusal(path, f"holds {picture}", kind)
    return _refusal(path, _other_kind(path, head), kind) if _container(head) is None else None


def _refusal(path: Path, what: str, kind: MediaKind | None) -> tuple[str, str]:
    allowed = _ALLOWED[kind] if kind is not None else "; ".join(_ALLOWED.values())
    said = f"is not a media file that shotgraph opens: it {what}"
    if kind != "image" and what in _MOVED:
        said += (
            ", which can be moved into Matroska without being coded: "
            f"ffmpeg -i {quote(str(path))} -c copy {quote(str(path.with_suffix('.mkv')))}"
        )
    return said, allowed


def source(path: Path, *, index: int = 0, **options: str | float | None) -> Stream:
    """The input node of a file, with a fixed demuxer and limits.

    Args:
        path: The file.
        index: A different number for each input of a graph. ffmpeg-python merges equal inputs into
            one, and ffmpeg then buffers whole clips between their uses.
        options: More input options, or other values for the options set here; None for an option
            without a value, as in ``an=None``.

    Raises:
        MediaError: For the reasons of `identify`, or the file is a font.
    """
    container = identify(path)
    if container.demuxer == FONT:
        raise MediaError(f"{path} is a font; a medium is needed here")
    settings: dict[str, str | float | None] = {
        "format": container.demuxer,
        "protocol_whitelist": "file",
        "codec_whitelist": DECODERS,
        "max_streams": MAX_STREAMS,
        "max_pixels": MAX_PIXELS,
        "analyzeduration": _ANALYSE_US,
        "t": MAX_DURATION_S,
        # Subtitles and data are never used, and there may be a hundred such streams.
        "sn": None,
        "dn": None,
    }
    if container.demuxer == "mov":
        settings |= {"enable_drefs": 0, "use_absolute_path": 0}
    # A different probe size makes equal inputs different, and has no other effect.
    settings |= {"probesize": _PROBE_BYTES + index, **options}
    return ffmpeg.input(address(path), **settings)


def address(path: Path) -> str:
    """A path in the form that ffmpeg never takes for a protocol or an option.

    Raises:
        MediaError: The path isn't UTF-8, which ffmpeg-python and PyAV need.
    """
    absolute = os.path.abspath(path)
    try:
        absolute.encode()
    except UnicodeEncodeError as error:
        raise MediaError(f"{absolute!a} is not a name in UTF-8; give it another one") from error
    return f"{FILE}{absolute}"


def _container(head: bytes) -> Container | None:
    for magic, container in _AT_START.items():
        if head.startswith(magic):
            return container
    if head[:4] == b"RIFF":
        return _IN_RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _MOV if head[8:12] == b"qt  " else _MP4
    if head[4:8] in _QUICKTIME_BOXES:
        return _MOV
    return _mpeg_audio(head)


def _other_kind(path: Path, head: bytes) -> str:
    """The kind of a file that isn't opened, in words.

    The words contain no byte of the file: a foreign form or film could name any file here.
    """
    if not head:
        return "is empty"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return _AVI
    if _is_transport_stream(path):
        return _TRANSPORT_STREAM
    for magic, what in _OTHERS.items():
        if head.startswith(magic):
            return f"holds {what}"
    is_text = all(byte in _TEXT or byte >= 0x80 for byte in head)
    return "holds text" if is_text else "holds bytes of another kind"


def _is_transport_stream(path: Path) -> bool:
    """Whether the first packets begin with a sync byte: ISO/IEC 13818-1, 2.4.3.2.

    Packets have 188 bytes; a camera's packets (``.mts``) have 4 more bytes in front.
    """
    try:
        with path.open("rb") as file:
            packets = file.read(3 * 192)
    except OSError:
        return False
    return any(
        packets[first : 3 * size_bytes : size_bytes] == bytes([_SYNC]) * 3
        for first, size_bytes in ((0, 188), (4, 192))
    )


def _mpeg_audio(head: bytes) -> Container | None:
    # Eleven set bits, then version and layer; AAC (ADTS) has layer 0, MPEG audio doesn't.
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    return _AAC if head[1] & 0xF6 == 0xF0 else _MP3
