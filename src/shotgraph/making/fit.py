"""Find how a video or an image must be changed so that an endpoint takes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from shotgraph.endpoints.arguments import IMAGE_INPUT, VIDEO_INPUT, ImageLimits, VideoLimits
from shotgraph.endpoints.endpoint import LongVideo
from shotgraph.media.framing import Canvas
from shotgraph.media.info import MediaInfo
from shotgraph.media.pieces import PieceLimits, split
from shotgraph.media.target_format import TargetFormat
from shotgraph.media.treatment import as_shown, number_text

_CODECS = frozenset({"h264", "hevc"})
_PIXEL_FORMATS = frozenset({"yuv420p", "yuvj420p", "yuv420p10le"})
# 23.976 is sent frame by frame at 24; at other rates frames are repeated or dropped.
_NEAR = Fraction(5, 1000)
_END_S = 10


@dataclass(frozen=True)
class Piece:
    """Consecutive frames of a shot, counted at the rate that the model gets.

    Attributes:
        first: The number of its first frame in the shot.
        frames: The number of the shot's frames in it.
        sent: The number of frames that the model gets; more if a short shot's last frame is held.
    """

    first: int
    frames: int
    sent: int


@dataclass(frozen=True)
class VideoFit:
    """How a video is made to fit.

    Attributes:
        target_format: The size and rate that the model gets.
        retime: The factor of the shot's times; None if they don't change.
        frame_rate: The shot's own rate, to which the result is brought back.
        pieces: The pieces in order; each is a job.
        changes: The changes in words.
    """

    target_format: TargetFormat
    retime: Fraction | None
    frame_rate: Fraction
    pieces: tuple[Piece, ...]
    changes: tuple[str, ...]

    def seconds(self, piece: Piece) -> Fraction:
        """The length of a piece for the model and on the bill, in seconds."""
        return piece.sent / self.target_format.frame_rate

    @property
    def needs_restoring(self) -> bool:
        """Whether the result must be joined, shortened or brought back to the shot's rate."""
        held = any(piece.sent != piece.frames for piece in self.pieces)
        return held or len(self.pieces) > 1 or self.retime is not None


def is_split(info: MediaInfo, of_long: LongVideo, limits: VideoLimits = VIDEO_INPUT) -> bool:
    """Whether a video must be split, so that its cuts are needed."""
    return of_long == "split" and info.duration > limits.max_duration


def fit_video(
    info: MediaInfo,
    of_long: LongVideo,
    cuts: Iterable[int] = (),
    limits: VideoLimits = VIDEO_INPUT,
) -> VideoFit | None:
    """Find how a video is made to fit; None if it is sent unchanged, byte for byte.

    Args:
        info: The video.
        of_long: The treatment of a shot that is too long: split it, or send its end.
        cuts: The cuts in the video, as frame numbers at the rate that the model gets.
        limits: The endpoint's limits.
    """
    changes = [*_as_coded(info, limits)]
    target_format, retime = format_for(info, limits)
    before = (info.width, info.height)
    if before != (target_format.width, target_format.height):
        changes.append(
            f"{before[0]} x {before[1]} px are made {target_format.width} x {target_format.height}"
        )
    if not info.constant_frame_rate:
        changes.append(f"its uneven frame rate is made {number_text(target_format.frame_rate)}")
    elif info.frame_rate != target_format.frame_rate:
        was, made = (
            number_text(info.frame_rate or Fraction(0)),
            number_text(target_format.frame_rate),
        )
        changes.append(f"{was} frames a second are made {made}")
    pieces, cut = _pieces(info, target_format.frame_rate, retime, of_long, cuts, limits)
    changes += cut
    if not changes:
        return None
    own = info.frame_rate if retime is not None and info.frame_rate else target_format.frame_rate
    return VideoFit(target_format, retime, own, pieces, tuple(changes))


def format_for(
    info: MediaInfo, limits: VideoLimits = VIDEO_INPUT
) -> tuple[TargetFormat, Fraction | None]:
    """Find the size and rate at which an endpoint takes a video, and the factor of its times.

    A side that is too small is enlarged to the minimum, then a side that is too large is reduced to
    the maximum; a picture that is too narrow for both gets margins.
    """
    scale = max(Fraction(1), Fraction(limits.min_side_px, min(info.width, info.height)))
    scale = min(scale, Fraction(limits.max_side_px, max(info.width, info.height)))
    width, height = (
        min(limits.max_side_px, max(limits.min_side_px, int(side * scale / 2 + Fraction(1, 2)) * 2))
        for side in (info.width, info.height)
    )
    if scale == 1:
        width, height = max(limits.min_side_px, info.width // 2 * 2), info.height // 2 * 2
        height = max(limits.min_side_px, height)
    rate, retime = _rate(info, limits)
    return TargetFormat(width, height, rate), retime


def _rate(info: MediaInfo, limits: VideoLimits) -> tuple[Fraction, Fraction | None]:
    rate, least, most = info.frame_rate or Fraction(1), limits.min_frame_rate, limits.max_frame_rate
    if not info.constant_frame_rate:
        return min(most, max(least, info.film_rate or rate)), None
    if least <= rate <= most:
        return rate, None
    if rate > most:
        return rate / ceil(rate / most), None
    if least / rate - 1 <= _NEAR:
        return least, rate / least
    return rate * ceil(least / rate), None


def _as_coded(info: MediaInfo, limits: VideoLimits) -> list[str]:
    changes = []
    if info.container not in limits.containers or info.codec not in _CODECS:
        changes.append(f"{info.codec} in {info.container} is made h264 in mp4")
    elif info.pixel_format not in _PIXEL_FORMATS:
        changes.append(f"{info.pixel_format} is made yuv420p")
    if info.size_bytes > limits.max_bytes:
        size_mb, most_mb = info.size_bytes / 10**6, limits.max_bytes / 10**6
        changes.append(f"{size_mb:.0f} MB are made less than {most_mb:.0f}")
    return changes + as_shown(info)


def _pieces(
    info: MediaInfo,
    rate: Fraction,
    retime: Fraction | None,
    of_long: LongVideo,
    cuts: Iterable[int],
    limits: VideoLimits,
) -> tuple[tuple[Piece, ...], list[str]]:
    """Make the pieces for the model, and describe the change."""
    frames = info.frames if retime is not None else info.frames_at(rate)
    seconds = number_text(frames / rate)
    if frames < (least := ceil(limits.min_duration * rate)):
        held = number_text(least / rate)
        return (Piece(0, frames, least),), [f"its last frame is held, {seconds} s to {held} s"]
    if frames <= limits.max_duration * rate:
        return (Piece(0, frames, frames),), []
    if of_long == "end":
        shown = int(min(Fraction(_END_S), limits.max_duration) * rate)
        said = f"the last {number_text(shown / rate)} s of its {seconds} s are shown to the model"
        return (Piece(frames - shown, shown, shown),), [said]
    bounds = split(frames, rate, PieceLimits(limits.min_duration, limits.max_duration), cuts)
    pieces = tuple(Piece(begin, end - begin, end - begin) for begin, end in bounds)
    lengths = " + ".join(number_text(piece.frames / rate) for piece in pieces)
    return pieces, [f"its {seconds} s are cut into {len(pieces)} pieces, {lengths} s"]


# Models scale larger pictures down, and their files are too large.
_LARGEST_SIDE_PX = 4096


@dataclass(frozen=True)
class ImageFit:
    """How an image is made to fit: its new size, and the change in words."""

    canvas: Canvas
    changes: tuple[str, ...]


def fit_image(info: MediaInfo, limits: ImageLimits = IMAGE_INPUT) -> ImageFit | None:
    """Find how an image is made to fit; None if it is sent unchanged, byte for byte."""
    changes = []
    if info.size_bytes > limits.max_bytes:
        changes.append(
            f"{info.size_bytes / 10**6:.1f} MB are made less than {limits.max_bytes / 10**6:g}"
        )
    if info.mirrored:
        changes.append("it is mirrored, as players show it")
    if info.rotation:
        changes.append(f"it is turned upright by {info.rotation} degrees")
    canvas = _canvas(info, limits, shrink=bool(changes))
    if (canvas.inner_width, canvas.inner_height) != (info.width, info.height):
        changes.append(
            f"{info.width} x {info.height} px are made {canvas.inner_width} x {canvas.inner_height}"
        )
    if (canvas.width, canvas.height) != (canvas.inner_width, canvas.inner_height):
        changes.append(f"margins make it {canvas.width} x {canvas.height}")
    return ImageFit(canvas, tuple(changes)) if changes else None


def _canvas(info: MediaInfo, limits: ImageLimits, *, shrink: bool) -> Canvas:
    scale = Fraction(1)
    if shrink:
        scale = min(scale, Fraction(_LARGEST_SIDE_PX, max(info.width, info.height)))
    # The shorter side of the picture after margins are added.
    shortest = min(
        max(Fraction(info.width), info.height * limits.min_ratio),
        max(Fraction(info.height), info.width / limits.max_ratio),
    )
    scale = max(scale, limits.min_side_px / shortest)
    width, height = max(1, round(info.width * scale)), max(1, round(info.height * scale))
    return Canvas(
        width=max(width, ceil(height * limits.min_ratio), limits.min_side_px),
        height=max(height, ceil(width / limits.max_ratio), limits.min_side_px),
        inner_width=width,
        inner_height=height,
    )
