"""Choose the sound of a file that has several tracks."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from shotgraph.errors import MediaError
from shotgraph.media.reader import has_decoder, is_opened, opened, ratio
from shotgraph.media.source import Container

# -72 dB of full scale: dither, and silence after coding, are quieter.
_HEARD = 8
# The most seconds of a track that are decoded; a track without sound in them counts as silent.
_LISTENING_S = 600
_TWO_MONO_APART = Fraction(1, 20)


@dataclass(frozen=True)
class SoundChoice:
    """The sound tracks of a file that are used.

    Attributes:
        streams: One track, or two mono tracks: the left and the right side of a programme.
        number: The number of the first of these tracks in the file, from 1.
        tracks: The number of sound tracks in the file.
        left_out: The other tracks, in words.
    """

    streams: tuple[AudioStream, ...]
    number: int = 1
    tracks: int = 1
    left_out: tuple[str, ...] = ()


def choose_sound(
    media: InputContainer, path: Path, container: Container, *, wanted: int | None = None
) -> SoundChoice | None:
    """Choose the sound of a file: the default track, else the first track that decodes.

    Two mono tracks of uncompressed sound that are alike are the two sides of one programme, as
    cameras and editing programs write it. If the chosen track is silent, the first track with
    sound is taken instead.

    Args:
        media: The file.
        path: Its path.
        container: Its container format.
        wanted: The number of the track that the user chose, from 1. It is ignored if the file has
            one track.

    Returns:
        The tracks to use; None if the file has no track that decodes.

    Raises:
        MediaError: The file has no track `wanted`, or that track can't be decoded.
    """
    tracks = list(media.streams.audio)
    able = [track for track in tracks if is_opened(track)]
    if wanted is not None and len(tracks) > 1:
        chosen: tuple[AudioStream, ...] = (_wanted(tracks, wanted, path),)
    elif len(able) > 1:
        chosen = _best(able, path, container)
    else:
        chosen = tuple(able)
    if not chosen:
        return None
    left_out = tuple(
        f"track {number} ({_described(track)})"
        for number, track in enumerate(tracks, start=1)
        if track not in chosen
    )
    return SoundChoice(chosen, tracks.index(chosen[0]) + 1, len(tracks), left_out)


def _wanted(tracks: Sequence[AudioStream], number: int, path: Path) -> AudioStream:
    if number > len(tracks):
        raise MediaError(
            f"{path} has no sound track {number}: it has {len(tracks)}, numbered from 1"
        )
    track = tracks[number - 1]
    if not is_opened(track):
        raise MediaError(f"{path}: its sound track {number} is {_described(track)}")
    return track


def _best(able: Sequence[AudioStream], path: Path, container: Container) -> tuple[AudioStream, ...]:
    default = next((each for each in able if each.disposition & Disposition.default), able[0])
    both = _two_sides(default, able)
    first = both or (default,)
    others = [each for each in able if each not in first]
    ways = [first, *((each,) for each in others)]
    return next((way for way in ways if _is_heard(way, path, container)), first)


def _two_sides(default: AudioStream, able: Sequence[AudioStream]) -> tuple[AudioStream, ...] | None:
    """The first two mono tracks of a programme, if the default track is one of them."""
    alike = [each for each in able if _is_like(each, default)][:2]
    return tuple(alike) if len(alike) == 2 and default in alike else None


def _is_like(one: AudioStream, other: AudioStream) -> bool:
    of_one, of_other = one.codec_context, other.codec_context
    return (
        of_one.layout.nb_channels == of_other.layout.nb_channels == 1
        and of_one.name == of_other.name
        and of_one.name.startswith("pcm_")
        and of_one.sample_rate == of_other.sample_rate
        and one.language == other.language
        and abs(_seconds(one) - _seconds(other)) <= _TWO_MONO_APART
    )


def _seconds(track: AudioStream) -> Fraction:
    return (track.duration or 0) * (ratio(track.time_base) or Fraction(0))


def _is_heard(way: Sequence[AudioStream], path: Path, container: Container) -> bool:
    """Whether the tracks have more than silence; decoding stops at the first sound."""
    return any(_is_track_heard(each.index, path, container) for each in way)


def _is_track_heard(index: int, path: Path, container: Container) -> bool:
    with opened(path, container, looks_inside=False) as media:
        track = media.streams[index]
        assert isinstance(track, AudioStream)  # noqa: S101  index of an audio track
        resampler = AudioResampler(format="s16")
        left = _LISTENING_S * track.codec_context.sample_rate
        for frame in media.decode(track):
            for part in resampler.resample(frame):
                if _is_loud(part):
                    return True
                left -= part.samples
            if left <= 0:
                break
    return False


def _is_loud(part: AudioFrame) -> bool:
    size_bytes = part.samples * part.layout.nb_channels * 2
    data = bytes(part.planes[0])[:size_bytes]
    if data.count(0) == size_bytes:  # a quick test for digital silence
        return False
    samples = array("h", data)
    return max(samples, default=0) > _HEARD or min(samples, default=0) < -_HEARD


def _described(track: AudioStream) -> str:
    if not has_decoder(track):
        return "of a codec that is not known here"
    codec = track.codec_context
    said = f"{codec.layout.name} {codec.codec.canonical_name}"
    language = track.language
    return f"{said}, {language}" if language and language != "und" else said
