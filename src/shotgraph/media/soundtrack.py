"""Add music or a voice to a film; its picture is copied if possible."""

import asyncio
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.output import target as replacing
from shotgraph.media.probe import read_media
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.smart.clip import Clip, read_clip
from shotgraph.media.smart.due_sound import Heard
from shotgraph.media.smart.join import concat, space_next_to
from shotgraph.media.smart.verify import verify_picture_kept
from shotgraph.media.sound import (
    FOLLOWS_CLOCK,
    SAMPLE_RATE_HZ,
    Lufs,
    SoundtrackMode,
    heard,
    levelled,
    limited,
    sample_at,
    sound_of,
    widest_layout,
)
from shotgraph.media.source import Stream, source
from shotgraph.media.target_format import USUAL, ChannelLayout, Coding, allowance_s, film
from shotgraph.media.treatment import Note, treatment

# Above -34 dB, a sound lowers the other sound by three quarters of the excess: by 10 dB under quiet
# speech, by 20 dB under loud speech. The release takes half a second, so that the music stays low
# in the pauses between words.
_DUCKING = {"threshold": 0.02, "ratio": 4, "attack": 20, "release": 500}


@dataclass(frozen=True)
class Placing:
    """How a sound is added to a film.

    Attributes:
        mode: replace removes the film's own sound; mix adds the new sound to it; duck mixes them,
            and lowers one sound while the other is heard.
        leads: For duck: True if the new sound lowers the film's, such as a voice; False if the
            film's sound lowers the new sound, such as music.
        gain_db: The gain of the new sound.
        start: Seconds of the film at which the new sound begins.
        loop: Whether the new sound is repeated until the film ends.
        fade_out: Seconds over which the new sound fades out at its end.
    """

    mode: SoundtrackMode = "mix"
    leads: bool = False
    gain_db: Fraction = Fraction(0)
    start: Fraction = Fraction(0)
    loop: bool = False
    fade_out: Fraction = Fraction(0)


async def soundtrack(
    video: Path,
    audio: Path,
    target: Path,
    *,
    placing: Placing | None = None,
    loudness: Lufs | None = None,
    audio_track: int | None = None,
    coding: Coding = USUAL,
    note: Note | None = None,
) -> MediaInfo:
    """Add a sound to a film.

    The coded picture is copied, and the sound is exactly as long as the picture. The picture is
    coded again, as `concat` does, only if an mp4 can't hold it, it doesn't begin at 0, or it has
    edits. The sound has the wider layout of both sounds, at 48 kHz. If they are mixed, peaks above
    -1.5 dB are limited. For a film without sound the mode makes no difference.

    Args:
        video: The film.
        audio: A sound, or a video with sound.
        target: Path of the film with the sound. An existing file is replaced.
        placing: How the sound is added; None to mix it from the film's start on.
        loudness: The loudness of the whole film, in LUFS; None leaves it as it is.
        audio_track: The number of the film's sound track to use if it has several, from 1.
        coding: How the picture is coded, if it can't be copied.
        note: Called with the changes to the film.

    Raises:
        MediaError: A file can't be read or has no sound, the sound would begin after the film's
            end, or the film failed its check. `target` is unchanged then.
    """
    placing = placing or Placing()
    clip = await asyncio.to_thread(read_clip, video, audio_track=audio_track)
    laid = await asyncio.to_thread(_read_sound, audio)
    if placing.start >= clip.info.duration:
        raise MediaError(
            f"{audio.name} can't begin at {float(placing.start):g} s: the film lasts "
            f"{float(clip.info.duration):g} s"
        )
    with replacing(target) as part, space_next_to(part) as room:
        shown = clip if clip.can_be_copied else await _coded(video, room / "picture.mp4", coding)
        samples = sample_at(shown.info.duration)
        keeps_own = placing.mode != "replace" and clip.info.audio is not None
        layout = widest_layout([clip.info, laid] if keeps_own else [laid]) or "stereo"
        sound = new = _laid(audio, laid, placing, samples, layout)
        if keeps_own:
            own = sound_of(clip, index=0, samples=samples, layout=layout)
            sound = _mixed(own, new, placing)
        if loudness is not None:
            sound = await levelled(sound, loudness, samples=samples)
        elif keeps_own or placing.gain_db > 0:
            sound = limited(sound, samples=samples)
        await run_ffmpeg(
            film(shown.picture(index=2), sound, part, rate=None, layout=layout),
            timeout_s=allowance_s(shown.info.duration),
            work=Work("laying the sound on the film", shown.info.duration),
        )
        own_clip = clip if keeps_own else None
        # The exact distance between two rounds of a loop isn't known here, so it isn't checked.
        heard = [] if placing.loop else _heard(own_clip, audio, laid, placing, samples)
        is_sum = placing.mode != "duck" and not placing.fade_out and loudness is None
        made = await verify_picture_kept(
            part, shown.info, layout, heard, shown.path, "sum" if is_sum else "any"
        )
        if note is not None:
            note(treatment(made, [(clip.info, shown is clip)]))
        return made


def _read_sound(path: Path) -> MediaInfo:
    info = read_media(path)
    if info.audio is None:
        raise MediaError(f"{path} is {info.kind} without sound; a sound is needed here")
    return info


def _heard(
    own: Clip | None, audio: Path, laid: MediaInfo, placing: Placing, samples: int
) -> list[Heard]:
    begin = sample_at(placing.start)
    length = min(samples - begin, sample_at(laid.audio.duration) if laid.audio is not None else 0)
    new = Heard(audio, laid, None, begin, length, gain_db=float(placing.gain_db))
    end = Heard(audio, laid, None, samples, 0)
    return [new, end] if own is None else [Heard.of(own, 0, samples), new]


async def _coded(video: Path, into: Path, coding: Coding) -> Clip:
    await concat([video], into, usual=coding)
    return await asyncio.to_thread(read_clip, into)


def _laid(
    audio: Path, info: MediaInfo, placing: Placing, samples: int, layout: ChannelLayout
) -> Stream:
    """The new sound as long as the film, with silence before and after it."""
    begin = sample_at(placing.start)
    length = samples - begin
    assert info.audio is not None  # noqa: S101  `_read_sound` refuses others
    if not placing.loop:
        length = min(length, sample_at(info.audio.duration))
    again: dict[str, int] = {"stream_loop": -1} if placing.loop else {}
    # Each round of a loop has its own lead-in, so timestamps are not used: samples are counted.
    clock: dict[str, float] = {} if placing.loop else FOLLOWS_CLOCK
    stream = (
        heard(
            source(audio, index=1, vn=None, **again),
            info.audio,
            lambda track: track.filter("aresample", SAMPLE_RATE_HZ, **clock),
        )
        .filter("aformat", sample_fmts="fltp", channel_layouts=layout)
        .filter("asetpts", "N/SR/TB")
        .filter("atrim", end_sample=length)
    )
    if placing.gain_db:
        stream = stream.filter("volume", f"{float(placing.gain_db):.2f}dB")
    fade = min(sample_at(placing.fade_out), length)
    if fade:
        stream = stream.filter("afade", type="out", start_sample=length - fade, nb_samples=fade)
    if begin:
        stream = stream.filter("adelay", delays=f"{begin}S", all=1)
    return stream.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


def _mixed(own: Stream, new: Stream, placing: Placing) -> Stream:
    if placing.mode == "duck":
        leader, other = (new, own) if placing.leads else (own, new)
        copies = leader.filter_multi_output("asplit")
        lowered = ffmpeg.filter([other, copies[1]], "sidechaincompress", **_DUCKING)
        own, new = copies[0], lowered
    return ffmpeg.filter([own, new], "amix", inputs=2, duration="first", normalize=0)
