"""Make a film's file for a profile, measure it, and keep it only if it meets the profile."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg

from shotgraph.errors import MediaError
from shotgraph.media.framing import PADDED, Framing
from shotgraph.media.info import MediaInfo
from shotgraph.media.measured_delivery import form_of, misses
from shotgraph.media.output import target as replacing
from shotgraph.media.picture import conform
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.profiles import GIVES_WAY, LEAD_IN, Delivery, Profile
from shotgraph.media.progress import Work
from shotgraph.media.smart.clip import Clip, Shot, read_clip, whole_shot
from shotgraph.media.smart.due import ShownShot
from shotgraph.media.smart.due_sound import Heard
from shotgraph.media.smart.join import space_next_to
from shotgraph.media.smart.verify import verify
from shotgraph.media.sound import (
    MOST_GAIN_DB,
    Measured,
    limited,
    measure,
    raised,
    sample_at,
    sound_of,
)
from shotgraph.media.source import Stream, address, source
from shotgraph.media.target_format import ChannelLayout, TargetFormat, allowance_s, film
from shotgraph.media.treatment import (
    Note,
    coded_treatment,
    number_text,
    picture_changes,
    sound_changes,
)

_TRIES = 8
# With a limiter, a decibel of gain makes a sound less than a decibel louder.
_LEAST_SLOPE = 0.2
# AAC raises peaks by about this much; the first try leaves room for it.
_HEADROOM_DB = {"aac": 0.5, "pcm_s24le": 0.1}
_NO_EDITS: Mapping[str, str | int] = {
    "use_editlist": 0,
    "movflags": "+faststart+negative_cts_offsets",
}
_IN_PLACE = f"setts=pts=PTS+{LEAD_IN}:dts=DTS+{LEAD_IN}"


@dataclass(frozen=True)
class _Sound:
    """A coded sound, its loudness before and after, and the changes."""

    path: Path
    measured: Measured | None
    was: Measured | None
    gain_db: float = 0.0
    is_limited: bool = False


async def deliver(
    video: Path,
    target: Path,
    profile: Profile,
    *,
    framing: Framing = PADDED,
    note: Note | None = None,
) -> MediaInfo:
    """Make a film's file for delivery.

    It has each frame of the film once, unless the profile has another rate. One gain brings the
    sound to the profile's loudness; if its peaks would become too high, they are limited too.

    Args:
        video: The film.
        target: Path of the file. An existing file is replaced.
        profile: The profile that the file must meet.
        framing: How a film of another shape fills the picture.
        note: Called with the changes and the measurements.

    Raises:
        MediaError: The film can't be read or is no video, or the file misses its profile: the
            message has the value and the bound. `target` is unchanged then.
    """
    clip = await asyncio.to_thread(read_clip, video)
    _check_length(clip.info, profile)
    wanted = profile.target(clip.info)
    shot = whole_shot(clip, wanted, framing)
    layout = profile.layout(clip.info)
    samples = sample_at(shot.frames / wanted.frame_rate)
    with replacing(target) as part, space_next_to(part) as room:
        picture = room / "picture"
        await _code_picture(shot, wanted, profile, picture)
        sound = await _code_sound(clip, profile, samples, layout, room) if layout else None
        await run_ffmpeg(
            _together(picture, sound.path if sound else None, part, profile),
            timeout_s=allowance_s(clip.info.duration),
            work=Work("putting picture and sound together", clip.info.duration),
        )
        made = await verify(
            part,
            wanted,
            frames=shot.frames,
            has_sound=layout is not None,
            layout=layout,
            coding=profile.coding,
            heard=_heard(clip, profile, samples),
            gain="any" if sound is not None and sound.is_limited else "level",
            shown=[ShownShot(shot)],
        )
        delivery = await _measured(part, made, profile, sound, samples)
        if note is not None:
            changes = picture_changes(clip.info, wanted, None, profile.coding.pixel_format, framing)
            if clip.info.audio is not None and profile.has_lead_in:
                changes.append(GIVES_WAY)
            done = coded_treatment(made, [*changes, *sound_changes(clip.info, made.audio)])
            note(done.model_copy(update={"delivery": delivery}))
        return made


def _check_length(film: MediaInfo, profile: Profile) -> None:
    least, most = profile.seconds
    if not least <= film.duration <= most:
        long = number_text(film.duration)
        raise MediaError(
            f"{profile.name} takes films of {least} to {most} s, and this one lasts {long} s"
        )


def _lead_in(profile: Profile) -> int:
    """The number of samples at the beginning that the coder's lead-in replaces."""
    return LEAD_IN if profile.has_lead_in else 0


def _heard(clip: Clip, profile: Profile, samples: int) -> list[Heard]:
    if clip.info.audio is None:
        return []
    first = _lead_in(profile)
    return [Heard.of(clip, first, samples - first, first=first)]


async def _code_picture(shot: Shot, wanted: TargetFormat, profile: Profile, into: Path) -> None:
    picture = conform(shot.clip.picture(), shot, wanted, profile.coding)
    lasting = shot.frames / wanted.frame_rate
    await run_ffmpeg(
        film(
            picture,
            None,
            into,
            rate=wanted.frame_rate,
            options=profile.coder_options(wanted.frame_rate),
            coding=profile.coding,
        ),
        timeout_s=allowance_s(lasting),
        work=Work(f"coding for {profile.name}", lasting),
    )


async def _code_sound(
    clip: Clip, profile: Profile, samples: int, layout: ChannelLayout, room: Path
) -> _Sound:
    """Code the sound in the profile's loudness: code, measure, correct the gain, and repeat."""
    path, own = room / "sound", clip.info.audio is not None
    given = sound_of(clip, index=0, samples=samples, layout=layout)
    was = await measure(given, samples=samples) if own else None
    loud = profile.loudness
    if was is None or loud is None:
        await _coded(given, path, profile, layout, samples)
        return _Sound(path, was, was)
    ceiling_db = float(loud.most_peak_db) - _HEADROOM_DB[profile.sound]
    gain_db = min(float(loud.lufs) - was.lufs, MOST_GAIN_DB)
    made, slope = _Sound(path, was, was), 1.0
    for _ in range(_TRIES):
        # Once used, the limiter stays on: each following gain counts on it.
        is_limited = made.is_limited or was.peak_db + gain_db > ceiling_db
        louder = raised(given, gain_db)
        if is_limited:
            louder = limited(louder, samples=samples, peak_db=ceiling_db)
        await _coded(louder, path, profile, layout, samples)
        now = await measure(_as_heard(path, profile), samples=samples)
        before, made = made, _Sound(path, now, was, gain_db, is_limited)
        if now is None:
            break
        if before.measured is not None and gain_db != before.gain_db:
            slope = (now.lufs - before.measured.lufs) / (gain_db - before.gain_db)
        off_db, over_db = float(loud.lufs) - now.lufs, now.peak_db - float(loud.most_peak_db)
        if abs(off_db) <= float(loud.tolerance_lu) / 2 and over_db <= 0:
            break
        gain_db = min(gain_db + off_db / min(max(slope, _LEAST_SLOPE), 1.0), MOST_GAIN_DB)
        ceiling_db -= over_db + 0.1 if over_db > 0 else 0
    return made


def _as_heard(sound: Path, profile: Profile) -> Stream:
    """A coded sound with its lead-in, as the file will have it."""
    heard = source(sound, vn=None)["a:0"]
    first = _lead_in(profile)
    return heard.filter("adelay", delays=f"{first}S", all=1) if first else heard


async def _coded(
    sound: Stream, path: Path, profile: Profile, layout: ChannelLayout, samples: int
) -> None:
    options: dict[str, str | int] = {"c:a": profile.sound, "f": profile.coding.container}
    if profile.sound == "aac":
        options |= {"b:a": profile.sound_bits_per_s[layout], "flags:a": "+bitexact"}
    if first := _lead_in(profile):
        sound = sound.filter("atrim", start_sample=first).filter("asetpts", "PTS-STARTPTS")
    written = ffmpeg.output(sound, address(path), **options, fflags="+bitexact", map_metadata=-1)
    lasting = Fraction(samples, 48_000)
    await run_ffmpeg(
        written.global_args("-copyts"),
        timeout_s=allowance_s(lasting),
        work=Work(f"coding the sound for {profile.name}", lasting),
    )


def _together(picture: Path, sound: Path | None, part: Path, profile: Profile) -> Stream:
    options: dict[str, str | int] = {} if profile.has_edits else {**_NO_EDITS}
    shown = source(picture, an=None)["v:0"]
    heard = None
    if sound is not None:
        heard = source(sound, index=1, vn=None)["a:0"]
        if profile.has_lead_in:
            options |= {"bsf:a": _IN_PLACE}
    return film(
        shown, heard, part, rate=None, codes_sound=False, options=options, coding=profile.coding
    )


async def _measured(
    part: Path, made: MediaInfo, profile: Profile, sound: _Sound | None, samples: int
) -> Delivery:
    """Measure a file, and refuse one that misses its profile.

    Raises:
        MediaError: The file misses its profile; the message has each value and its bound.
    """
    form = await asyncio.to_thread(form_of, part)
    now = None
    if made.audio is not None:
        now = await measure(source(part, vn=None)["a:0"], samples=samples)
    wrong = misses(profile, made, form, now)
    if wrong:
        raise MediaError(
            f"the file for {profile.name} does not meet its profile and was not kept: "
            f"{'; '.join(wrong)}. "
            "The film itself is in the store"
        )
    return Delivery(
        profile=profile.name,
        profile_says=form.profile_says,
        tag=form.tag,
        bits_per_s=form.bits_per_s,
        lufs=round(now.lufs, 2) if now else None,
        peak_db=round(now.peak_db, 2) if now else None,
        was_lufs=round(sound.was.lufs, 2) if sound and sound.was else None,
        gain_db=round(sound.gain_db, 2) if sound else 0.0,
        is_limited=sound.is_limited if sound else False,
        is_silent=made.audio is not None and now is None,
        is_front=form.is_front,
        has_edits=form.has_edits,
    )
