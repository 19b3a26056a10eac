"""Change all of a clip: show a part of its picture, or show it faster or slower."""

import asyncio
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, log2
from pathlib import Path

from shotgraph.errors import MediaError
from shotgraph.media.framing import Window
from shotgraph.media.info import MediaInfo
from shotgraph.media.output import target as replacing
from shotgraph.media.picture import conform
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.reshaped import crop_words, frames_at_speed, speed_words, why_no_speed
from shotgraph.media.smart.clip import Shot, read_clip, whole_shot
from shotgraph.media.smart.verify import verify
from shotgraph.media.sound import sample_at, sound_of, widest_layout
from shotgraph.media.source import Stream
from shotgraph.media.target_format import (
    USUAL,
    ChannelLayout,
    Coding,
    TargetFormat,
    allowance_s,
    film,
    format_of,
)
from shotgraph.media.treatment import (
    Note,
    coded_treatment,
    sound_changes,
)

_EARLY_SAMPLES, _EARLY_IN_A_ROW = 640, 512
_LEAD_SAMPLES = 4096


@dataclass(frozen=True)
class _Coded:
    """What a clip is coded as: its frames, and its sound, if it has any."""

    shot: Shot
    target_format: TargetFormat
    sound: Stream | None
    layout: ChannelLayout | None
    coding: Coding


async def crop(
    source: Path,
    target: Path,
    window: Window,
    *,
    audio_track: int | None = None,
    background: str | None = None,
    coding: Coding = USUAL,
    note: Note | None = None,
) -> MediaInfo:
    """Cut a rectangle out of the picture of a clip; its frames and its sound stay.

    Args:
        source: A video.
        target: The film of the rectangle, an mp4; what was there is replaced.
        window: The rectangle.
        audio_track: Which of several sound tracks is heard, from 1.
        background: What is seen where it is transparent, as ``#rrggbb``; black by default.
        coding: How the picture is coded.
        note: Called with what was done to the clip.

    Raises:
        MediaError: The rectangle reaches past the picture, or the clip can't be read.
    """
    clip = await asyncio.to_thread(
        read_clip, source, audio_track=audio_track, background=background
    )
    given = format_of(clip.info)
    box = window.box(given.width, given.height)
    shot = whole_shot(clip, given)
    layout = widest_layout([clip.info])
    sound = None
    if layout is not None:
        samples = sample_at(shot.frames / given.frame_rate)
        sound = sound_of(clip, index=1, samples=samples, layout=layout)
    coded = _Coded(
        Shot(clip, shot.frames, box=box),
        TargetFormat(box.width, box.height, given.frame_rate),
        sound,
        layout,
        coding,
    )
    made = await _made(coded, target, "cropping the clip")
    if note is not None:
        said = [*crop_words(clip.info, window, background), *sound_changes(clip.info, made.audio)]
        note(coded_treatment(made, said))
    return made


async def speed(
    source: Path,
    target: Path,
    factor: Fraction,
    *,
    keeps_sound: bool = True,
    audio_track: int | None = None,
    background: str | None = None,
    coding: Coding = USUAL,
    note: Note | None = None,
) -> MediaInfo:
    """Show a clip faster or slower, at its own frame rate: frames are left out or repeated.

    Frame ``n`` is the one that is shown at ``n / rate * factor`` seconds of the clip. Sound keeps
    its pitch.

    Args:
        source: A video.
        target: The faster or slower film, an mp4; what was there is replaced.
        factor: How many times as fast: 2 lasts half as long.
        keeps_sound: Whether it keeps its sound.
        audio_track: Which of several sound tracks is heard, from 1.
        background: What is seen where it is transparent, as ``#rrggbb``; black by default.
        coding: How the picture is coded.
        note: Called with what was done to the clip.

    Raises:
        MediaError: The factor is beyond 1/20 to 20, the film would be too long, or the clip can't
            be read.
    """
    clip = await asyncio.to_thread(
        read_clip, source, audio_track=audio_track, background=background
    )
    wrong = why_no_speed(clip.info, clip.path.name, factor)
    if wrong is not None:
        raise MediaError(wrong)
    given = format_of(clip.info)
    frames = frames_at_speed(clip.info, factor)
    layout = widest_layout([clip.info]) if keeps_sound else None
    sound = None
    if layout is not None:
        whole = sample_at(clip.info.frames_at(given.frame_rate) / given.frame_rate)
        own = sound_of(clip, index=1, samples=whole, layout=layout)
        sound = _at_tempo(own, factor, sample_at(frames / given.frame_rate))
    coded = _Coded(Shot(clip, frames, speed=factor), given, sound, layout, coding)
    made = await _made(coded, target, "changing the speed of the clip")
    if note is not None:
        said = speed_words(clip.info, factor, keeps_sound=keeps_sound, background=background)
        note(coded_treatment(made, [*said, *sound_changes(clip.info, made.audio)]))
    return made


def _at_tempo(sound: Stream, factor: Fraction, samples: int) -> Stream:
    """The same pitch, faster or slower; one filter slows down to a half at most.

    The filter joins waves where they fit, so that it has no one delay: a tone is early by 100
    samples, noise by 600. With so much silence before it as is written above, and where it
    follows itself half of that, the centres of energy of tones and noise of 20 to 200 ms are
    within 13 ms of their pictures from a half to twice as fast, and within 35 ms at a quarter.
    Edges smear, at -30 dB: by 34 ms on either side at a half, by 9 before and 26 behind at 1.5.
    The filter leaves waves out: of bursts of 20 ms, 25 of 144 are lost at 3, and 60 at 4.
    """
    if factor == 1:
        return sound
    times = max(1, ceil(log2(1 / factor))) if factor < 1 else 1
    each = float(factor) ** (1 / times)
    # With silence before and behind, nothing is lost in the filter's first and last window. Two in
    # a row lose little at the beginning, and would split short sounds.
    lead = _LEAD_SAMPLES if times == 1 else 0
    sound = sound.filter("adelay", delays=f"{lead}S", all=1)
    for number in range(times):
        early = _EARLY_SAMPLES if times == 1 else _EARLY_IN_A_ROW // (2 if number else 1)
        sound = sound.filter("adelay", delays=f"{early}S", all=1)
        sound = sound.filter("apad", pad_len=_LEAD_SAMPLES)
        sound = sound.filter("atempo", f"{each:.9f}")
    return (
        sound.filter("atrim", start_sample=round(lead / factor))
        .filter("asetpts", "N/SR/TB")
        .filter("apad", whole_len=samples)
        .filter("atrim", end_sample=samples)
    )


async def _made(coded: _Coded, target: Path, doing: str) -> MediaInfo:
    shot, target_format = coded.shot, coded.target_format
    rate = target_format.frame_rate
    lasting = shot.frames / rate
    picture = conform(shot.clip.picture(), shot, target_format)
    with replacing(target) as part:
        await run_ffmpeg(
            film(
                picture,
                coded.sound,
                part,
                rate=rate,
                layout=coded.layout or "stereo",
                coding=coded.coding,
            ),
            timeout_s=allowance_s(max(shot.clip.info.duration, lasting)),
            work=Work(doing, lasting),
        )
        return await verify(
            part, target_format, frames=shot.frames, has_sound=coded.sound is not None
        )
