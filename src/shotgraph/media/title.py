"""Draw a text over a clip, or over one colour: titles, lower thirds, end cards."""

import asyncio
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg

from shotgraph.media.framing import coded_colour
from shotgraph.media.info import MediaInfo
from shotgraph.media.lettering import Lettering, TextPicture, lettered
from shotgraph.media.output import target as replacing
from shotgraph.media.picture import as_film, conform
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.smart.clip import read_clip, whole_shot
from shotgraph.media.smart.verify import verify
from shotgraph.media.sound import sample_at, sound_of, widest_layout
from shotgraph.media.source import Stream, source
from shotgraph.media.target_format import (
    USUAL,
    ChannelLayout,
    Coding,
    TargetFormat,
    allowance_s,
    film,
    format_of,
)
from shotgraph.media.title_timing import TitleFrames, TitleTiming, frames_of, title_words
from shotgraph.media.treatment import Note, coded_treatment, picture_changes, sound_changes


async def title(
    source_clip: Path,
    target: Path,
    lettering: Lettering,
    timing: TitleTiming,
    *,
    font: Path | None = None,
    audio_track: int | None = None,
    background: str | None = None,
    coding: Coding = USUAL,
    note: Note | None = None,
) -> MediaInfo:
    """Draw a text over a clip; the number of frames and the sound don't change.

    Args:
        source_clip: A video.
        target: Path of the film with the text, an mp4. An existing file is replaced.
        lettering: The text and its style.
        timing: When the text is shown.
        font: A font file; None for the shipped font.
        audio_track: The number of the sound track to use if the clip has several, from 1.
        background: The colour behind transparent parts of the clip; black by default.
        coding: How the picture is coded.
        note: Called with the changes to the clip.

    Raises:
        MediaError: The text doesn't fit, the font lacks a letter, the title reaches past the clip's
            end, or a file can't be read.
    """
    clip = await asyncio.to_thread(
        read_clip, source_clip, audio_track=audio_track, background=background
    )
    target_format = format_of(clip.info)
    shot = whole_shot(clip, target_format)
    frames = frames_of(timing, target_format.frame_rate, shot.frames)
    layout = widest_layout([clip.info])
    sound = None
    if layout is not None:
        samples = sample_at(shot.frames / target_format.frame_rate)
        sound = sound_of(clip, index=2, samples=samples, layout=layout)
    picture = conform(clip.picture(), shot, target_format, coding)
    on = _Ground(picture, target_format, shot.frames, sound, layout, coding)
    made, drawn = await _made(on, target, lettering, frames, font)
    if note is not None:
        changes = picture_changes(clip.info, target_format, background)
        said = title_words(frames, drawn.lines)
        note(coded_treatment(made, [*changes, *said, *sound_changes(clip.info, made.audio)]))
    return made


async def title_card(
    target: Path,
    target_format: TargetFormat,
    lettering: Lettering,
    timing: TitleTiming,
    *,
    font: Path | None = None,
    background: str | None = None,
    coding: Coding = USUAL,
    note: Note | None = None,
) -> MediaInfo:
    """Make a film of a text over one colour, without sound; the film ends with the title.

    Args:
        target: Path of the film, an mp4. An existing file is replaced.
        target_format: The size and rate of the film.
        lettering: The text and its style.
        timing: When the text is shown; its `seconds` are needed here.
        font: A font file; None for the shipped font.
        background: The colour, as ``#rrggbb``; black by default.
        coding: How the picture is coded.
        note: Called with the description of the film.

    Raises:
        MediaError: The text doesn't fit, the font lacks a letter, or the font can't be read.
    """
    rate = target_format.frame_rate
    frames = frames_of(timing, rate, None)
    length = frames.first + frames.count
    y, u, v = coded_colour(background or "#000000")
    size = f"{target_format.width}x{target_format.height}"
    plain = ffmpeg.input(f"color=c=black:s={size}:r={rate}", f="lavfi")
    picture = plain.filter("format", USUAL.pixel_format).filter("lutyuv", y=y, u=u, v=v)
    picture = picture.filter("trim", end_frame=length)
    on = _Ground(as_film(picture, USUAL), target_format, length, None, None, coding)
    made, drawn = await _made(on, target, lettering, frames, font)
    if note is not None:
        note(coded_treatment(made, title_words(frames, drawn.lines)))
    return made


@dataclass(frozen=True)
class _Ground:
    """The picture under a text, its number of frames, and its sound."""

    picture: Stream
    target_format: TargetFormat
    frames: int
    sound: Stream | None
    layout: ChannelLayout | None
    coding: Coding


async def _made(
    on: _Ground, target: Path, lettering: Lettering, frames: TitleFrames, font: Path | None
) -> tuple[MediaInfo, TextPicture]:
    target_format = on.target_format
    rate = target_format.frame_rate
    width, height = target_format.width, target_format.height
    drawn = await asyncio.to_thread(lettered, lettering, width, height, font)
    with tempfile.TemporaryDirectory(prefix="shotgraph-") as room:
        png = Path(room) / "text.png"
        png.write_bytes(drawn.png)
        ground = _counted(on.picture, rate)
        text = _text(source(png, index=1)["v:0"], frames, rate, on.coding)
        laid = ffmpeg.filter(
            [ground, text],
            "overlay",
            drawn.left,
            drawn.top,
            format="yuv420",
            eof_action="pass",
            repeatlast=0,
        )
        picture = as_film(laid.filter("trim", end_frame=on.frames), USUAL)
        with replacing(target) as part:
            await run_ffmpeg(
                film(
                    picture,
                    on.sound,
                    part,
                    rate=rate,
                    layout=on.layout or "stereo",
                    coding=on.coding,
                ),
                timeout_s=allowance_s(on.frames / rate),
                work=Work("laying the text on", on.frames / rate),
            )
            made = await verify(
                part, target_format, frames=on.frames, has_sound=on.sound is not None
            )
            return made, drawn


def _counted(stream: Stream, rate: Fraction) -> Stream:
    """The stream with one tick per frame, so that the text lies on exactly its frames."""
    one = f"{rate.denominator}/{rate.numerator}"
    return stream.filter("settb", one).filter("setpts", "N")


def _text(stream: Stream, frames: TitleFrames, rate: Fraction, coding: Coding) -> Stream:
    colours = {"out_color_matrix": "bt709", "out_range": "tv", **coding.scaling()}
    stream = stream.filter("scale", **colours)
    stream = stream.filter("format", "yuva420p").filter("setsar", "1")
    stream = _counted(stream.filter("loop", loop=frames.count, size=1), rate)
    stream = stream.filter("trim", end_frame=frames.count)
    for way, count, begin in (
        ("in", frames.fade_in, 0),
        ("out", frames.fade_out, frames.count - frames.fade_out),
    ):
        if count:
            stream = stream.filter("fade", type=way, start_frame=begin, nb_frames=count, alpha=1)
    return stream.filter("setpts", f"N+{frames.first}")
