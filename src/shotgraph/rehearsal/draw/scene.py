"""One job as the drawing sees it: words, files, and how long the shot is to be."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from shotgraph.endpoints import PriceRule
from shotgraph.media.info import MediaInfo


@dataclass(frozen=True)
class Clip:
    """A video that was looked into."""

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
    """What is to be drawn.

    Attributes:
        kind: edit, reference, image_to_video, reference_to_video; fal for any other endpoint.
        take: The request's id; equal scenes with other takes look a little different.
        duration_s: Seconds asked for; an edit is as long as its video.
        aspect_ratio: ``auto``, ``16:9``, ``9:16`` or ``1:1``.
        pictures: Images and the pictures of elements, in the order of the request.
    """

    kind: str
    take: str
    prompt: str
    duration_s: int
    aspect_ratio: str
    keep_audio: bool
    video: Clip | None
    start_image: Path | None
    end_image: Path | None
    pictures: tuple[Path, ...]

    @property
    def clip(self) -> Clip:
        """The video, for kinds that have one."""
        if self.video is None:
            raise ValueError(f"{self.kind} was given no video")
        return self.video

    def billed_seconds(self, price: PriceRule) -> Fraction:
        """The seconds that such a job is billed on."""
        given = self.video.info.duration if self.video is not None else Fraction(0)
        return price.seconds(input_seconds=given, chosen_seconds=Fraction(self.duration_s))


@dataclass(frozen=True)
class Frame:
    """The size of a picture, in pixels; both sides even."""

    width: int
    height: int


def frame_of(ratio: str, short_side_px: int) -> Frame:
    """A frame of a named ratio with a given short side."""
    short = short_side_px // 2 * 2
    long = short * 16 // 9 // 2 * 2
    return {"16:9": Frame(long, short), "9:16": Frame(short, long)}.get(ratio, Frame(short, short))
