"""Predict the properties of a future video: exactly, or as they are requested from a model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from pydantic import BaseModel

from shotgraph.endpoints.arguments import KLING_O1
from shotgraph.errors import MediaError
from shotgraph.graph import Node
from shotgraph.media.held import held_frames, still_format
from shotgraph.media.info import Colour, MediaInfo, frames_in
from shotgraph.media.profiles import PROFILES
from shotgraph.media.reshaped import frames_at_speed
from shotgraph.media.sound import film_sound
from shotgraph.media.target_format import (
    FASTEST,
    USUAL,
    Coding,
    TargetFormat,
    WantedFormat,
    choose_format,
    format_of,
)
from shotgraph.media.title_timing import frames_of
from shotgraph.model.references import MediaRef
from shotgraph.money.job import chosen_seconds
from shotgraph.money.lengths import near_enough_s
from shotgraph.spec import (
    ApproveArguments,
    ConcatArguments,
    ContinuedArguments,
    CropArguments,
    DeliverArguments,
    HoldArguments,
    SoundtrackArguments,
    SpeedArguments,
    TitleArguments,
    TrimArguments,
)


@dataclass(frozen=True)
class Foretold:
    """The properties of a step's medium, as far as they are known before the step.

    Attributes:
        seconds: The length in seconds; None if unknown.
        slack_s: The difference in length that a model's result may have.
        info: The exact properties; None if a model's video is used for it.
        shape: The properties of its picture if the model keeps the shape of its input.
        most_rate: The highest possible frame rate.
    """

    seconds: Fraction | None = None
    slack_s: Fraction = Fraction(0)
    info: MediaInfo | None = None
    shape: MediaInfo | None = None
    most_rate: Fraction = Fraction(FASTEST)

    @classmethod
    def of(cls, info: MediaInfo) -> "Foretold":
        """Make the prediction for a medium that exists."""
        return cls(info.duration, info=info)


Foretell: TypeAlias = Callable[[MediaRef], Foretold]
NOTHING = Foretold()
_OF_FILMS = Colour(range="tv", space="bt709", primaries="bt709", transfer="bt709")


LengthOf: TypeAlias = Callable[[MediaRef], Fraction | None]
"""Gives the length of a video in seconds; None if unknown."""


def output_seconds(node: Node, length_of: LengthOf) -> Fraction | None:
    """Predict the length of the video that a step makes; None if unknown."""
    arguments = node.arguments
    if isinstance(arguments, TrimArguments):
        return arguments.length()
    if isinstance(arguments, ConcatArguments):
        clips = [length_of(clip) for clip in arguments.clips]
        known = [seconds for seconds in clips if seconds is not None]
        overlaps = (len(clips) - 1) * arguments.transition.seconds
        return sum(known, Fraction(0)) - overlaps if len(known) == len(clips) else None
    same = SoundtrackArguments | CropArguments | ContinuedArguments | DeliverArguments
    if isinstance(arguments, same):
        return length_of(arguments.video)
    if isinstance(arguments, SpeedArguments):
        before = length_of(arguments.video)
        return before / arguments.factor if before is not None else None
    if isinstance(arguments, HoldArguments):
        return arguments.seconds
    if isinstance(arguments, TitleArguments):
        if arguments.video is not None:
            return length_of(arguments.video)
        return arguments.start + arguments.seconds if arguments.seconds is not None else None
    if node.endpoint is None:
        return None
    return chosen_seconds(arguments) or video_seconds(node, length_of)


def video_seconds(node: Node, length_of: LengthOf) -> Fraction | None:
    """Give the length of the first video that a step takes; None if it has none, or unknown."""
    known = [length_of(ref) for _, kind, ref in node.media() if kind == "video"]
    return known[0] if known else None


def foretold(node: Node, of: Foretell, seconds: Fraction | None) -> Foretold:
    """Predict the properties of a step's result.

    Args:
        node: The step; its result does not exist yet.
        of: Gives the properties of its media.
        seconds: The length of its video, if known.
    """
    videos = [of(ref) for _, kind, ref in node.media() if kind == "video"]
    first = videos[0] if videos else NOTHING
    if node.endpoint is not None:
        return _drawn(node, first, seconds)
    if node.kind.name == "pick":  # any of the takes
        slack_s = max(one.slack_s for one in videos)
        return Foretold(seconds, slack_s, None, first.shape, first.most_rate)
    info = _made(node.arguments, of)
    if info is not None:
        return Foretold(info.duration, info=info)
    match node.arguments:
        case ConcatArguments():
            return Foretold(seconds, sum((one.slack_s for one in videos), Fraction(0)))
        case SpeedArguments(factor=factor):
            return Foretold(seconds, first.slack_s / factor, None, first.shape, first.most_rate)
        case TrimArguments() | HoldArguments():
            return Foretold(seconds, Fraction(0), None, first.shape, first.most_rate)
        case TitleArguments(video=None):
            return Foretold(seconds, shape=first.info or first.shape, most_rate=first.most_rate)
        case ContinuedArguments():  # repeated first frames are removed
            slack_s = first.slack_s + (near_enough_s(seconds) if seconds else 0)
            return Foretold(seconds, slack_s, None, first.shape, first.most_rate)
        case CropArguments() | DeliverArguments():
            return Foretold(seconds, first.slack_s, most_rate=first.most_rate)
        case _:
            return Foretold(seconds, first.slack_s, None, first.shape, first.most_rate)


def _drawn(node: Node, first: Foretold, seconds: Fraction | None) -> Foretold:
    assert node.endpoint is not None  # noqa: S101  a model draws it
    limits, shape = (node.endpoint.limits or KLING_O1).video, first.info or first.shape
    if node.endpoint.limits is None:  # only the length of its result is known
        return Foretold(seconds, near_enough_s(seconds) if seconds else Fraction(0))
    # A video that is too small or too large is made to fit, and comes back in the new size.
    keeps = (
        node.endpoint.repaints
        and shape is not None
        and shape.kind == "video"
        and limits.min_side_px <= min(shape.width, shape.height)
        and max(shape.width, shape.height) <= limits.max_side_px
    )
    slack_s = Fraction(0) if seconds is None else near_enough_s(seconds)
    if node.endpoint.repaints:
        slack_s += first.slack_s
    return Foretold(seconds, slack_s, None, shape if keeps else None, limits.max_frame_rate)


def _made(arguments: BaseModel, of: Foretell) -> MediaInfo | None:
    """Predict the result of a local step from exactly known media; None if they are not known."""
    try:
        match arguments:
            case ConcatArguments():
                return _joined(arguments, [of(clip).info for clip in arguments.clips])
            case HoldArguments():
                return _held(arguments, of)
            case TitleArguments():
                return _titled(arguments, of)
            case SoundtrackArguments():
                return _under_sound(arguments, of)
            case TrimArguments() | CropArguments() | SpeedArguments():
                info = of(arguments.video).info
                return _of_one(arguments, info) if info is not None else None
            case DeliverArguments():
                return _delivered(arguments, of)
            case ApproveArguments(video=video) if video is not None:
                return of(video).info
            case _:
                return None
    except MediaError:  # the step can't be made; this is reported elsewhere
        return None


def _of_one(
    arguments: TrimArguments | CropArguments | SpeedArguments, info: MediaInfo
) -> MediaInfo | None:
    target = format_of(info)
    match arguments:
        case TrimArguments():
            return _as(target, frames_in(arguments.length(), target.frame_rate), [info])
        case SpeedArguments():
            heard = [info] if arguments.sound == "keep" else []
            return _as(target, frames_at_speed(info, arguments.factor), heard)
        case CropArguments():
            box = arguments.window().box(target.width, target.height)
            target = TargetFormat(box.width, box.height, target.frame_rate)
            return _as(target, info.frames_at(target.frame_rate), [info])


def _under_sound(arguments: SoundtrackArguments, of: Foretell) -> MediaInfo | None:
    film, laid = of(arguments.video).info, of(arguments.sound()).info
    if film is None or not film.constant_frame_rate:  # an uneven picture is copied or made even
        return None
    kept = [] if arguments.mode == "replace" else [film]
    sound = film_sound([*kept, *([laid] if laid is not None else [])])
    sound = sound and sound.model_copy(update={"duration": film.duration})
    return film.model_copy(update={"audio": sound})


def _joined(arguments: ConcatArguments, infos: Sequence[MediaInfo | None]) -> MediaInfo | None:
    clips = [info for info in infos if info is not None]
    if len(clips) < len(infos):
        return None
    given = arguments.format
    wanted = WantedFormat(given.width, given.height, given.fps) if given is not None else None
    target = choose_format(clips, wanted)
    rate, transition = target.frame_rate, arguments.transition
    overlap = 0 if transition.kind == "cut" else frames_in(transition.seconds, rate)
    frames = sum(clip.frames_at(rate) for clip in clips) - overlap * (len(clips) - 1)
    return _as(target, frames, clips, given.coded() if given is not None else USUAL)


def _held(arguments: HoldArguments, of: Foretell) -> MediaInfo | None:
    seen = of(arguments.seen()).info
    like = of(arguments.like).info if arguments.like is not None else None
    if seen is None or (arguments.like is not None and like is None):
        return None
    if arguments.video is not None:
        target = format_of(seen)
    else:
        target = still_format(seen, like, arguments.wanted())
    return _as(target, held_frames(arguments.seconds, target.frame_rate), [])


def _titled(arguments: TitleArguments, of: Foretell) -> MediaInfo | None:
    ref = arguments.video if arguments.video is not None else arguments.like
    clip = of(ref).info if ref is not None else None
    target = arguments.said_format() or (format_of(clip) if clip is not None else None)
    if target is None:
        return None
    if arguments.video is not None:
        return _as(target, clip.frames_at(target.frame_rate), [clip]) if clip is not None else None
    shown = frames_of(arguments.timing(), target.frame_rate, None)
    return _as(target, shown.first + shown.count, [])


def _delivered(arguments: DeliverArguments, of: Foretell) -> MediaInfo | None:
    film = of(arguments.video).info
    if film is None:
        return None
    profile = PROFILES[arguments.profile]
    target = profile.target(film)
    return _as(target, film.frames_at(target.frame_rate), [film], profile.coding)


def _as(
    target: TargetFormat, frames: int, heard: Sequence[MediaInfo], coding: Coding = USUAL
) -> MediaInfo | None:
    """Describe a future video with `frames` frames and the sound of the clips in `heard`.

    It has an even rate, is upright and in SDR, whatever its sources; its size is not known yet.
    """
    if frames < 1:
        return None
    sound, seconds = film_sound(heard), frames / target.frame_rate
    return MediaInfo(
        kind="video",
        container=coding.container,
        codec=coding.codec,
        width=target.width,
        height=target.height,
        pixel_format=coding.pixel_format,
        rotation=0,
        sample_aspect_ratio=Fraction(1),
        frame_rate=target.frame_rate,
        constant_frame_rate=True,
        frames=frames,
        duration=seconds,
        time_base=None,
        size_bytes=0,
        audio=sound and sound.model_copy(update={"duration": seconds}),
        colour=_OF_FILMS,
        transparent=coding.keeps_alpha and any(clip.transparent for clip in heard),
    )
