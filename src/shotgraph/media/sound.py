"""The sound of one clip, made exactly as long as its picture.

An AAC file has a lead-in and a padded end. Clips whose sound is copied drift by 35 ms at each join;
clips whose sound is longer or shorter than the picture move everything that follows.
"""

from fractions import Fraction

import ffmpeg

from shotgraph.media.clip import Clip
from shotgraph.media.source import Stream, source

SAMPLE_RATE_HZ = 48_000


def sample_at(seconds: Fraction) -> int:
    """The sample that begins nearest to a time; lengths are differences of two of these."""
    return int(seconds * SAMPLE_RATE_HZ + Fraction(1, 2))


def silence(samples: int, *, index: int) -> Stream:
    """Stereo silence; `index` keeps equal ones apart, which ffmpeg-python would make one."""
    # The size of its blocks, which has no other effect.
    block = 1024 + index
    return ffmpeg.input(f"anullsrc=r={SAMPLE_RATE_HZ}:cl=stereo:n={block}", f="lavfi").filter(
        "atrim", end_sample=samples
    )


def sound_of(clip: Clip, *, index: int, first: int = 0, samples: int) -> Stream:
    """Exactly `samples` samples, from sample `first` of the picture's time on, in stereo.

    Silence stands in where the clip has no sound, or has not enough of it. The graph must run with
    ``-copyts``, or ffmpeg moves the clip by the lead-in of its sound.
    """
    if clip.info.audio is None:
        return silence(samples, index=index)
    stream = source(clip.path, index=index, vn=None)["a:0"]
    if clip.start:
        stream = stream.filter("asetpts", f"PTS-({clip.start})/TB")
    return (
        stream.filter("aresample", SAMPLE_RATE_HZ, **{"async": 1, "first_pts": 0})
        .filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
        .filter("apad", whole_len=first + samples)
        .filter("atrim", start_sample=first, end_sample=first + samples)
        .filter("asetpts", "PTS-STARTPTS")
    )
