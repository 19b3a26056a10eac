"""Small good files of every kind, and seeded ways to damage them."""

import random
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from shotgraph.media.binary import find_ffmpeg
from tests.media.coded_clips import Sound, write_clip

SIZE = (96, 64)
_EXTREMES = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
# Words that stand behind a length, in mp4, RIFF, PNG and Matroska alike.
_WORDS = (
    *(b"moov", b"trak", b"mdia", b"stbl", b"stts", b"stsz", b"stco", b"stsc", b"ctts", b"elst"),
    *(b"mdat", b"ftyp", b"avcC", b"hvcC", b"esds", b"tkhd", b"mdhd", b"mvhd", b"dref", b"stss"),
    *(b"fmt ", b"data", b"RIFF", b"VP8 ", b"IHDR", b"IDAT", b"iCCP", b"OggS", b"fLaC", b"ID3"),
    *(b"\x1a\x45\xdf\xa3", b"\x16\x54\xae\x6b", b"\x1f\x43\xb6\x75", b"\x1c\x53\xbb\x6b"),
)


def write_good_files(folder: Path) -> list[Path]:
    """One of each kind that is opened, some 2 to 60 kB."""
    small = {"frames": 12, "size": SIZE}
    sound = Sound()
    h264 = write_clip(folder / "h264.mp4", clip=1, sound=sound, **small)  # type: ignore[arg-type]
    made = [h264]
    for name, codecs in {
        "hevc.mp4": ["-c:v", "libx265", "-x265-params", "log-level=none", "-c:a", "copy"],
        "first.mp4": ["-c", "copy", "-movflags", "+faststart"],
        "fragments.mp4": ["-c", "copy", "-movflags", "frag_keyframe+empty_moov"],
        "prores.mov": ["-c:v", "prores_ks", "-c:a", "pcm_s16le"],
        "vp9.webm": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-c:a", "libopus"],
        "copy.mkv": ["-c", "copy"],
        "pcm.wav": ["-vn"],
        "sound.mp3": ["-vn"],
        "sound.flac": ["-vn"],
        "sound.ogg": ["-vn", "-c:a", "libopus"],
        "sound.aac": ["-vn", "-c:a", "copy", "-f", "adts"],
    }.items():
        made.append(folder / name)
        program = [str(find_ffmpeg().path), "-v", "error", "-nostdin", "-i", f"file:{h264}"]
        subprocess.run([*program, *codecs, made[-1]], check=True, timeout=600)
    picture = Image.radial_gradient("L").resize(SIZE).convert("RGB")
    for name in ("still.png", "still.jpg", "still.webp"):
        made.append(folder / name)
        picture.save(made[-1])
    return made


def damaged(files: list[Path], seed: int) -> tuple[str, bytes]:
    """What the damage was, and the file that is left; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - the same each time is what is wanted
    name = files[seed % len(files)]
    data = bytearray(name.read_bytes())
    said = []
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        damage = chance.choice(_DAMAGES)
        said.append(damage.__name__.strip("_"))
        damage(data, chance, files)
    return f"{name.name} seed {seed}: {', '.join(said)}", bytes(data)


def _flip(data: bytearray, chance: random.Random, files: list[Path]) -> None:
    for _ in range(chance.choice((1, 4, 16, 64))):
        data[_place(data, chance)] ^= 1 << chance.randrange(8)


def _cut(data: bytearray, chance: random.Random, _: list[Path]) -> None:
    del data[max(1, _place(data, chance)) :]


def _lengths(data: bytearray, chance: random.Random, _: list[Path]) -> None:
    """Another length before, or another number after, a word that has one."""
    found = [at for word in _WORDS if (at := data.find(word)) >= 0]
    if found:
        at = chance.choice(found) + chance.choice((-4, 4, 8, 12, 16, 20))
        _number(data, max(0, at), chance)


def _numbers(data: bytearray, chance: random.Random, _: list[Path]) -> None:
    _number(data, _place(data, chance), chance)


def _splice(data: bytearray, chance: random.Random, files: list[Path]) -> None:
    other = chance.choice(files).read_bytes()
    start = chance.randrange(len(other))
    at = _place(data, chance)
    data[at : at + chance.randrange(1, 4096)] = other[start : start + chance.randrange(1, 4096)]


def _double(data: bytearray, chance: random.Random, _: list[Path]) -> None:
    at = _place(data, chance)
    data[at:at] = data[at : at + chance.randrange(1, 4096)]


def _blank(data: bytearray, chance: random.Random, _: list[Path]) -> None:
    at = _place(data, chance)
    length = min(chance.randrange(1, 2048), len(data) - at)
    data[at : at + length] = bytes([chance.choice((0, 0xFF))]) * length


def _number(data: bytearray, at: int, chance: random.Random) -> None:
    value = chance.choice((*_EXTREMES, chance.randrange(1 << 32), chance.randrange(1 << 12)))
    data[at : at + 4] = struct.pack(">I", value)


def _place(data: bytearray, chance: random.Random) -> int:
    """Somewhere; half of the time in the first or the last kilobyte, where headers are."""
    if not data:
        data.append(0)
    near = min(1024, len(data))
    start, stop = chance.choice(((0, near), (len(data) - near, len(data)), (0, len(data))))
    return chance.randrange(start, stop)


_Damage = Callable[[bytearray, random.Random, list[Path]], None]
_DAMAGES: tuple[_Damage, ...] = (_flip, _flip, _cut, _lengths, _lengths, _numbers, _splice)
_DAMAGES += (_double, _blank)
