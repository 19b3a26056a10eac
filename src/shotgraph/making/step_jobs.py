"""The jobs of steps: a step with checked arguments, and the jobs that this machine does itself.

Also what a local step will do to its clips, as far as that is known.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from shotgraph.endpoints import Endpoint
from shotgraph.errors import MediaError
from shotgraph.keys import Key, content_key
from shotgraph.making.codings import has_final_coding
from shotgraph.media.held import frame_words, held_frames, hold_words, still_format, still_words
from shotgraph.media.info import MediaInfo
from shotgraph.media.profiles import GIVES_WAY, IN_SILENCE, PROFILES, STAYS_SILENT, Profile
from shotgraph.media.quality.thresholds import MOST_REPEATED
from shotgraph.media.reshaped import crop_words, speed_words
from shotgraph.media.sound import CHANNELS, SAMPLE_RATE_HZ
from shotgraph.media.target_format import (
    TargetFormat,
    WantedFormat,
    choose_format,
    format_of,
)
from shotgraph.media.title_timing import frames_of, title_words
from shotgraph.media.treatment import (
    as_shown,
    clip_lines,
    film_line,
    picture_changes,
    sound_before,
    sound_behind,
    sound_changes,
    track_choice,
)
from shotgraph.model.fields import media_in
from shotgraph.model.references import Asset, Image, Video
from shotgraph.money.job import Job, fal_job
from shotgraph.spec import (
    AS_USUAL,
    Checking,
    ConcatArguments,
    ContinuedArguments,
    CropArguments,
    DeliverArguments,
    FrameArguments,
    HoldArguments,
    OnLength,
    SoundtrackArguments,
    SpeedArguments,
    TitleArguments,
    TrimArguments,
)
from shotgraph.spec.document import dotted
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.spec.picture_arguments import framing_of


class _FittingArguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConformClipArguments(_FittingArguments):
    """A part of a clip in another form; as for `shotgraph.media.conform.conform_clip`."""

    video: Video
    width: int
    height: int
    frame_rate: Fraction
    first: int
    frames: int
    retime: Fraction | None = None
    with_sound: bool | None = None


class ConformImageArguments(_FittingArguments):
    """An image in another form; as for `shotgraph.media.conform.conform_image`."""

    image: Image
    width: int
    height: int
    inner_width: int
    inner_height: int
    most_bytes: int


class RejoinArguments(_FittingArguments):
    """Repainted pieces of a shot, and the shot's own length, rate and sound."""

    pieces: list[Video]
    frames: list[int]
    sent: list[int]
    frame_rate: Fraction
    sound_of: Video | None = None


Fitting: TypeAlias = ConformClipArguments | ConformImageArguments | RejoinArguments


RECIPE_VERSION = 2
"""Increased when a recipe makes other output than before. ffmpeg's version is not in the key: a
clip with other bytes would be a new input of every paid step after it."""
_NAMED_VERSION = 1
"""Of the names by which paid jobs call what was made to fit. It stays: a job that was bought with
what an older recipe made is bought once."""


@dataclass(frozen=True)
class LocalJob:
    """A job; every medium in its arguments is an asset.

    Attributes:
        is_final: Whether nothing that is paid for is made of its result: as `Node.is_final`.
    """

    step: str
    kind: str
    arguments: BaseModel
    is_final: bool = False

    @property
    def recipe(self) -> str:
        """The recipe's name and version, and which coding it takes if that is not the usual one."""
        usual = f"local/{self.kind}@{RECIPE_VERSION}"
        return f"{usual}/final" if self.is_final and has_final_coding(self.arguments) else usual

    @cached_property
    def key(self) -> Key:
        """Its content key."""
        return content_key(self.recipe, self.arguments)

    @property
    def found_as(self) -> Sequence[Key]:
        """The keys under which its result may be: what was made with the usual coding, before
        something else was done with the film or by an older shotgraph, is not made again."""
        return tuple(dict.fromkeys([self.key, replace(self, is_final=False).key]))

    @property
    def name(self) -> Key:
        """What the keys of paid jobs have in place of the bytes that it makes."""
        return content_key(f"local/{self.kind}@{_NAMED_VERSION}", self.arguments)


async def with_location(
    error: MediaError, job: LocalJob | Job, file_of: Callable[[Asset], Awaitable[Path]]
) -> MediaError:
    """Name the step and the field (``clips[1]``) in an error, in place of a path in the store."""
    said = error.message
    for path, _, ref in media_in(job.arguments):
        if isinstance(ref, Asset) and ref.sha256 in said:
            file = await file_of(ref)
            said = said.replace(str(file), dotted(path)).replace(file.name, dotted(path))
    return MediaError(f"{job.step}: {said}")


def foreseen(
    arguments: BaseModel,
    infos: Sequence[MediaInfo | None],
    likely: Sequence[MediaInfo | None] = (),
) -> list[str]:
    """Say what a step will make of its clips: first the film, then each clip that is changed.

    Args:
        arguments: The step's.
        infos: Of the media that it takes, in order; None for one that is not there yet.
        likely: What those will look like that are not there yet, as far as that can be guessed.
    """
    if isinstance(arguments, HoldArguments):
        return _of_hold(arguments, infos)
    if isinstance(arguments, TitleArguments):
        return _of_title(arguments, infos)
    if isinstance(arguments, ContinuedArguments):
        return [CONTINUING]
    clips = [info if info is not None and info.kind == "video" else None for info in infos]
    if not clips:
        return []
    match arguments:
        case ConcatArguments():
            return _of_concat(arguments, clips, likely)
        case DeliverArguments():
            return _of_delivery(arguments, clips[0], next(iter(likely), None))
        case TrimArguments() if clips[0] is not None:
            target = format_of(clips[0])
            changes = picture_changes(clips[0], target, arguments.background)
            return [film_line(target), *clip_lines({1: changes + _tracks(clips[0], arguments)})]
        case FrameArguments() if clips[0] is not None:
            return clip_lines({1: as_shown(clips[0], arguments.background)})
        case CropArguments() if clips[0] is not None:
            return _of_crop(arguments, clips[0])
        case SpeedArguments() if clips[0] is not None:
            said = speed_words(
                clips[0],
                arguments.factor,
                keeps_sound=arguments.sound == "keep",
                background=arguments.background,
            )
            tracks = _tracks(clips[0], arguments) if arguments.sound == "keep" else []
            return [film_line(format_of(clips[0])), *clip_lines({1: said + tracks})]
        case SoundtrackArguments() if clips[0] is not None:
            return clip_lines({1: _tracks(clips[0], arguments)})
        case _:
            return []


def _of_delivery(
    arguments: DeliverArguments, film: MediaInfo | None, likely: MediaInfo | None
) -> list[str]:
    profile = PROFILES[arguments.profile]
    lines = [f"…-{profile.name}{profile.suffix}, for {profile.says}"]
    guessed = film or likely
    if guessed is not None:
        target = profile.target(guessed)
        framing = framing_of(arguments.fit, arguments.focus, arguments.background)
        changes = picture_changes(guessed, target, None, profile.coding.pixel_format, framing)
        coding = profile.coding
        unsure = "" if film is not None else f"; {_LIKELY}"
        shown = [f"{film_line(target)}, {coding.codec} {coding.pixel_format}", *changes]
        lines += [f"{line}{unsure}" for line in shown]
    return [*lines, *_sound_of_delivery(profile, film)]


def _sound_of_delivery(profile: Profile, film: MediaInfo | None) -> list[str]:
    """Say what becomes of the sound; of a film that is not known, only if it has any."""
    said: list[str] = []
    if film is not None:
        layout = profile.layout(film)
        if film.audio is None or layout is None:
            return [IN_SILENCE if layout is not None else STAYS_SILENT]
        form = {"channels": CHANNELS[layout], "layout": layout, "sample_rate_hz": SAMPLE_RATE_HZ}
        said += [GIVES_WAY] if profile.has_lead_in else []
        said += sound_changes(film, film.audio.model_copy(update=form))
    if profile.loudness is not None:
        loud = profile.loudness
        whose = "its sound is" if film is not None else "its sound, if it has any, is"
        said.append(
            f"{whose} made {float(loud.lufs):g} LUFS, with true peaks of at most "
            f"{float(loud.most_peak_db):g} dBTP"
        )
    return said


def _of_crop(arguments: CropArguments, clip: MediaInfo) -> list[str]:
    given, window = format_of(clip), arguments.window()
    try:
        box = window.box(given.width, given.height)
    except MediaError:  # the run says what is wrong with it
        return []
    said = crop_words(clip, window, arguments.background) + _tracks(clip, arguments)
    film = TargetFormat(box.width, box.height, given.frame_rate)
    return [film_line(film), *clip_lines({1: said})]


def _of_hold(arguments: HoldArguments, infos: Sequence[MediaInfo | None]) -> list[str]:
    known = dict(zip((path[0] for path, _, _ in media_in(arguments)), infos, strict=True))
    given = known["video" if arguments.video is not None else "image"]
    like = known.get("like")
    if given is None or (arguments.like is not None and like is None):
        return []
    push = arguments.moved()
    if arguments.video is not None:
        if given.kind != "video":
            return []
        target, at = format_of(given), "last" if arguments.at is None else arguments.at
        said = frame_words(given, arguments.background)
        held = hold_words(held_frames(arguments.seconds, target.frame_rate), push, at=at)
        return [film_line(target), *clip_lines({1: said + held})]
    try:
        target = still_format(given, like, arguments.wanted())
    except MediaError:  # the run says what is wrong with it
        return []
    said = still_words(given, target, arguments.framing(), arguments.background)
    held = hold_words(held_frames(arguments.seconds, target.frame_rate), push)
    return [film_line(target), *clip_lines({1: said + held})]


def _of_title(arguments: TitleArguments, infos: Sequence[MediaInfo | None]) -> list[str]:
    known = dict(zip((path[0] for path, _, _ in media_in(arguments)), infos, strict=True))
    clip = known.get("video") or known.get("like")
    target = arguments.said_format()
    if target is None:
        if clip is None or clip.kind != "video":
            return []
        target = format_of(clip)
    length, said = None, []
    if arguments.video is not None and clip is not None:
        length = clip.frames_at(target.frame_rate)
        said = picture_changes(clip, target, arguments.background) + _tracks(clip, arguments)
    try:
        frames = frames_of(arguments.timing(), target.frame_rate, length)
    except MediaError:  # the run says what is wrong with it
        return []
    return [film_line(target), *clip_lines({1: said + title_words(frames)})]


_LIKELY = "as far as what is drawn keeps the shape of its input"


CONTINUING = (
    f"up to {MOST_REPEATED} frames less, if the first ones show the end of the shot before again"
)
_MATCHING = (
    "clips that continue the one before get the colours of its end, and are coded; hard cuts are "
    "left alone"
)


def _of_concat(
    arguments: ConcatArguments,
    clips: Sequence[MediaInfo | None],
    likely: Sequence[MediaInfo | None],
) -> list[str]:
    pixel_format = (arguments.format and arguments.format.coded().pixel_format) or "yuv420p"
    known = {number: info for number, info in enumerate(clips, start=1) if info is not None}
    is_sure = len(known) == len(clips)
    guessed = [one for one in (clips if is_sure else likely) if one is not None]
    target = _target(arguments, guessed) if len(guessed) == len(clips) else None
    framing = framing_of(arguments.fit, arguments.focus, arguments.background)
    changes = {
        number: [
            *picture_changes(info, target, arguments.background, pixel_format, framing),
            *_tracks(info, arguments),
        ]
        for number, info in known.items()
    }
    matching = [_MATCHING] if arguments.match is not None and len(clips) > 1 else []
    if target is None or is_sure:
        film = [film_line(target)] if target is not None else []
        return [*film, *clip_lines(changes), *matching]
    return [*(f"{line}; {_LIKELY}" for line in clip_lines(changes)), *matching]


def _target(arguments: ConcatArguments, clips: Iterable[MediaInfo]) -> TargetFormat | None:
    given = arguments.format
    wanted = WantedFormat(given.width, given.height, given.fps) if given is not None else None
    try:
        return choose_format(list(clips), wanted)
    except MediaError:  # the run says what is wrong with it
        return None


def _tracks(info: MediaInfo, arguments: BaseModel) -> list[str]:
    """Which sound is heard, and what of it is cut; not of a track that somebody chose."""
    if info.audio is None or getattr(arguments, "audio_track", None) is not None:
        return []
    return [*track_choice(info.audio), *sound_before(info), *sound_behind(info)]


@dataclass(frozen=True)
class CheckedStep:
    """A step as it is handed on: its arguments are checked once, where the file is read.

    Attributes:
        kind: The kind of step.
        arguments: Its model; media are files, URLs or assets.
        endpoint: The endpoint that does it; None for a step that this machine does itself.
        take: Which of several generations of the same job this is, from 1.
        on_length: What is done with a video that comes back in another length.
        checking: How what it makes is looked at.
        is_final: Whether nothing that is paid for is made of it: as `Node.is_final`.
    """

    kind: str
    arguments: BaseModel
    endpoint: Endpoint | None = None
    take: int = 1
    on_length: OnLength = "warn"
    checking: Checking = AS_USUAL
    is_final: bool = False

    def job(self, name: str, arguments: BaseModel, backend: str) -> Job | LocalJob | None:
        """Make its job.

        Args:
            name: The step's, for messages.
            arguments: Its own, with every asset put in that is known.
            backend: Who draws, if it is paid for.

        Returns:
            The job; None where the bytes of a medium are not known yet.
        """
        if not all(isinstance(ref, Asset) for _, _, ref in media_in(arguments)):
            return None
        if self.endpoint is None:
            return LocalJob(name, self.kind, arguments, self.is_final)
        if isinstance(arguments, FalArguments):
            return fal_job(name, arguments, self.take, backend)
        return Job(name, self.endpoint, arguments, self.take, backend)
