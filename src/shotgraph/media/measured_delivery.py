"""Measure a delivered file by its bytes, and list the values that miss its profile."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.integrity import boxes_in
from shotgraph.media.profiles import MEGA, Profile
from shotgraph.media.reader import opened, picture_of
from shotgraph.media.sound import Measured, layout_of
from shotgraph.media.source import identify


@dataclass(frozen=True)
class FileForm:
    """The form of an mp4 or mov; for its fields see `Delivery`."""

    tag: str
    profile_says: str
    bits_per_s: int
    is_front: bool
    has_edits: bool


def form_of(path: Path) -> FileForm:
    """Read the form of a file.

    Raises:
        MediaError: The file can't be read, or holds no picture.
    """
    with path.open("rb") as file:
        end = path.stat().st_size
        kinds = [kind for kind, _, _ in boxes_in(file, 0, end)]
        has_edits = any(True for _ in _edits(file, end))
    with opened(path, identify(path), looks_inside=False) as media:
        stream = picture_of(media)
        if stream is None:
            raise MediaError(f"{path} holds no picture")
        packets = [(packet.size, packet.duration or 0) for packet in media.demux(stream)]
        lasting = sum(duration for _, duration in packets) * (stream.time_base or Fraction(1))
        codec = stream.codec_context
        coded_bits = 8 * sum(size for size, _ in packets)
        return FileForm(
            tag=codec.codec_tag,
            profile_says=codec.profile or "",
            bits_per_s=round(coded_bits / lasting) if lasting else 0,
            is_front=b"moov" in kinds and kinds.index(b"moov") < kinds.index(b"mdat"),
            has_edits=has_edits,
        )


def _edits(file: BinaryIO, end: int) -> Iterator[int]:
    for moov, begin, stop in boxes_in(file, 0, end):
        for trak, inner, until in boxes_in(file, begin, stop) if moov == b"moov" else ():
            for edts, place, _ in boxes_in(file, inner, until) if trak == b"trak" else ():
                if edts == b"edts":
                    yield place


def misses(
    profile: Profile, info: MediaInfo, form: FileForm, measured: Measured | None
) -> list[str]:
    """The values of a file that miss its profile, each with its bound, in words.

    Args:
        profile: The profile.
        info: The description of the file.
        form: The form of the file.
        measured: The loudness of its sound; None if it is silent or has no sound.
    """
    return [
        *_of_picture(profile, info, form),
        *_of_sound(profile, info, measured),
        *_of_file(profile, info, form),
    ]


def _of_picture(profile: Profile, info: MediaInfo, form: FileForm) -> Iterator[str]:
    if info.codec != profile.coding.codec:
        yield f"codec: {info.codec} for {profile.coding.codec}"
    if info.pixel_format != profile.coding.pixel_format:
        yield f"pixels: {info.pixel_format} for {profile.coding.pixel_format}"
    wanted = {"h264": ("avc1", "High"), "prores": ("apch", "HQ")}[profile.coding.codec]
    if form.tag != wanted[0]:
        yield f"kind of its picture: {form.tag} for {wanted[0]}"
    if form.profile_says != wanted[1]:
        yield f"profile of its coder: {form.profile_says or 'none'} for {wanted[1]}"
    size = (info.width, info.height)
    if profile.sizes and size not in profile.sizes.values():
        allowed = " or ".join(f"{wide} x {high}" for wide, high in {*profile.sizes.values()})
        yield f"size: {info.width} x {info.height} px for {allowed}"
    rate = info.frame_rate or Fraction(0)
    if profile.rates is not None and rate not in profile.rates:
        yield f"{rate} frames a second for {' or '.join(map(str, profile.rates))}"
    if not profile.least_rate <= rate <= profile.most_rate:
        yield f"{rate} frames a second for {profile.least_rate} to {profile.most_rate}"
    if profile.most_bits_per_s is not None and form.bits_per_s > profile.most_bits_per_s:
        most = profile.most_bits_per_s / MEGA
        yield f"picture: {form.bits_per_s / MEGA:.1f} Mbit/s for at most {most:g}"


def _of_sound(profile: Profile, info: MediaInfo, measured: Measured | None) -> Iterator[str]:
    sound = info.audio
    if sound is None:
        if profile.needs_sound:
            yield "sound: none, but a sound track is required"
        return
    if sound.codec != profile.sound:
        yield f"sound: {sound.codec} for {profile.sound}"
    if layout_of(sound) not in profile.sound_bits_per_s:
        yield f"sound: {layout_of(sound)} for {' or '.join(profile.sound_bits_per_s)}"
    loud = profile.loudness
    if loud is None or measured is None:
        return
    # Meters show one decimal, so a difference below that is no miss.
    if abs(round(measured.lufs, 1) - float(loud.lufs)) > float(loud.tolerance_lu) + 1e-6:
        bound = f"{float(loud.lufs):g} ± {float(loud.tolerance_lu):g} LUFS"
        yield f"loudness: {measured.lufs:.1f} LUFS for {bound}"
    if round(measured.peak_db, 1) > float(loud.most_peak_db):
        yield f"true peak: {measured.peak_db:.1f} dBTP for at most {float(loud.most_peak_db):g}"


def _of_file(profile: Profile, info: MediaInfo, form: FileForm) -> Iterator[str]:
    if info.container != profile.coding.container:
        yield f"container: {info.container} for {profile.coding.container}"
    if not form.is_front:
        yield "its index is at its end, but must be at its beginning"
    if form.has_edits and not profile.has_edits:
        yield "it has edit lists, but must have none"
    least, most = profile.seconds
    if not least <= info.duration <= most:
        yield f"length: {float(info.duration):.3f} s for {least} to {most} s"
    if profile.most_bytes is not None and info.size_bytes > profile.most_bytes:
        size, bound = info.size_bytes / MEGA, profile.most_bytes / MEGA
        yield f"size of the file: {size:.1f} MB for at most {bound:g}"
