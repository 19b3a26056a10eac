"""Find requests of steps beyond the end or the edge of a video, before anything is bought.

A file's length is known to the frame, and so is the length of a video that this machine makes of
files. A video of a model has about the length that was asked for. A request beyond this length is
refused; a request that fails if the model returns a frame less gives a warning.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from shotgraph.errors import MediaError
from shotgraph.graph import Node
from shotgraph.making.foretold import NOTHING, Foretold
from shotgraph.media.framing import Window
from shotgraph.media.info import MediaInfo, frames_in
from shotgraph.media.profiles import PROFILES
from shotgraph.media.reshaped import why_no_crop, why_no_frame, why_no_part, why_no_speed
from shotgraph.media.target_format import WantedFormat, choose_format, format_of
from shotgraph.media.title_timing import frames_of
from shotgraph.media.transition import too_short
from shotgraph.media.treatment import number_text
from shotgraph.model.references import LocalFile, MediaRef, StepOutput
from shotgraph.model.walk import FieldPath
from shotgraph.spec import (
    ConcatArguments,
    CropArguments,
    DeliverArguments,
    FrameArguments,
    HoldArguments,
    SoundtrackArguments,
    SpeedArguments,
    TitleArguments,
    TrimArguments,
)

# A model's video has at least so many frames a second: frames with higher numbers may be missing.
_FEWEST_A_SECOND = 24
_HALF_FRAME = Fraction(1, 48)


@dataclass(frozen=True)
class Beyond:
    """A request for a part that a video will not have, or may not have.

    Attributes:
        path: The field of the request.
        what: The request and the video's future length or size, in words.
        is_certain: Whether the part can't exist; otherwise it depends on a model's result.
    """

    path: FieldPath
    what: str
    is_certain: bool = True


@dataclass(frozen=True)
class _Video:
    """A video that a step takes, with its name in messages."""

    name: str
    is_made: bool
    known: Foretold

    def lasts(self) -> str:
        """Describe the video's length."""
        assert self.known.seconds is not None  # noqa: S101  it was compared
        long = number_text(self.known.seconds)
        if self.known.slack_s:
            return (
                f"{self.name} will last about {long} s, the length that is requested from the model"
            )
        return f"{self.name} {'will last' if self.is_made else 'lasts'} {long} s"

    def is_over_at(self, start: Fraction) -> bool:
        """Whether the video has ended at a given time, so that no part is left."""
        info, seconds = self.known.info, self.known.seconds
        if info is not None:
            rate = format_of(info).frame_rate
            return int(start * rate + Fraction(1, 2)) >= info.frames_at(rate)
        return seconds is not None and start >= seconds + self.known.slack_s

    def short_of(self, path: FieldPath, until: Fraction, asks: str) -> Iterator[Beyond]:
        """Compare the length that a step needs with the video's length.

        Args:
            path: The field of the request.
            until: The seconds that the video must have.
            asks: The request in words.
        """
        seconds, slack_s = self.known.seconds, self.known.slack_s
        if seconds is None:
            return
        if until > seconds + slack_s + _HALF_FRAME:
            yield Beyond(path, f"{asks}: {self.lasts()}")
        elif until > seconds - slack_s and slack_s:
            yield Beyond(path, f"{asks}: {self.lasts()}; {_if_less(until)}", is_certain=False)


def _if_less(until: Fraction) -> str:
    return (
        f"if the model returns less than {number_text(until)} s, this step fails after the "
        "video was paid for"
    )


def beyond(node: Node, of: Callable[[MediaRef], Foretold]) -> list[Beyond]:
    """Find a step's requests beyond the end or the edge of its videos.

    Args:
        node: The step.
        of: Gives the present or future properties of its media.
    """

    def video(ref: MediaRef) -> _Video:
        return _video(ref, of(ref))

    match node.arguments:
        case TrimArguments() as arguments:
            return list(_trim(arguments, video(arguments.video)))
        case FrameArguments() as arguments:
            return list(_frame(arguments.at, video(arguments.video)))
        case HoldArguments(video=ref, at=at) if ref is not None and at is not None:
            return list(_frame(at, video(ref)))
        case TitleArguments(video=ref) as arguments if ref is not None:
            return list(_title(arguments, video(ref)))
        case SoundtrackArguments() as arguments:
            return list(_soundtrack(arguments, video(arguments.video)))
        case ConcatArguments() as arguments:
            return list(_concat(arguments, [video(clip) for clip in arguments.clips]))
        case CropArguments() as arguments:
            return list(_crop(arguments, video(arguments.video)))
        case SpeedArguments() as arguments:
            return list(_speed(arguments, video(arguments.video)))
        case DeliverArguments() as arguments:
            return list(_deliver(arguments, video(arguments.video)))
    return []


def _video(ref: MediaRef, known: Foretold) -> _Video:
    name = ref.file.name if isinstance(ref, LocalFile) else "the video"
    if isinstance(ref, StepOutput):
        name = f"${ref.step}"
    if known.info is not None and known.info.kind != "video":  # reported elsewhere
        known = NOTHING
    return _Video(name, isinstance(ref, StepOutput), known)


def _trim(arguments: TrimArguments, of: _Video) -> Iterator[Beyond]:
    start, seconds = arguments.start, arguments.length()
    path = ("end",) if arguments.end is not None else ("seconds",)
    if of.is_over_at(start):
        path = ("start",)
    info = of.known.info
    if info is not None:
        yield from _certain(path, why_no_part(info, of.name, start=start, seconds=seconds))
        return
    asks = f"can't take {number_text(seconds)} s from {number_text(start)} s on"
    yield from of.short_of(path, start + seconds, asks)


def _frame(at: str | int, of: _Video) -> Iterator[Beyond]:
    if isinstance(at, str):
        return
    known, path = of.known, ("at",)
    if known.info is not None:
        yield from _certain(path, why_no_frame(at, known.info.frames, of.name))
        return
    if known.seconds is None:
        return
    if at >= (known.seconds + known.slack_s) * known.most_rate:
        most = f"at most {number_text(known.most_rate)} frames a second"
        yield Beyond(path, f"there is no frame {at}: {of.lasts()}, with {most}")
        return
    rate = Fraction(_FEWEST_A_SECOND)
    if known.shape is not None:
        rate = format_of(known.shape).frame_rate
    if at >= (known.seconds - known.slack_s) * rate:
        what = (
            f"there may be no frame {at}: {of.lasts()}, which is {frames_in(known.seconds, rate)} "
            f"frames at {number_text(rate)} a second; without that frame, this step fails after "
            "the video was paid for"
        )
        yield Beyond(path, what, is_certain=False)


def _title(arguments: TitleArguments, of: _Video) -> Iterator[Beyond]:
    timing, info = arguments.timing(), of.known.info
    path = _title_field(arguments, of)
    if info is not None:
        rate = format_of(info).frame_rate
        try:
            frames_of(timing, rate, info.frames_at(rate))
        except MediaError as error:
            yield Beyond(path, f"{of.name}: {error.message}")
        return
    start = number_text(timing.start)
    fades = timing.fade_in + timing.fade_out
    if timing.seconds is None:
        asks = f"a title from {start} s on doesn't fit"
        if fades:
            asks += f" with its fades of {number_text(fades)} s"
        yield from of.short_of(path, timing.start + max(fades, 2 * _HALF_FRAME), asks)
        return
    until = timing.start + timing.seconds
    asks = f"a title from {start} s to {number_text(until)} s doesn't fit"
    yield from of.short_of(path, until, asks)


def _title_field(arguments: TitleArguments, of: _Video) -> FieldPath:
    """Find the field of a title that asks too much: its start, its length, or a fade."""
    if of.is_over_at(arguments.start):
        return ("start",)
    if arguments.seconds is not None:
        return ("seconds",)
    return ("fade_out",) if arguments.fade_out else ("fade_in",)


def _soundtrack(arguments: SoundtrackArguments, of: _Video) -> Iterator[Beyond]:
    start, path = arguments.start, ("start",)
    asks = f"the sound can't begin at {number_text(start)} s"
    if of.known.info is not None:
        if start >= of.known.info.duration:
            yield Beyond(path, f"{asks}: {of.lasts()}")
    elif start:
        yield from of.short_of(path, start + 2 * _HALF_FRAME, asks)


def _concat(arguments: ConcatArguments, clips: list[_Video]) -> Iterator[Beyond]:
    transition = arguments.transition
    if transition.kind == "cut" or len(clips) < 2:
        return
    asks = f"a {transition.kind} of {number_text(transition.seconds)} s needs longer clips"
    infos = [clip.known.info for clip in clips]
    sure = [info for info in infos if info is not None]
    rate = _rate_of(arguments, sure) if len(sure) == len(infos) else None
    if rate is not None:
        overlap = frames_in(transition.seconds, rate)
        for wrong in too_short([info.frames_at(rate) for info in sure], overlap):
            said = f"{asks}: {clips[wrong.clip].lasts()}, and at most {wrong.most} frames overlap"
            if wrong.both:
                long = number_text(wrong.most / rate)
                said += f" at each of its ends ({long} s); two of {overlap} need {2 * overlap}"
            yield Beyond(("clips", wrong.clip), said)
        return
    for number, clip in enumerate(clips):
        # At least one frame of each clip must be outside the transitions.
        until, said = transition.seconds + 2 * _HALF_FRAME, asks
        if 0 < number < len(clips) - 1:
            until = max(until, 2 * transition.seconds)
            said = f"{asks}, {number_text(2 * transition.seconds)} s with one at each end"
        yield from clip.short_of(("clips", number), until, said)


def _rate_of(arguments: ConcatArguments, clips: list[MediaInfo]) -> Fraction | None:
    given = arguments.format
    wanted = WantedFormat(given.width, given.height, given.fps) if given is not None else None
    try:
        return choose_format(clips, wanted).frame_rate
    except MediaError:  # the run reports the error
        return None


def _crop(arguments: CropArguments, of: _Video) -> Iterator[Beyond]:
    window, known = arguments.window(), of.known
    if known.info is not None:
        wrong = why_no_crop(known.info, of.name, window)
        yield from _certain(_side(window, known.info), wrong)
    elif known.shape is not None:
        wrong = why_no_crop(known.shape, of.name, window)
        if wrong is not None:
            what = (
                f"{wrong}, if the model keeps the size of its input. In that case this step fails"
            )
            path = _side(window, known.shape)
            yield Beyond(path, f"{what} after the video was paid for", is_certain=False)


def _side(window: Window, info: MediaInfo) -> FieldPath:
    """Find the field of a rectangle that asks too much."""
    if window.aspect_ratio is not None:
        return ("aspect_ratio",)
    across, down = replace(window, height=None, top=None), replace(window, width=None, left=None)
    for field, part in (
        ("width", replace(across, left=None)),
        ("height", replace(down, top=None)),
        ("left", across),
        ("top", down),
    ):
        if why_no_crop(info, "", part) is not None:
            return (field,)
    return ("width",)


def _speed(arguments: SpeedArguments, of: _Video) -> Iterator[Beyond]:
    if of.known.info is not None:
        wrong = why_no_speed(of.known.info, of.name, arguments.factor)
        yield from _certain(("factor",), wrong)


def _deliver(arguments: DeliverArguments, of: _Video) -> Iterator[Beyond]:
    least, most = PROFILES[arguments.profile].seconds
    asks = f"{arguments.profile} takes films of {least} to {most} s"
    known = of.known
    if known.seconds is None:
        return
    if known.seconds - known.slack_s > most:
        yield Beyond((), f"{asks}: {of.lasts()}")
    yield from of.short_of((), Fraction(least), asks)


def _certain(path: FieldPath, wrong: str | None) -> Iterator[Beyond]:
    if wrong is not None:
        yield Beyond(path, wrong)
