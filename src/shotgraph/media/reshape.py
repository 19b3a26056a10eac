"""Change a whole clip: crop its picture, or change its speed."""

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
    """A clip to code: its frames, and its sound, if it has any."""

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
    """Cut a rectangle out of a clip's picture; the number of frames and the sound don't change.

    Args:
        source: A video.
        target: Path of the cropped clip, an mp4. An existing file is replaced.
        window: The rectangle.
        audio_track: The number of the sound track to use if the file has several, from 1.
        background: The colour behind transparent parts, as ``#rrggbb``; black by default.
        coding: How the picture is coded.
        note: Called with the changes to the clip.

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
    """Change the speed of a clip at its own frame rate: frames are dropped or repeated.

    Frame ``n`` is the clip's frame at ``n / rate * factor`` seconds. Sound keeps its pitch.

    Args:
        source: A video.
        target: Path of the faster or slower clip, an mp4. An existing file is replaced.
        factor: The speed as a factor: at 2 the clip lasts half as long.
        keeps_sound: Whether to keep the sound.
        audio_track: The number of the sound track to use if the file has several, from 1.
        background: The colour behind transparent parts, as ``#rrggbb``; black by default.
        coding: How the picture is coded.
        note: Called with the changes to the clip.

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
    """Change the speed and keep the pitch; one ``atempo`` filter slows down to a half at most.

    The filter joins waves where they fit, so its delay isn't constant: a tone is early by 100
    samples, noise by 600. `_EARLY_SAMPLES` of silence before it correct that; in a chain of
    filters it is `_EARLY_IN_A_ROW`, and half of it from the second filter on. Then the centres of
    energy of tones and noise of 20 to 200 ms are within 13 ms of their pictures at speeds from a
    half to 2, and within 35 ms at a quarter. Edges smear, at -30 dB: by 34 ms on either side at a
    half, by 9 ms before and 26 ms after at 1.5. The filter drops waves: of 144 bursts of 20 ms,
    25 are lost at 3, and 60 at 4.
    """
    if factor == 1:
        return sound
    times = max(1, ceil(log2(1 / factor))) if factor < 1 else 1
    each = float(factor) ** (1 / times)
    # With silence before and after, no sound is lost in the filter's first and last window. A chain
    # of filters loses little at the beginning, and silence there would split short sounds.
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
    picture = conform(shot.clip.picture(), shot, target_format, coded.coding)
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
