"""Describe the treatment of clips by local steps before a run: sizes, rates, colours, sound."""

from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel

from shotgraph.errors import MediaError
from shotgraph.media.colours import has_sd_matrix
from shotgraph.media.held import frame_words, held_frames, hold_words, still_format, still_words
from shotgraph.media.info import AudioInfo, MediaInfo
from shotgraph.media.profiles import GIVES_WAY, IN_SILENCE, PROFILES, STAYS_SILENT, Profile
from shotgraph.media.quality.thresholds import MOST_REPEATED
from shotgraph.media.reshaped import crop_words, speed_words
from shotgraph.media.sound import CHANNELS, SAMPLE_RATE_HZ, film_sound
from shotgraph.media.target_format import (
    TargetFormat,
    WantedFormat,
    choose_format,
    format_of,
)
from shotgraph.media.title_timing import frames_of, title_words
from shotgraph.media.treatment import (
    SILENT,
    as_shown,
    clip_lines,
    film_line,
    picture_changes,
    sound_changes,
)
from shotgraph.model.fields import media_in
from shotgraph.spec import (
    ConcatArguments,
    ContinuedArguments,
    CropArguments,
    DeliverArguments,
    FrameArguments,
    HoldArguments,
    SoundtrackArguments,
    SpeedArguments,
    TitleArguments,
    TrimArguments,
)
from shotgraph.spec.picture_arguments import framing_of


def foreseen(
    arguments: BaseModel,
    infos: Sequence[MediaInfo | None],
    likely: Sequence[MediaInfo | None] = (),
) -> list[str]:
    """Describe a local step's result: first the film, then each clip that is changed.

    Args:
        arguments: The step's arguments.
        infos: The properties of its media, in order; None for a medium that does not exist yet.
        likely: The probable properties of its media, also of those that do not exist yet.
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
            return [film_line(target), *clip_lines({1: changes + _sound(clips[0], arguments)})]
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
            tracks = _sound(clips[0], arguments) if arguments.sound == "keep" else []
            return [film_line(format_of(clips[0])), *clip_lines({1: said + tracks})]
        case SoundtrackArguments() if clips[0] is not None:
            return clip_lines({1: _under_sound(arguments, clips[0], next(iter(infos[1:]), None))})
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
    """Describe the changes of the sound; for an unknown film, as far as they are certain."""
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
    except MediaError:  # the run reports the error
        return []
    said = crop_words(clip, window, arguments.background) + _sound(clip, arguments)
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
    except MediaError:  # the run reports the error
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
        said = picture_changes(clip, target, arguments.background) + _sound(clip, arguments)
    try:
        frames = frames_of(arguments.timing(), target.frame_rate, length)
    except MediaError:  # the run reports the error
        return []
    return [film_line(target), *clip_lines({1: said + title_words(frames)})]


_WIDEST = "5.1"
"""The layout with the most channels that a film can have."""
_LIKELY = "if the model keeps the shape of its input"


CONTINUING = (
    f"up to {MOST_REPEATED} frames are removed at the start, if they repeat the end of the "
    "previous shot"
)
_MATCHING = (
    "clips that continue the previous clip are matched to its colours, and coded; hard cuts are "
    "not changed"
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
    said = _said_format(arguments)
    target = said or (_target(arguments, guessed) if len(guessed) == len(clips) else None)
    framing = framing_of(arguments.fit, arguments.focus, arguments.background)
    pictures = {
        number: picture_changes(
            info,
            target,
            arguments.background,
            pixel_format,
            framing,
            is_in_sd=_may_be_in_sd(arguments, known.values(), target),
        )
        for number, info in known.items()
    }
    heard = _sounds(known, arguments, is_whole=is_sure)
    matching = [_MATCHING] if arguments.match is not None and len(clips) > 1 else []
    if target is None or said or is_sure:
        film = [film_line(target)] if target is not None else []
        changes = {number: pictures[number] + heard[number] for number in known}
        return [*film, *clip_lines(changes), *matching]
    likely_lines = [f"{line}; {_LIKELY}" for line in clip_lines(pictures)]
    return [*likely_lines, *clip_lines(heard), *matching]


def _may_be_in_sd(
    arguments: ConcatArguments, clips: Iterable[MediaInfo], target: TargetFormat | None
) -> bool:
    """Whether a film may have the colours of SD, because clips with these may be copied into it."""
    if arguments.transition.kind != "cut":
        return False
    return any(
        has_sd_matrix(info)
        and info.codec in ("h264", "hevc")
        and info.pixel_format == "yuv420p"
        and (target is None or format_of(info) == target)
        for info in clips
    )


def _sounds(
    clips: Mapping[int, MediaInfo], arguments: BaseModel, *, is_whole: bool
) -> dict[int, list[str]]:
    """Describe the changes of each clip's sound, as far as they are known.

    Args:
        clips: The known clips by their numbers.
        arguments: The step's arguments.
        is_whole: Whether all clips are known; otherwise the film may have a wider layout.
    """
    film = film_sound(clips.values())
    is_open = not is_whole or any(_is_chosen(info, arguments) for info in clips.values())
    known = not is_open or (film is not None and film.layout == _WIDEST)
    return {
        number: _of_sound(info, arguments, film, layout_is_known=known)
        for number, info in clips.items()
    }


def _sound(info: MediaInfo, arguments: BaseModel) -> list[str]:
    """Describe the changes of a single clip's sound."""
    return _sounds({1: info}, arguments, is_whole=True)[1]


def _under_sound(
    arguments: SoundtrackArguments, film: MediaInfo, laid: MediaInfo | None
) -> list[str]:
    """Describe the changes of a film's own sound when another sound is laid over it."""
    if film.audio is not None and arguments.mode == "replace":
        return []
    known = {number: one for number, one in enumerate((film, laid), start=1) if one is not None}
    heard = _sounds(known, arguments, is_whole=laid is not None)[1]
    return heard if film.audio is not None else [SILENT]


def _of_sound(
    info: MediaInfo, arguments: BaseModel, film: AudioInfo | None, *, layout_is_known: bool = False
) -> list[str]:
    if info.audio is not None and _is_chosen(info, arguments):
        return []
    if film is not None and info.audio is not None and not layout_is_known:
        film = film.model_copy(update={"channels": info.audio.channels})
    return sound_changes(info, film)


def _is_chosen(info: MediaInfo, arguments: BaseModel) -> bool:
    """Whether one of several tracks is chosen: the layout of that track is not known here."""
    has_several = info.audio is not None and info.audio.tracks > 1
    return has_several and getattr(arguments, "audio_track", None) is not None


def _said_format(arguments: ConcatArguments) -> TargetFormat | None:
    """Give the film's format if the file names its size and its rate; otherwise None."""
    said = arguments.format
    if said is None or said.width is None or said.height is None or said.fps is None:
        return None
    return TargetFormat(said.width, said.height, said.fps)


def _target(arguments: ConcatArguments, clips: Iterable[MediaInfo]) -> TargetFormat | None:
    given = arguments.format
    wanted = WantedFormat(given.width, given.height, given.fps) if given is not None else None
    try:
        return choose_format(list(clips), wanted)
    except MediaError:  # the run reports the error
        return None
