"""How a stored picture is displayed: its orientation, and the part of it that is shown.

The part is the clean aperture of an mp4, or the crop of a Matroska file. ffmpeg crops to it from
version 8 on. PyAV doesn't report it, so it is read here.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from shotgraph.errors import MediaError
from shotgraph.media.integrity import boxes_in, ebml_number
from shotgraph.media.source import Container

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

EXIF_TAG = 0x0112


@dataclass(frozen=True)
class Orientation:
    """How a player brings a stored picture upright: it mirrors the picture, then turns it.

    Attributes:
        rotation: Degrees clockwise: 0, 90, 180, 270.
        mirrored: Whether left and right are exchanged before the turn. So a vertical flip is a
            mirrored picture that is turned by 180 degrees.
    """

    rotation: int = 0
    mirrored: bool = False


# EXIF 2.32, 4.6.4: the orientation tag.
_EXIF = {
    2: Orientation(0, mirrored=True),
    3: Orientation(180),
    4: Orientation(180, mirrored=True),
    5: Orientation(270, mirrored=True),
    6: Orientation(90),
    7: Orientation(90, mirrored=True),
    8: Orientation(270),
}
# By the signs of a display matrix's numbers a, b, c and d, after the mirroring is undone
# (ISO/IEC 14496-12, 6.2.2: a point (p, q) is shown at (a·p + c·q, b·p + d·q)).
_TURNS = {(1, 0, 0, 1): 0, (0, 1, -1, 0): 90, (-1, 0, 0, -1): 180, (0, -1, 1, 0): 270}


def exif_orientation(tag: int) -> Orientation:
    """The orientation for a photo's EXIF tag; upright for an unknown tag."""
    return _EXIF.get(tag, Orientation())


def orientation_of(frame: "VideoFrame", name: str) -> Orientation:
    """Read a decoded frame's display matrix, as ffmpeg applies it.

    Args:
        frame: One frame of the stream.
        name: The file's name, for errors.

    Raises:
        MediaError: The matrix turns the picture by an angle that is no multiple of 90 degrees.
    """
    turned = -frame.rotation % 360
    if turned % 90:
        raise MediaError(f"{name} is turned by {turned} degrees; only quarter turns are handled")
    matrix = _matrix_of(frame)
    if matrix is None:
        return Orientation(turned)
    a, b, c, d = (_sign(matrix[place]) for place in (0, 1, 3, 4))
    mirrored = a * d - b * c < 0
    signs = (-a, -b, c, d) if mirrored else (a, b, c, d)
    return Orientation(_TURNS.get(signs, turned), mirrored)


def _matrix_of(frame: "VideoFrame") -> "array[int] | None":
    # PyAV's types lack the lookup by name, and that an entry holds bytes.
    side_data: Any = frame.side_data
    found = side_data.get("DISPLAYMATRIX")
    return array("i", bytes(found)) if found is not None else None


def _sign(value: int) -> int:
    # Rounding in a computed turn by 90 degrees leaves small values that should be 0.
    return 0 if abs(value) < 1 << 12 else (1 if value > 0 else -1)


_ENTRY_BYTES = 86  # a VisualSampleEntry (ISO/IEC 14496-12, 12.1.3), without the boxes at its end
_SEGMENT, _TRACKS, _TRACK, _VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0xE0
_TYPE, _IS_VIDEO = 0x83, 1
# Bottom, top, left, right (RFC 9559, 5.1.4.1.28.8 to 11).
_CROPS = (0x54AA, 0x54BB, 0x54CC, 0x54DD)
_MOST_ELEMENTS = 100_000


@dataclass(frozen=True)
class Aperture:
    """The part of a picture that is shown, in stored pixels."""

    left: int
    top: int
    width: int
    height: int

    def turned(self, size: tuple[int, int], shown: Orientation) -> "Aperture":
        """The same part in the upright picture.

        Args:
            size: The size of the whole stored picture.
            shown: How the picture is brought upright.
        """
        width, height = size
        left = width - self.left - self.width if shown.mirrored else self.left
        right, bottom = width - left - self.width, height - self.top - self.height
        match shown.rotation:
            case 90:
                return Aperture(bottom, left, self.height, self.width)
            case 180:
                return Aperture(right, bottom, self.width, self.height)
            case 270:
                return Aperture(self.top, right, self.height, self.width)
            case _:
                return Aperture(left, self.top, self.width, self.height)


def aperture_of(
    path: Path, container: Container, *, track_id: int, place: int, size: tuple[int, int]
) -> Aperture | None:
    """Read the part of a picture that is shown; None if it is the whole picture.

    Args:
        path: The file.
        container: Its container format.
        track_id: The ID of the track, for an mp4.
        place: The number of the video track among the video tracks, from 0, for a Matroska file.
        size: The size of the stored picture.
    """
    with path.open("rb") as file:
        if container.demuxer == "mov":
            found = _clean_aperture(file, path.stat().st_size, track_id, size)
        elif container.demuxer == "matroska":
            found = _pixel_crop(file, path.stat().st_size, place, size)
        else:
            found = None
    whole = Aperture(0, 0, *size)
    if found is None or found == whole or min(found.left, found.top) < 0:
        return None
    fits = found.left + found.width <= size[0] and found.top + found.height <= size[1]
    return found if fits and min(found.width, found.height) > 0 else None


def _clean_aperture(
    file: BinaryIO, end: int, track_id: int, size: tuple[int, int]
) -> Aperture | None:
    for moov in _inside(file, (0, end), b"moov"):
        for trak in _inside(file, moov, b"trak"):
            if _track_id(file, trak) != track_id:
                continue
            spans = [trak]
            for kind in (b"mdia", b"minf", b"stbl", b"stsd"):
                spans = [each for span in spans for each in _inside(file, span, kind)]
            for begin, stop in spans:
                for _, entry, until in boxes_in(file, begin + 8, stop):
                    for clap in _inside(file, (entry + _ENTRY_BYTES - 8, until), b"clap"):
                        return _from_clap(file, clap, size)
    return None


def _inside(file: BinaryIO, span: tuple[int, int], kind: bytes) -> Iterator[tuple[int, int]]:
    for name, begin, end in boxes_in(file, *span):
        if name == kind:
            yield begin, min(end, span[1])


def _track_id(file: BinaryIO, trak: tuple[int, int]) -> int | None:
    for begin, _ in _inside(file, trak, b"tkhd"):
        file.seek(begin)
        head = file.read(24)
        place = 20 if head[:1] == b"\1" else 12  # after two times of 64 or 32 bits
        return int.from_bytes(head[place : place + 4], "big")
    return None


def _from_clap(file: BinaryIO, clap: tuple[int, int], size: tuple[int, int]) -> Aperture | None:
    """ISO/IEC 14496-12, 12.1.4: width, height, and the offset of its middle from the picture's."""
    file.seek(clap[0])
    said = [int.from_bytes(file.read(4), "big", signed=True) for _ in range(8)]
    if not all(said[1::2]):
        return None
    width, height, right, down = (
        Fraction(*pair) for pair in zip(said[::2], said[1::2], strict=True)
    )
    half = Fraction(1, 2)
    left, top = (size[0] - width) * half + right, (size[1] - height) * half + down
    return Aperture(round(left), round(top), round(width), round(height))


def _pixel_crop(file: BinaryIO, end: int, place: int, size: tuple[int, int]) -> Aperture | None:
    pictures = [
        track
        for segment in _elements(file, (0, end), _SEGMENT)
        for tracks in _elements(file, segment, _TRACKS, only_first=True)
        for track in _elements(file, tracks, _TRACK)
        if _value(file, track, _TYPE) == _IS_VIDEO
    ]
    if place >= len(pictures):
        return None
    for video in _elements(file, pictures[place], _VIDEO):
        bottom, top, left, right = (_value(file, video, kind) for kind in _CROPS)
        return Aperture(left, top, size[0] - left - right, size[1] - top - bottom)
    return None


def _elements(
    file: BinaryIO, span: tuple[int, int], kind: int, *, only_first: bool = False
) -> Iterator[tuple[int, int]]:
    place, stop = span
    for _ in range(_MOST_ELEMENTS):
        if place >= stop:
            return
        file.seek(place)
        name, length = ebml_number(file, keep_marker=True), ebml_number(file)
        begin = file.tell()
        place = stop if length is None else begin + length
        if name is None or begin > stop:
            return
        if name == kind:
            yield begin, min(place, stop)
            if only_first:
                return


def _value(file: BinaryIO, span: tuple[int, int], kind: int) -> int:
    for begin, end in _elements(file, span, kind, only_first=True):
        file.seek(begin)
        return int.from_bytes(file.read(min(end - begin, 8)), "big")
    return 0
