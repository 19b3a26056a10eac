"""The parts of a job that the drawing needs: prompt, files, and the length of the shot.

A still picture gets its only motion from a slow camera move.
"""

from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

from shotgraph.endpoints import PriceRule
from shotgraph.media.info import Colour, MediaInfo
from shotgraph.media.source import Stream


@dataclass(frozen=True)
class SceneClip:
    """A video and its probed properties."""

    path: Path
    info: MediaInfo

    @property
    def frame_rate(self) -> Fraction:
        """Frames per second."""
        if self.info.frame_rate is None:
            raise ValueError(f"{self.path} is no video")
        return self.info.frame_rate


@dataclass(frozen=True)
class Scene:
    """The parts of a job that the drawing needs.

    Attributes:
        kind: edit, reference, image_to_video, reference_to_video; fal for any other endpoint.
        take: The request's id; equal scenes with different takes look a little different.
        duration_s: The requested seconds; an edit is as long as its video.
        aspect_ratio: ``auto``, ``16:9``, ``9:16`` or ``1:1``.
        pictures: Images and the pictures of elements, in the order of the request.
    """

    kind: str
    take: str
    prompt: str
    duration_s: int
    aspect_ratio: str
    keep_audio: bool
    video: SceneClip | None
    start_image: Path | None
    end_image: Path | None
    pictures: tuple[Path, ...]

    @property
    def clip(self) -> SceneClip:
        """The video of a kind with a video."""
        if self.video is None:
            raise ValueError(f"{self.kind} was given no video")
        return self.video

    def billed_seconds(self, price: PriceRule) -> Fraction:
        """Return the seconds that are billed."""
        given = self.video.info.duration if self.video is not None else Fraction(0)
        return price.seconds(input_seconds=given, chosen_seconds=Fraction(self.duration_s))


@dataclass(frozen=True)
class Frame:
    """The size of a picture, in pixels; both sides even."""

    width: int
    height: int


def frame_of(ratio: str, short_side_px: int) -> Frame:
    """Return the frame with this aspect ratio and this short side."""
    short = short_side_px // 2 * 2
    long = short * 16 // 9 // 2 * 2
    return {"16:9": Frame(long, short), "9:16": Frame(short, long)}.get(ratio, Frame(short, short))


_MATRICES = frozenset({"bt709", "bt470bg", "smpte170m", "bt2020nc", "bt2020c"})


@dataclass(frozen=True)
class Move:
    """A camera move: a zoom towards a point, or away from it.

    Attributes:
        depth: The largest zoom of the move; 0.1 enlarges the picture by a tenth.
        across: The point of the zoom, from -1 (left) to 1 (right).
        down: The point of the zoom, from -1 (top) to 1 (bottom).
        outward: Whether the move ends at the whole picture; otherwise it begins there.
    """

    depth: float
    across: float
    down: float
    outward: bool = False

    def over_video(
        self, stream: Stream, frame: Frame, rate: Fraction, frames: int, colour: Colour
    ) -> Stream:
        """Apply the move to a stream; the widest frame shows the whole picture."""
        return _said(self._film(stream, frame, rate, frames, frames_each=1), colour)

    def over_still(
        self, stream: Stream, frame: Frame, rate: Fraction, frames: int, colour: Colour
    ) -> Stream:
        """Make many frames from one picture; if it is larger than the frame, it moves smoothly."""
        return _said(self._film(stream, frame, rate, frames, frames_each=frames), colour)

    def _film(
        self, stream: Stream, frame: Frame, rate: Fraction, frames: int, *, frames_each: int
    ) -> Stream:
        far = f"on/{max(1, frames - 1)}"
        deep = f"(1-{far})" if self.outward else far
        return stream.filter("format", "yuv420p").filter(
            "zoompan",
            z=f"1+{self.depth:.5f}*{deep}",
            x=f"(iw-iw/zoom)/2*{1 + self.across:.3f}",
            y=f"(ih-ih/zoom)/2*{1 + self.down:.3f}",
            d=frames_each,
            s=f"{frame.width}x{frame.height}",
            fps=f"{rate.numerator}/{rate.denominator}",
        )


def _said(stream: Stream, colour: Colour) -> Stream:
    """Set the colour matrix and range again: zoompan of ffmpeg 5.1 loses them.

    Without the tags, a player takes another matrix, and all colours are wrong. Newer versions of
    ffmpeg keep the tags.
    """
    said = {}
    if colour.space in _MATRICES:
        said["colorspace"] = colour.space
    # Don't set a pc range: ffmpeg 5.1 has converted it to tv here, and ffmpeg 9 keeps pc itself.
    if colour.range == "tv":
        said["range"] = "tv"
    return stream.filter("setparams", **said) if said else stream


def move_of(take: str, part: int = 0, *, depth: float = 0.12, outward: bool = False) -> Move:
    """Return a camera move; the take and the part of the film decide its direction."""
    digest = sha256(f"{take}/{part}".encode()).digest()
    return Move(
        depth=depth,
        across=1.6 * (digest[0] / 255 - 0.5),
        down=1.6 * (digest[1] / 255 - 0.5),
        outward=outward,
    )
