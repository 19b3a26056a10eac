"""Make a clip's sound exactly as long as its picture, and bring it to a loudness (EBU R 128).

An AAC file has a lead-in and a padded end. With copied sound, the sound would drift by 35 ms at
each join. A sound that is longer or shorter than its picture would move all that follows.
"""

import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import log10
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import ffmpeg

from shotgraph.media.info import AudioInfo, MediaInfo
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.source import Stream, source
from shotgraph.media.target_format import ChannelLayout, allowance_s

if TYPE_CHECKING:
    from shotgraph.media.smart.clip import Clip

SAMPLE_RATE_HZ = 48_000

SoundtrackMode: TypeAlias = Literal["replace", "mix", "duck"]
"""How a film's own sound is treated when another sound is added."""

FOLLOWS_CLOCK: dict[str, float] = {"async": 1, "min_hard_comp": 0.005}
"""Options of ``aresample``: if a sound and its timestamps differ by more than 5 ms, gaps are filled
with silence, and excess sound is dropped. ffmpeg's default is 100 ms: it would close shorter gaps,
and all later sound would be early. A clock of milliseconds is wrong by at most 1 ms."""

CHANNELS: dict[ChannelLayout, int] = {"mono": 1, "stereo": 2, "5.1": 6}
"""The number of channels of each layout."""


def sample_at(seconds: Fraction) -> int:
    """The sample nearest to a time; compute lengths as differences of two samples."""
    return int(seconds * SAMPLE_RATE_HZ + Fraction(1, 2))


def layout_of(sound: AudioInfo) -> ChannelLayout:
    """The narrowest layout with enough channels for a sound; 5.1 if no layout has enough."""
    fitting = (layout for layout, channels in CHANNELS.items() if channels >= sound.channels)
    return next(fitting, "5.1")


def widest_layout(infos: Iterable[MediaInfo]) -> ChannelLayout | None:
    """The layout of a film: the widest layout of its clips; None if no clip has sound."""
    layouts = [layout_of(info.audio) for info in infos if info.audio is not None]
    return max(layouts, key=lambda layout: CHANNELS[layout], default=None)


def film_sound(infos: Iterable[MediaInfo]) -> AudioInfo | None:
    """The sound of a film that is made from clips; None if no clip has sound."""
    clips = list(infos)
    layout = widest_layout(clips)
    if layout is None:
        return None
    return AudioInfo(
        codec="aac",
        sample_rate_hz=SAMPLE_RATE_HZ,
        channels=CHANNELS[layout],
        duration=sum((info.duration for info in clips), Fraction(0)),
        layout=layout,
    )


def silence(samples: int, *, index: int, layout: ChannelLayout = "stereo") -> Stream:
    """Silence; `index` makes each input different, as ffmpeg-python merges equal inputs."""
    # The size of the blocks differs, which has no other effect.
    block = 1024 + index
    return ffmpeg.input(f"anullsrc=r={SAMPLE_RATE_HZ}:cl={layout}:n={block}", f="lavfi").filter(
        "atrim", end_sample=samples
    )


def heard(given: Stream, sound: AudioInfo, in_time: Callable[[Stream], Stream]) -> Stream:
    """The used sound of an input: its track, or two mono tracks as left and right.

    Args:
        given: The input node.
        sound: The description of its sound.
        in_time: Moves a track to the film's clock; called before two tracks are joined.
    """
    tracks = [in_time(given[selector]) for selector in sound.selectors]
    if len(tracks) == 1:
        return tracks[0]
    mono = [track.filter("aformat", sample_fmts="fltp", channel_layouts="mono") for track in tracks]
    return ffmpeg.filter(mono, "join", inputs=2, channel_layout="stereo")


def sound_of(
    clip: "Clip", *, index: int, first: int = 0, samples: int, layout: ChannelLayout = "stereo"
) -> Stream:
    """Exactly `samples` samples, from sample `first` of the picture's time on.

    Where the clip has no sound, or not enough sound, there is silence. The graph must run with
    ``-copyts``, or ffmpeg moves the clip by the lead-in of its sound.

    Channels are mixed by ffmpeg's default (libswresample, after ITU-R BS.775): mono goes to both
    sides of stereo at -3 dB, or to the centre of 5.1 unchanged; stereo goes to the front of 5.1;
    for a layout between two of these, each channel keeps its place in the next wider layout; more
    than six channels are mixed down to 5.1.
    """
    if clip.info.audio is None:
        return silence(samples, index=index, layout=layout)

    def in_time(track: Stream) -> Stream:
        if clip.start:
            track = track.filter("asetpts", f"PTS-({clip.start})/TB")
        return track.filter("aresample", SAMPLE_RATE_HZ, first_pts=0, **FOLLOWS_CLOCK)

    return (
        heard(source(clip.path, index=index, vn=None), clip.info.audio, in_time)
        .filter("aformat", sample_fmts="fltp", channel_layouts=layout)
        .filter("apad", whole_len=first + samples)
        .filter("atrim", start_sample=first, end_sample=first + samples)
        .filter("asetpts", "PTS-STARTPTS")
    )


Lufs: TypeAlias = Fraction
"""Integrated loudness in LUFS: -23 in broadcasting, -16 to -14 on the web."""

# Converters of players clip higher peaks (EBU Tech 3343). The coder may raise peaks, so half a
# decibel of headroom is left.
_PEAK_DB = -1.5
_HEADROOM_DB = 0.5
_SILENCE_LUFS = -70.0  # the gate of the measurement: quieter sound doesn't count
_NEAR_LU = 0.2
_TRIES = 3
MOST_GAIN_DB = 60.0
_OVERSAMPLED_HZ = 4 * SAMPLE_RATE_HZ
_MEASURED = re.compile(r"lavfi\.r128\.(I|true_peak)=(\S+)")


@dataclass(frozen=True)
class Measured:
    """The loudness of a sound in LUFS, and its true peak in decibels of full scale."""

    lufs: float
    peak_db: float


async def measure(sound: Stream, *, samples: int) -> Measured | None:
    """Measure a sound of `samples` samples; None if all of it is silent."""
    with tempfile.TemporaryDirectory(prefix="shotgraph-") as room:
        path = Path(room) / "loudness"
        printed = sound.filter("ebur128", metadata=1, peak="true")
        printed = printed.filter("ametadata", "print", file=path)
        graph = ffmpeg.output(printed, "-", f="null").global_args("-copyts")
        lasting = Fraction(samples, SAMPLE_RATE_HZ)
        work = Work("listening how loud it is", lasting)
        await run_ffmpeg(graph, timeout_s=allowance_s(lasting), work=work)
        found = dict(_MEASURED.findall(path.read_text(encoding="ascii")))
    lufs, peak = float(found.get("I", "-inf")), float(found.get("true_peak", "0"))
    if lufs <= _SILENCE_LUFS or peak <= 0:
        return None
    return Measured(lufs, 20 * log10(peak))


async def levelled(sound: Stream, loudness: Lufs, *, samples: int) -> Stream:
    """Bring a sound of `samples` samples to a loudness.

    The gain is the same throughout, so that quiet parts stay quiet. Peaks above -1.5 dB are
    limited, and the gain is raised to compensate for that. Silence stays silence; the gain is at
    most 60 dB.
    """
    was = await measure(sound, samples=samples)
    if was is None:
        return sound
    gain_db = min(float(loudness) - was.lufs, MOST_GAIN_DB)
    if was.peak_db + gain_db <= _PEAK_DB - _HEADROOM_DB:
        return raised(sound, gain_db)
    for _ in range(_TRIES):
        louder = limited(raised(sound, gain_db), samples=samples)
        now = await measure(louder, samples=samples)
        if now is None or abs(now.lufs - float(loudness)) <= _NEAR_LU:
            break
        gain_db = min(gain_db + float(loudness) - now.lufs, MOST_GAIN_DB)
    return louder


def limited(sound: Stream, *, samples: int, peak_db: float = _PEAK_DB - _HEADROOM_DB) -> Stream:
    """Limit the true peaks of a sound, which may lie between samples.

    Args:
        sound: The sound.
        samples: The number of its samples.
        peak_db: The limit, in decibels of full scale; a coder raises peaks by up to 0.5 dB.
    """
    limit = 10 ** (peak_db / 20)
    return (
        sound.filter("aresample", _OVERSAMPLED_HZ)
        .filter("alimiter", limit=f"{limit:.4f}", level=0, latency=1)
        .filter("aresample", SAMPLE_RATE_HZ)
        .filter("apad", whole_len=samples)
        .filter("atrim", end_sample=samples)
    )


def raised(sound: Stream, gain_db: float) -> Stream:
    """A sound with a gain."""
    return sound.filter("volume", f"{gain_db:.2f}dB")
