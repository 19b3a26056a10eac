"""Which way up a stored picture is shown: a quarter turn, and whether it is mirrored."""

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shotgraph.errors import MediaError

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

EXIF_TAG = 0x0112


@dataclass(frozen=True)
class Orientation:
    """What a player does to a stored picture: first it may mirror it, then it turns it.

    Attributes:
        rotation: Degrees clockwise: 0, 90, 180, 270.
        mirrored: Whether left and right are exchanged before that. So a picture that is turned
            over from top to bottom is mirrored and then turned by 180 degrees.
    """

    rotation: int = 0
    mirrored: bool = False


# EXIF 2.32, 4.6.4: which way up the camera was.
_EXIF = {
    2: Orientation(0, mirrored=True),
    3: Orientation(180),
    4: Orientation(180, mirrored=True),
    5: Orientation(270, mirrored=True),
    6: Orientation(90),
    7: Orientation(90, mirrored=True),
    8: Orientation(270),
}
# By the signs of a display matrix's first four numbers, mirrored no more (ISO/IEC 14496-12, 6.2.2:
# a point (p, q) is shown at (a·p + c·q, b·p + d·q)).
_TURNS = {(1, 0, 0, 1): 0, (0, 1, -1, 0): 90, (-1, 0, 0, -1): 180, (0, -1, 1, 0): 270}


def exif_orientation(tag: int) -> Orientation:
    """What a photo's tag says; upright for one that says nothing known."""
    return _EXIF.get(tag, Orientation())


def orientation_of(frame: "VideoFrame", name: str) -> Orientation:
    """Read a decoded frame's display matrix, as ffmpeg applies it.

    Args:
        frame: One frame of the stream.
        name: Of the file, for errors.

    Raises:
        MediaError: It turns the picture by something other than quarter turns.
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
    # PyAV's types don't say that it can be asked by a name, nor that it holds bytes.
    side_data: Any = frame.side_data
    found = side_data.get("DISPLAYMATRIX")
    return array("i", bytes(found)) if found is not None else None


def _sign(value: int) -> int:
    # A turn by 90 degrees that was computed leaves a rest where it should have 0.
    return 0 if abs(value) < 1 << 12 else (1 if value > 0 else -1)
