"""Make the sound of a clip exactly as long as its picture, and as loud as is wanted (EBU R 128).

An AAC file has a lead-in and a padded end. Clips whose sound is copied drift by 35 ms at each join;
clips whose sound is longer or shorter than the picture move everything that follows.
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
"""What becomes of a film's own sound where another one is added."""

FOLLOWS_CLOCK: dict[str, float] = {"async": 1, "min_hard_comp": 0.005}
"""For ``aresample``: where the sound and its clock are over 5 ms apart, what is missing is filled
with silence, and what is too much is left out. ffmpeg's own bound is 100 ms: shorter gaps are
closed up, and all that follows is heard too early. A clock of milliseconds is 1 ms off at most."""

CHANNELS: dict[ChannelLayout, int] = {"mono": 1, "stereo": 2, "5.1": 6}
"""How many channels a film's sound has."""


def sample_at(seconds: Fraction) -> int:
    """The sample that begins nearest to a time; lengths are differences of two of these."""
    return int(seconds * SAMPLE_RATE_HZ + Fraction(1, 2))


def layout_of(sound: AudioInfo) -> ChannelLayout:
    """The narrowest layout that has a place for each channel of a sound; 5.1 if none has."""
    fitting = (layout for layout, channels in CHANNELS.items() if channels >= sound.channels)
    return next(fitting, "5.1")


def widest_layout(infos: Iterable[MediaInfo]) -> ChannelLayout | None:
    """The layout of a film: the widest of its clips'; None if none of them has sound."""
    layouts = [layout_of(info.audio) for info in infos if info.audio is not None]
    return max(layouts, key=lambda layout: CHANNELS[layout], default=None)


def film_sound(infos: Iterable[MediaInfo]) -> AudioInfo | None:
    """The sound of a film that is made of clips; None if none of them has any."""
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
    """Silence; `index` keeps equal ones apart, which ffmpeg-python would make one."""
    # The size of its blocks, which has no other effect.
    block = 1024 + index
    return ffmpeg.input(f"anullsrc=r={SAMPLE_RATE_HZ}:cl={layout}:n={block}", f="lavfi").filter(
        "atrim", end_sample=samples
    )


def heard(given: Stream, sound: AudioInfo, in_time: Callable[[Stream], Stream]) -> Stream:
    """What is heard of an input: its track, or two mono tracks as left and right.

    Args:
        given: The input node.
        sound: What was found in it.
        in_time: Brings a track to the film's clock, before two are put together.
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

    Silence stands in where the clip has no sound, or has not enough of it. The graph must run with
    ``-copyts``, or ffmpeg moves the clip by the lead-in of its sound.

    Channels are mixed as ffmpeg does by default (libswresample, after ITU-R BS.775): mono goes to
    both sides of stereo 3 dB down, or to the centre of 5.1 as it is; stereo goes to the front of
    5.1; layouts between these keep each channel's place in the next wider one; what has more than
    six channels comes down to 5.1.
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
"""LUFS, integrated over all of a sound: -23 in broadcasting, -16 to -14 on the web."""

# Players' converters clip peaks above it (EBU Tech 3343); half a decibel is left for the coder's
# error.
_PEAK_DB = -1.5
_HEADROOM_DB = 0.5
_SILENCE_LUFS = -70.0  # the gate: quieter sound is not measured
_NEAR_LU = 0.2
_TRIES = 3
MOST_GAIN_DB = 60.0
_OVERSAMPLED_HZ = 4 * SAMPLE_RATE_HZ
_MEASURED = re.compile(r"lavfi\.r128\.(I|true_peak)=(\S+)")


@dataclass(frozen=True)
class Measured:
    """How loud a sound is: LUFS, and its true peak in decibels of full scale."""

    lufs: float
    peak_db: float


async def measure(sound: Stream, *, samples: int) -> Measured | None:
    """Measure a sound of so many samples; None if it is silent throughout."""
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
    """A sound of so many samples, made as loud as it should be.

    One gain for all of it, so that quiet parts stay quiet. Peaks above -1.5 dB are limited, and the
    gain is raised to make up for that. Silence stays silence; the gain is at most 60 dB.
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
    """A sound of so many samples without peaks above a level, also between samples.

    Args:
        sound: The sound.
        samples: How many it has.
        peak_db: The level, in decibels of full scale; a coder makes peaks up to 0.5 dB higher.
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
    """A sound with another gain."""
    return sound.filter("volume", f"{gain_db:.2f}dB")
