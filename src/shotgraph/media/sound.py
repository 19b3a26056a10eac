"""Make the sound of a clip exactly as long as its picture.

An AAC file has a lead-in and a padded end. Clips whose sound is copied drift by 35 ms at each join;
clips whose sound is longer or shorter than the picture move everything that follows.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction

import ffmpeg

from shotgraph.media.info import AudioInfo, MediaInfo
from shotgraph.media.smart.clip import Clip
from shotgraph.media.source import Stream, source
from shotgraph.media.target_format import ChannelLayout

SAMPLE_RATE_HZ = 48_000

FOLLOWS_CLOCK: dict[str, float] = {"async": 1, "min_hard_comp": 0.005}
"""For ``aresample``: where the sound and its clock are over 5 ms apart, what is missing is filled
with silence, and what is too much is left out. ffmpeg's own bound is 100 ms: shorter gaps are
closed up, and all that follows is heard too early. A clock of milliseconds is 1 ms off at most."""

_CHANNELS: dict[ChannelLayout, int] = {"mono": 1, "stereo": 2, "5.1": 6}


def sample_at(seconds: Fraction) -> int:
    """The sample that begins nearest to a time; lengths are differences of two of these."""
    return int(seconds * SAMPLE_RATE_HZ + Fraction(1, 2))


def layout_of(sound: AudioInfo) -> ChannelLayout:
    """The narrowest layout that has a place for each channel of a sound; 5.1 if none has."""
    fitting = (layout for layout, channels in _CHANNELS.items() if channels >= sound.channels)
    return next(fitting, "5.1")


def widest_layout(infos: Iterable[MediaInfo]) -> ChannelLayout | None:
    """The layout of a film: the widest of its clips'; None if none of them has sound."""
    layouts = [layout_of(info.audio) for info in infos if info.audio is not None]
    return max(layouts, key=lambda layout: _CHANNELS[layout], default=None)


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
    clip: Clip, *, index: int, first: int = 0, samples: int, layout: ChannelLayout = "stereo"
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

    given = source(clip.path, index=index, vn=None)
    return (
        heard(given, clip.info.audio, in_time)
        .filter("aformat", sample_fmts="fltp", channel_layouts=layout)
        .filter("apad", whole_len=first + samples)
        .filter("atrim", start_sample=first, end_sample=first + samples)
        .filter("asetpts", "PTS-STARTPTS")
    )
