"""What a step uses of its media: which stretch, and whether the picture, the sound, or both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from pydantic import BaseModel

from shotgraph.endpoints.endpoint import Endpoint
from shotgraph.making.local_jobs import ConformClipArguments, RejoinArguments
from shotgraph.media.findings import WHOLE, Span
from shotgraph.media.info import MediaInfo
from shotgraph.media.target_format import format_of
from shotgraph.model.fields import media_in
from shotgraph.model.references import MediaRef
from shotgraph.model.walk import FieldPath
from shotgraph.spec import FrameArguments, SoundtrackArguments, TrimArguments

Infos = Mapping[MediaRef, MediaInfo]
"""What the media are, as far as that is known."""


@dataclass(frozen=True)
class Use:
    """What is used of one medium.

    Attributes:
        path: The field in which it stands.
        ref: The medium.
        span: Which seconds.
        streams: picture, sound, or both.
        audio_track: Which of several sound tracks, from 1.
    """

    path: FieldPath
    ref: MediaRef
    span: Span = WHOLE
    streams: frozenset[str] = frozenset({"picture", "sound"})
    audio_track: int | None = None


_PICTURE, _SOUND = frozenset({"picture"}), frozenset({"sound"})


def uses_of(arguments: BaseModel, infos: Infos, endpoint: Endpoint | None = None) -> Iterator[Use]:
    """What a step's arguments use of each video and sound whose length is known.

    Args:
        arguments: Of a step, or of a job that makes a medium fit.
        infos: What is known of the media.
        endpoint: That draws it, if one does.
    """
    track = getattr(arguments, "audio_track", None)
    for path, _, ref in media_in(arguments):
        info = infos.get(ref)
        if info is None or info.kind == "image":
            continue
        if isinstance(arguments, SoundtrackArguments):
            if (use := _of_soundtrack(arguments, path, ref, infos)) is not None:
                yield use
        elif isinstance(arguments, RejoinArguments):
            yield Use(path, ref, streams=_of_rejoined(arguments, path))
        else:
            streams = _PICTURE if _is_silent(arguments) else _PICTURE | _SOUND
            yield Use(path, ref, _span(arguments, info, endpoint), streams, track)


def _span(arguments: BaseModel, info: MediaInfo, endpoint: Endpoint | None) -> Span:
    limits = endpoint.limits if endpoint is not None else None
    if endpoint is not None and limits is not None and endpoint.long_video == "end":
        return Span(max(info.duration - limits.video.max_duration, Fraction(0)))
    if isinstance(arguments, TrimArguments):
        return Span(arguments.start, arguments.start + arguments.length())
    if isinstance(arguments, ConformClipArguments):
        rate, retime = arguments.frame_rate, arguments.retime or 1
        end = (arguments.first + arguments.frames) / rate / retime
        return Span(arguments.first / rate / retime, min(end, info.duration))
    if isinstance(arguments, FrameArguments) and info.frame_rate is not None:
        number = {"first": 0, "last": info.frames - 1}.get(str(arguments.at), arguments.at)
        begin = int(number) / format_of(info).frame_rate
        if not info.constant_frame_rate:
            # Where it is, is known only when its times are read.
            return WHOLE
        return Span(begin, begin + 1 / info.frame_rate)
    return WHOLE


def _is_silent(arguments: BaseModel) -> bool:
    """Whether a step takes nothing of the sound of its clips."""
    if isinstance(arguments, ConformClipArguments):
        return not arguments.with_sound
    return isinstance(arguments, FrameArguments) or getattr(arguments, "keep_audio", True) is False


def _of_soundtrack(
    arguments: SoundtrackArguments, path: FieldPath, ref: MediaRef, infos: Infos
) -> Use | None:
    if path == ("video",):
        streams = _PICTURE if arguments.mode == "replace" else _PICTURE | _SOUND
        return Use(path, ref, WHOLE, streams, arguments.audio_track)
    film = infos.get(arguments.video)
    if film is None:
        return None
    length = max(film.duration - arguments.start, Fraction(0))
    return Use(path, ref, Span(Fraction(0), None if arguments.loop else length), _SOUND)


def _of_rejoined(arguments: RejoinArguments, path: FieldPath) -> frozenset[str]:
    if path == ("sound_of",):
        return _SOUND
    return _PICTURE if arguments.sound_of is not None else _PICTURE | _SOUND
