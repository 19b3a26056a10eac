"""The coding of the clips that we make: H.264 and AAC in an mp4 that plays while it loads."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import ffmpeg

from shotgraph.media.sound import ChannelLayout
from shotgraph.media.source import Stream, address
from shotgraph.media.target_format import USUAL, Coding

_AAC: dict[str, str | int | None] = {"c:a": "aac", "flags:a": "+bitexact"}
_AAC_BITRATES: dict[ChannelLayout, str] = {"mono": "128k", "stereo": "192k", "5.1": "480k"}
_MP4: dict[str, str | int | None] = {
    "f": "mp4",
    "movflags": "+faststart",
    # Ticks of edit lists: a whole number for each standard frame rate and for samples. Milliseconds
    # are not, and ffmpeg 5.1 shortens the sound by the difference.
    "movie_timescale": 240_000,
    "fflags": "+bitexact",
    "map_metadata": -1,
    "map_chapters": -1,
    "sn": None,
    "dn": None,
}


def film(
    picture: Stream,
    sound: Stream | None,
    part: Path,
    *,
    rate: Fraction | None,
    layout: ChannelLayout = "stereo",
    codes_sound: bool = True,
    most_bits_per_s: int | None = None,
    options: Mapping[str, str | int] | None = None,
    coding: Coding = USUAL,
) -> Stream:
    """The output node of a film, as long as its inputs.

    The graph must end by itself: the option that counts frames ends the sound too, and early, in
    ffmpeg 5.1.

    Args:
        picture: The picture to code; or, without `rate`, a coded one to copy.
        sound: The sound, if there is any.
        part: Where it is written.
        rate: Frames per second.
        layout: Of the sound, where it is coded.
        codes_sound: Whether the sound is coded; False to copy coded sound.
        most_bits_per_s: The most bits per second of the picture, if the file size is limited.
        options: Further options of the picture's coder.
        coding: How the picture is coded; of a coded one, in which container it goes.
    """
    picture_options = {"c:v": "copy"} if rate is None else {**coding.options(), "r": str(rate)}
    coded = {**_MP4, "f": coding.container, **picture_options, **(options or {})}
    if most_bits_per_s is not None:
        coded |= {"maxrate": most_bits_per_s, "bufsize": most_bits_per_s}
    if sound is None:
        return ffmpeg.output(picture, address(part), **coded, an=None).global_args("-copyts")
    coded |= {**_AAC, "b:a": _AAC_BITRATES[layout]} if codes_sound else {"c:a": "copy"}
    return ffmpeg.output(picture, sound, address(part), **coded).global_args("-copyts")


def allowance_s(duration: Fraction) -> float:
    """The time limit for making so much film, in seconds: ten times a slow machine's time."""
    return 600 + 30 * float(duration)
