"""Pictures small enough to be compared frame by frame: 64 x 36 grey levels, 32 x 18 colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import local

from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from PIL import Image

from shotgraph.media.colours import HD_LINES
from shotgraph.media.display import Orientation
from shotgraph.media.grade import BLACK, CHROMA_LEVELS, GREY, LEVELS, Grade, Turn
from shotgraph.media.target_format import TargetFormat

SIZE, COLOUR_SIZE = (64, 36), (32, 18)
_COLOURS = COLOUR_SIZE[0] * COLOUR_SIZE[1]
_FINER = 4  # the scale of the canvas for a picture with margins
# Without accurate rounding, the sum of the scaler's weights depends on the size and the pixel
# format: grey (128) comes out as 125 to 131. With it, grey is 128 in every size and format.
_EXACTLY = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
_BT709, _UNSAID, _BT601 = 1, 2, 6  # matrices by ITU-T H.273, table 4
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
}
_LUMA_LEVELS = [round(BLACK + level * LEVELS / 255) for level in range(256)]
_COLOUR_LEVELS = [round(GREY + (level - GREY) * CHROMA_LEVELS / 255) for level in range(256)]
# The HD matrix: luma, Cb and Cr from red, green and blue.
_LUMA_OF_HD = (0.2126, 0.7152, 0.0722, 0)
_CB_OF_HD = (-0.114572, -0.385428, 0.5, GREY)
_CR_OF_HD = (0.5, -0.454153, -0.045847, GREY)

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Small:
    """A small picture, with the HD matrix and in limited range.

    Levels below black and above white are kept: cameras write them, and a mix shows them.

    Attributes:
        grey: A picture of `SIZE`; each byte is a level of luma.
        colours: Two pictures of `COLOUR_SIZE`: Cb, then Cr.
    """

    grey: bytes
    colours: bytes

    def planes(self) -> tuple[Image.Image, Image.Image, Image.Image]:
        """Luma, Cb and Cr."""
        blue, red = self.colours[:_COLOURS], self.colours[_COLOURS:]
        return (
            Image.frombytes("L", SIZE, self.grey),
            Image.frombytes("L", COLOUR_SIZE, blue),
            Image.frombytes("L", COLOUR_SIZE, red),
        )

    @classmethod
    def of_planes(cls, grey: Image.Image, blue: Image.Image, red: Image.Image) -> "Small":
        """Put luma, Cb and Cr together."""
        return cls(grey.tobytes(), blue.tobytes() + red.tobytes())

    def turned(self, orientation: Orientation) -> "Small":
        """Turn the picture upright, squeezed to the same size, as `small_of` squeezes the film."""
        if orientation == Orientation():
            return self
        grey, blue, red = (_upright(plane, orientation) for plane in self.planes())
        return Small.of_planes(grey, blue, red)

    def graded(self, grade: Grade, share: float) -> "Small":
        """Apply a share of a grade, 0 to 1."""
        grey, blue, red = (
            plane.point(_turn(turn, share, *scale))
            for plane, turn, scale in zip(
                self.planes(),
                (grade.luma, grade.blue, grade.red),
                ((BLACK, LEVELS), (GREY, CHROMA_LEVELS), (GREY, CHROMA_LEVELS)),
                strict=True,
            )
        )
        return Small.of_planes(grey, blue, red)

    def laid(self, box: Box | None, film: TargetFormat) -> "Small":
        """Put the picture into the film's, with margins; `box` is its place in the film."""
        if box is None:
            return self
        grey, blue, red = self.planes()
        return Small.of_planes(
            _on_canvas(grey, box, film, BLACK),
            _on_canvas(blue, box, film, GREY),
            _on_canvas(red, box, film, GREY),
        )


def _upright(plane: Image.Image, orientation: Orientation) -> Image.Image:
    size = plane.size
    if orientation.mirrored:
        plane = plane.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return plane.rotate(-orientation.rotation, expand=True).resize(size)


def _turn(turn: Turn, share: float, black: int, levels: int) -> list[int]:
    """The new value of each level by `Turn.formula`, clipped to the range as the filter does."""
    turned = []
    for level in range(256):
        value = (level - black) / levels
        changed = black + levels * (turn.gain * (value - turn.was) + turn.becomes)
        changed = max(BLACK, min(BLACK + (LEVELS if black == BLACK else CHROMA_LEVELS), changed))
        turned.append(max(0, min(255, round(level + share * (changed - level)))))
    return turned


def _on_canvas(plane: Image.Image, box: Box, film: TargetFormat, margin: int) -> Image.Image:
    width, height = plane.size
    canvas = Image.new("L", (width * _FINER, height * _FINER), margin)
    across, down = canvas.width / film.width, canvas.height / film.height
    left, top, right, bottom = (
        round(edge * (down if place % 2 else across)) for place, edge in enumerate(box)
    )
    size = (max(1, right - left), max(1, bottom - top))
    canvas.paste(plane.resize(size, Image.Resampling.BILINEAR), (left, top))
    return canvas.reduce(_FINER)


def mixed_small(pictures: Sequence[Small], shares: Sequence[float]) -> Small:
    """Mix pictures; each picture after the first covers the previous ones with its share.

    Levels are rounded down, as ``xfade`` does.
    """
    return Small(
        _mixed([each.grey for each in pictures], shares),
        _mixed([each.colours for each in pictures], shares),
    )


def _mixed(planes: Sequence[bytes], shares: Sequence[float]) -> bytes:
    whole: Sequence[float] = planes[0]
    for plane, share in zip(planes[1:], shares, strict=True):
        rest = 1 - share
        whole = [one * rest + other * share for one, other in zip(whole, plane, strict=True)]
    return bytes(map(int, whole))


class _Scalers(local):
    """A scaler for each thread: a new scaler for each frame would take twice the time."""

    def __init__(self) -> None:
        self.one = VideoReformatter()


_scalers = _Scalers()


def small_of(frame: VideoFrame, box: Box | None = None) -> Small:
    """Scale a picture, or a part of it, to the small size, with the HD matrix.

    A picture with another matrix is converted to RGB, which clips colours outside RGB; making the
    film clips them too. With the HD matrix they are kept, because a mix needs the unclipped values.
    """
    matrix = matrix_of(frame)
    is_luma = matrix == Colorspace.ITU709
    # Colours are clipped pixel by pixel: the mean of many pixels would be clipped less.
    width, height = (each if is_luma else each * _FINER for each in SIZE)
    if box is not None:
        width, height = frame.width, frame.height
    # Not with the format "gray", which is the luma of SD.
    small = _scalers.one.reformat(
        frame,
        width,
        height,
        format="yuv420p" if is_luma else "rgb24",
        src_colorspace=matrix,
        dst_colorspace=matrix,
        dst_color_range=ColorRange.MPEG if is_luma else None,
        interpolation=_EXACTLY,
    )
    if is_luma:
        half = tuple(edge / 2 for edge in box) if box is not None else None
        grey = _fitted(_plane(small, 0, "L"), SIZE, box)
        blue, red = (_fitted(_plane(small, n, "L"), COLOUR_SIZE, half) for n in (1, 2))
        return Small.of_planes(grey, blue, red)
    image = _plane(small, 0, "RGB")
    return Small.of_planes(
        _fitted(image.convert("L", _LUMA_OF_HD), SIZE, box).point(_LUMA_LEVELS),
        _fitted(image.convert("L", _CB_OF_HD), COLOUR_SIZE, box).point(_COLOUR_LEVELS),
        _fitted(image.convert("L", _CR_OF_HD), COLOUR_SIZE, box).point(_COLOUR_LEVELS),
    )


def _plane(frame: VideoFrame, number: int, mode: str) -> Image.Image:
    plane = frame.planes[number]
    size = (plane.width, plane.height)
    return Image.frombytes(mode, size, bytes(plane), "raw", mode, plane.line_size)


def _fitted(
    image: Image.Image, size: tuple[int, int], box: tuple[float, ...] | None
) -> Image.Image:
    if image.size == size and box is None:
        return image
    part = (box[0], box[1], box[2], box[3]) if box is not None else None
    return image.resize(size, Image.Resampling.BOX, part)


def matrix_of(frame: VideoFrame) -> Colorspace | None:
    """The matrix for reading a picture; None for RGB and grey."""
    if frame.format.is_rgb or len(frame.format.components) < 3:
        return None
    said = int(frame.colorspace)
    if said == _UNSAID:
        said = _BT709 if min(frame.width, frame.height) >= HD_LINES else _BT601
    return _MATRICES.get(said)
