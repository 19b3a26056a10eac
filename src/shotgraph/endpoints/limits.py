"""What fal lets into an endpoint, as data."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class VideoLimits:
    """Limits of a video input: sides in pixels, durations in seconds, rates in frames a second."""

    containers: tuple[str, ...] = ("mp4", "mov")
    max_bytes: int = 200 * 1000 * 1000
    min_side_px: int = 720
    max_side_px: int = 2160
    min_duration: Fraction = Fraction(3)
    max_duration: Fraction = Fraction(1005, 100)
    min_frame_rate: Fraction = Fraction(24)
    max_frame_rate: Fraction = Fraction(60)
    source: str = "fal.ai/models/fal-ai/kling-video/o1/standard/video-to-video/edit, 2026-11"


@dataclass(frozen=True)
class ImageLimits:
    """Limits of an image input: sides in pixels, ratio as width over height."""

    max_bytes: int = 10 * 1000 * 1000
    min_side_px: int = 300
    min_ratio: Fraction = Fraction(2, 5)
    max_ratio: Fraction = Fraction(5, 2)
    source: str = "fal.ai/models/fal-ai/kling-video/o1/image-to-video, 2026-11"


VIDEO_INPUT = VideoLimits()
IMAGE_INPUT = ImageLimits()
