"""Files that are made to do harm, one function each; nothing of them is kept in the repository."""

import os
import struct
import subprocess
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
from PIL import Image

from shotgraph.media.binary import find_ffmpeg
from tests.media.coded_clips import Sound, write_clip
from tests.media.hostile.boxes import box, change, put

BOMB = 15_000
_FREE = b"\0\0\0\x08free"
PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n"
CONCAT = "ffconcat version 1.0\nfile '{target}'\n"
DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period>'
    '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
    "<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>"
)
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\n"


@dataclass(frozen=True)
class Ground:
    """What a hostile file is made of.

    Attributes:
        folder: Of its own; the file is made there.
        good: A good clip with sound, its header last.
        secret: A video that nobody may read.
        port: Where a server listens that nobody may call.
    """

    folder: Path
    good: Path
    secret: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/clip.ts"


@dataclass(frozen=True)
class Hostile:
    """One case.

    Attributes:
        make: Makes it, and says under which path it is to be opened.
        must: What each operation on it must come to: refused, right, or either.
    """

    name: str
    make: Callable[[Ground], Path | str]
    must: str = "refused"


def _text(name: str, text: str, *, at: str = "file://{secret}") -> Hostile:
    def make(ground: Ground) -> Path:
        values = {"secret": ground.secret, "url": ground.url, "name": ground.secret.name}
        path = ground.folder / name
        path.write_text(text.format(target=at.format(**values), port=ground.port))
        return path

    return Hostile(
        f"{text[:10].strip()!r} to {at.format(secret='', url='http', name='x')} {name}", make
    )


def _texts() -> list[Hostile]:
    return [
        *(_text(name, PLAYLIST) for name in ("clip.mp4", "clip.m3u8")),
        *(_text(name, PLAYLIST, at="{url}") for name in ("clip.mp4", "clip.m3u8")),
        _text("clip.mp4", CONCAT, at="{secret}"),
        _text("clip.ffconcat", CONCAT, at="{secret}"),
        _text("clip.ffconcat", CONCAT, at="{url}"),
        _text("clip.mpd", DASH),
        _text("clip.mp4", DASH, at="{url}"),
        _text("clip.sdp", SDP, at="{url}"),
        _text("clip.ans", "a terminal\n" * 300),
        _text("clip.svg", '<svg xmlns="http://www.w3.org/2000/svg"><image href="{target}"/></svg>'),
        _text("clip.txt", ""),
    ]


def _behind(magic: bytes, text: str) -> Hostile:
    """A list of other files, behind the first bytes of a kind that is opened."""

    def make(ground: Ground) -> Path:
        path = ground.folder / "clip.mp4"
        path.write_bytes(magic + text.format(target=f"file://{ground.secret}").encode())
        return path

    return Hostile(f"{text[:8]!r} behind {magic[:8]!r}", make)


def _address(address: str) -> Hostile:
    def make(ground: Ground) -> str:
        return address.format(url=ground.url, secret=ground.secret, good=ground.good)

    return Hostile(f"path {address}", make)


def _name(name: str, must: str = "right") -> Hostile:
    def make(ground: Ground) -> Path:
        path = ground.folder / name
        path.write_bytes(ground.good.read_bytes())
        return path

    return Hostile(f"name {name!r}", make, must)


def _bytes(name: str, data: Callable[[Ground], bytes], must: str = "refused") -> Hostile:
    def make(ground: Ground) -> Path:
        path = ground.folder / "clip.mp4"
        path.write_bytes(data(ground))
        return path

    return Hostile(name, make, must)


def _just(name: str, data: bytes) -> Hostile:
    return _bytes(name, lambda _: data)


def _special(name: str, make: Callable[[Path], object]) -> Hostile:
    def made(ground: Ground) -> Path:
        path = ground.folder / "clip.mp4"
        make(path)
        return path

    return Hostile(name, made)


def _clip(name: str, must: str, write: Callable[[Path], object]) -> Hostile:
    def make(ground: Ground) -> Path:
        path = ground.folder / "clip.mp4"
        write(path)
        return path

    return Hostile(name, make, must)


def _by_ffmpeg(name: str, must: str, arguments: Sequence[str], suffix: str = "mp4") -> Hostile:
    """Written by ffmpeg itself, out of the good clip, which is ``{good}``."""

    def make(ground: Ground) -> Path:
        path = ground.folder / f"clip.{suffix}"
        words = [word.format(good=ground.good) for word in arguments]
        program = [str(find_ffmpeg().path), "-v", "error", "-nostdin"]
        subprocess.run([*program, *words, path], check=True, timeout=600)
        return path

    return Hostile(name, make, must)


def elsewhere(good: bytes, path: Path) -> bytes:
    """A mov whose pictures are said to lie in another file: an alias, as QuickTime has it."""
    inner = os.fsencode(path).replace(b"/", b":")
    alias = bytes(10) + bytes([1]) + b"/".ljust(27, b"\0") + bytes(12)
    alias += bytes([len(path.name)]) + os.fsencode(path.name).ljust(63, b"\0")[:63] + bytes(16)
    alias += struct.pack(">hh", 1, 1) + bytes(16)
    for kind, text in ((2, inner), (18, os.fsencode(path))):
        alias += struct.pack(">hh", kind, len(text)) + text + bytes(len(text) % 2)
    alias += struct.pack(">hh", -1, 0)
    reference = struct.pack(">II", 0, 1) + box(b"alis", struct.pack(">I", 0) + alias)
    return change(good, b"dref", lambda _: reference)


def _longer(payload: bytes) -> bytes:
    """A time table (stts) in which the first frame lasts 900,000 s and more."""
    return put(payload, 12, 0x7FFFFFFF)


def _an_hour(payload: bytes) -> bytes:
    """The same, but only as long as the first 12 frames may be."""
    return put(payload, 12, 15360 * 4000 // 12)


def _wide_pixels(ground: Ground) -> bytes:
    shape = struct.pack(">4sII", b"pasp", 1, 1)
    data = ground.good.read_bytes()
    assert shape in data
    return data.replace(shape, struct.pack(">4sII", b"pasp", 10_000, 1))


def _nested(depth: int) -> bytes:
    return b"".join(struct.pack(">I4s", 8 * (depth - level), b"moov") for level in range(depth))


def _many_samples(payload: bytes) -> bytes:
    """A size table (stsz) of 80 million samples of one byte; the table itself is left out."""
    return put(put(payload, 4, 1), 8, 80_000_000)[:12]


def _png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    rows = zlib.compress(bytes(height * (1 + (width + 7) // 8)), 9)
    for kind, payload in ((b"IHDR", header), *chunks, (b"IDAT", rows), (b"IEND", b"")):
        data += struct.pack(">I", len(payload)) + kind + payload
        data += struct.pack(">I", zlib.crc32(kind + payload))
    return data


def _jpeg_bomb(path: Path) -> None:
    Image.new("L", (64, 64)).save(path, "JPEG")
    data = path.read_bytes()
    at = data.index(b"\xff\xc0") + 5
    path.write_bytes(data[:at] + struct.pack(">HH", BOMB, BOMB) + data[at + 4 :])


def _webp_bomb(path: Path) -> None:
    Image.new("RGB", (64, 64)).save(path, "WEBP", quality=50)
    data = path.read_bytes()
    at = data.index(b"\x9d\x01\x2a") + 3
    path.write_bytes(data[:at] + struct.pack("<HH", BOMB, BOMB) + data[at + 4 :])


def _text_bomb(_: Ground) -> bytes:
    packed = zlib.compress(bytes(200_000_000), 9)
    return _png(64, 64, (b"zTXt", b"Comment\0\0" + packed), (b"iCCP", b"icc\0\0" + packed))


def _only_a_cover(path: Path) -> None:
    cover = path.with_name("cover.jpg")
    Image.new("RGB", (64, 64), "red").save(cover)
    with av.open(str(cover)) as source, av.open(str(path), "w", format="mp4") as media:
        stream = media.add_stream_from_template(source.streams.video[0])
        stream.disposition = av.stream.Disposition.attached_pic
        packet = next(source.demux())
        packet.stream = stream
        packet.pts = packet.dts = 0
        media.mux(packet)


def _broken() -> list[Hostile]:
    heads = [b"\0\0\0\x14ftypisom", b"\x1a\x45\xdf\xa3", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]
    heads += [
        b"ID3\x04",
        b"fLaC",
        b"OggS",
        b"RIFF\x04\0\0\0WAVE",
        b"RIFF\x04\0\0\0WEBP",
        b"\xff\xfb",
    ]
    return [
        *(_just(f"only the head {head!r}", head) for head in heads),
        *(_just(f"one byte {byte!r}", byte) for byte in (b"\0", b"\xff")),
        _bytes("no bytes", lambda _: b""),
        _bytes("a million zeros", lambda _: bytes(1_000_000)),
        _bytes(
            "cut at 60 %",
            lambda ground: ground.good.read_bytes()[: -len(ground.good.read_bytes()) * 2 // 5],
        ),
        _special("a link to /etc/passwd", lambda path: path.symlink_to("/etc/passwd")),
        _special("a link to itself", lambda path: path.symlink_to(path)),
        _special("a pipe", os.mkfifo),
        _special("a folder", lambda path: path.mkdir()),
        _special("a link to /dev/zero", lambda path: path.symlink_to("/dev/zero")),
        _special("a link to /dev/stdin", lambda path: path.symlink_to("/dev/stdin")),
        _special("a link to an environment", lambda path: path.symlink_to("/proc/self/environ")),
    ]


def _bombs() -> list[Hostile]:
    still = ["-f", "lavfi", "-i", "color=s=8000x8000:r=1:d=1", "-preset", "ultrafast"]
    maps = [word for _ in range(300) for word in ("-map", "0:a")]
    many = ["-i", "file:{good}", *maps, "-c", "copy"]
    return [
        _bytes("15000 x 15000 png", lambda _: _png(BOMB, BOMB)),
        _clip("15000 x 15000 jpeg", "refused", _jpeg_bomb),
        _clip("15000 x 15000 webp", "refused", _webp_bomb),
        _by_ffmpeg("8000 x 8000 h264", "refused", still),
        _bytes("a png with 400 MB of text", _text_bomb, "refused"),
        _by_ffmpeg("300 streams", "refused", many),
        _bytes("900,000 s", lambda ground: change(ground.good.read_bytes(), b"stts", _longer)),
        _bytes(
            "an hour, cut to a moment",
            lambda g: change(g.good.read_bytes(), b"stts", _an_hour),
            "either",
        ),
        _bytes("80 million samples", lambda g: change(g.good.read_bytes(), b"stsz", _many_samples)),
        _bytes("pixels 10,000 times as wide as high", _wide_pixels),
        _bytes("boxes in boxes", lambda _: b"\0\0\0\x14ftypisom" + bytes(8) + _nested(200_000)),
        _bytes("millions of boxes", lambda _: b"\0\0\0\x14ftypisom" + bytes(8) + _FREE * 3_000_000),
    ]


def _odd() -> list[Hostile]:
    copied = ["-i", "file:{good}", "-c", "copy"]
    sound = ["-i", "file:{good}", "-map", "0:a", "-c", "copy"]
    raw = ["-i", "file:{good}", "-an", "-c:v", "qtrle", "-pix_fmt", "rgb24"]
    return [
        _bytes("pictures in another file", lambda g: elsewhere(g.good.read_bytes(), g.secret)),
        _by_ffmpeg("negative times", "either", [*copied, "-output_ts_offset", "-3"], "mkv"),
        _by_ffmpeg("late times", "either", [*copied, "-output_ts_offset", "4000"]),
        _by_ffmpeg("a fast clock", "either", [*copied, "-video_track_timescale", "1000000007"]),
        _by_ffmpeg("only a header", "refused", [*copied, "-t", "0", "-movflags", "empty_moov"]),
        _by_ffmpeg("fragments", "right", [*copied, "-movflags", "frag_keyframe+empty_moov"]),
        _by_ffmpeg("sound and no picture", "either", sound),
        _by_ffmpeg("a codec that we don't decode", "either", raw, "mov"),
        _clip("only a cover", "refused", _only_a_cover),
        _clip(
            "turned by 45 degrees",
            "refused",
            lambda path: write_clip(path, clip=1, frames=4, rotation=45),
        ),
        _clip(
            "one frame", "either", lambda path: write_clip(path, clip=1, frames=1, sound=Sound())
        ),
    ]


def corpus() -> list[Hostile]:
    """Every case."""
    free = b"\0\0\0\x10ftypisom\0\0\0\0\0\0\x7f\xfffree"
    protocols = ["{url}", "cache:{url}", "file:{secret}", "concat:{good}|{secret}", "async:{url}"]
    protocols += [
        "crypto:{secret}",
        "subfile,,start,0,end,9,,:{secret}",
        "pipe:0",
        "-",
        "tcp://{url}",
    ]
    protocols += ["data:video/mp4;base64,AAAA", "ftp://127.0.0.1/x", "tee:{secret}", "\0.mp4", ""]
    names = ["-y.mp4", 'it\'s "a" clip.mp4', "a\nfile b.mp4", "a:b.mp4", "%03d.mp4", "[v].mp4"]
    names += [
        "é 映画 \U0001f3ac.mp4",
        "a,b;c=d\\.mp4",
        "$(touch x) `x` && x.mp4",
        "http:.mp4",
    ]
    return [
        *_texts(),
        *(_behind(free, text) for text in (PLAYLIST, CONCAT, DASH)),
        *(
            _behind(magic, PLAYLIST)
            for magic in (b"OggS", b"fLaC", b"ID3\x04", b"\x1a\x45\xdf\xa3")
        ),
        *map(_address, protocols),
        *map(_name, names),
        _name("\udcff.mp4", "refused"),
        *_broken(),
        *_bombs(),
        *_odd(),
    ]
