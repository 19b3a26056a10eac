"""What a local step will do to its clips, as far as that is known before it runs."""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.target_format import (
    TargetFormat,
    WantedFormat,
    choose_format,
    format_of,
)
from shotgraph.media.treatment import (
    as_shown,
    clip_lines,
    film_line,
    picture_changes,
    track_choice,
)
from shotgraph.spec import ConcatArguments, FrameArguments, SoundtrackArguments, TrimArguments


def foreseen(arguments: BaseModel, infos: Sequence[MediaInfo | None]) -> list[str]:
    """Say what a step will make of its clips: first the film, then each clip that is changed.

    Args:
        arguments: The step's.
        infos: Of the media that it takes, in order; None for one that is not there yet.
    """
    clips = [info if info is not None and info.kind == "video" else None for info in infos]
    if not clips:
        return []
    match arguments:
        case ConcatArguments():
            return _of_concat(arguments, clips)
        case TrimArguments() if clips[0] is not None:
            target = format_of(clips[0])
            changes = picture_changes(clips[0], target, arguments.background)
            return [film_line(target), *clip_lines({1: changes + _tracks(clips[0], arguments)})]
        case FrameArguments() if clips[0] is not None:
            return clip_lines({1: as_shown(clips[0], arguments.background)})
        case SoundtrackArguments() if clips[0] is not None:
            return clip_lines({1: _tracks(clips[0], arguments)})
        case _:
            return []


def _of_concat(arguments: ConcatArguments, clips: Sequence[MediaInfo | None]) -> list[str]:
    pixel_format = (arguments.format and arguments.format.coded().pixel_format) or "yuv420p"
    known = {number: info for number, info in enumerate(clips, start=1) if info is not None}
    target = _target(arguments, known.values()) if len(known) == len(clips) else None
    changes = {
        number: [
            *picture_changes(info, target, arguments.background, pixel_format),
            *_tracks(info, arguments),
        ]
        for number, info in known.items()
    }
    return [*([film_line(target)] if target is not None else []), *clip_lines(changes)]


def _target(arguments: ConcatArguments, clips: Iterable[MediaInfo]) -> TargetFormat | None:
    given = arguments.format
    wanted = WantedFormat(given.width, given.height, given.fps) if given is not None else None
    try:
        return choose_format(list(clips), wanted)
    except MediaError:  # the run says what is wrong with it
        return None


def _tracks(info: MediaInfo, arguments: BaseModel) -> list[str]:
    """Which sound is heard; nothing of what somebody chose by its number."""
    if info.audio is None or getattr(arguments, "audio_track", None) is not None:
        return []
    return track_choice(info.audio)
