"""Is a film what it should be? Asked before it is put in place."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from shotgraph.errors import MediaError
from shotgraph.media.coded_pictures import coded_pictures
from shotgraph.media.decode import count_decoded
from shotgraph.media.info import AudioInfo, MediaInfo
from shotgraph.media.probe import read_media
from shotgraph.media.reader import Track, count, opened, picture_of, sound_of
from shotgraph.media.sound import Layout, layout_of
from shotgraph.media.source import identify
from shotgraph.media.target_format import TargetFormat


async def verify(
    part: Path,
    target_format: TargetFormat,
    *,
    frames: int,
    has_sound: bool,
    layout: Layout | None = None,
    pieces: Sequence[Path] = (),
    decoded: Collection[Path] = (),
) -> MediaInfo:
    """Read a film that was just made, and see that all of it decodes.

    A film of pieces that were copied decodes if they do, and their pictures are in it bit for bit
    under the same headers; where headers were put together, its key pictures are decoded by them.
    So pieces that were decoded before need not be decoded again.

    Args:
        part: The film.
        target_format: Its size and rate.
        frames: How many it should have.
        has_sound: Whether it should have sound, as long as the picture.
        layout: Of the sound; None for any.
        pieces: The files whose pictures were copied into it, in order; none if it was coded.
        decoded: Those of them that are known to decode to their end.

    Raises:
        MediaError: Its frames, their times, its size, its rate or its sound are not as they
            should be, or it does not decode to its end.
    """
    info = await asyncio.to_thread(read_media, part)
    rate = target_format.frame_rate
    wrong = _differences(
        {
            "frames": (info.frames, frames),
            "frames per second": (info.frame_rate, rate if frames > 1 else info.frame_rate),
            "size": ((info.width, info.height), (target_format.width, target_format.height)),
            "even frame rate": (info.constant_frame_rate, True),
            "sound": (info.audio is not None, has_sound),
        }
    )
    if info.audio is not None:
        wrong += _sound_faults(info.audio, layout, frames / rate, 1 / rate)
    return await _checked(part, info, wrong, frames, pieces=pieces, decoded=decoded)


async def verify_picture_kept(part: Path, original: MediaInfo, layout: Layout) -> MediaInfo:
    """Read a film that got another sound, and decode all of it.

    Raises:
        MediaError: Its picture is not the original's in all that can be said of it, its sound is
            not in that layout or not as long, or it does not decode to its end.
    """
    info = await asyncio.to_thread(read_media, part)
    pairs = zip(original.model_dump().items(), info.model_dump().values(), strict=True)
    wrong = _differences(
        {
            name: (is_, was)
            for (name, was), is_ in pairs
            if name not in {"container", "size_bytes", "audio", "time_base"}
        }
    )
    if info.audio is None:
        wrong.append("sound: False for True")
    else:
        a_frame = info.duration / info.frames
        wrong += _sound_faults(info.audio, layout, info.duration, a_frame)
    return await _checked(part, info, wrong, info.frames)


async def _checked(
    part: Path,
    info: MediaInfo,
    wrong: list[str],
    frames: int,
    *,
    pieces: Sequence[Path] = (),
    decoded: Collection[Path] = (),
) -> MediaInfo:
    wrong += await asyncio.to_thread(_read_clocks, part)
    if not wrong and pieces:
        wrong += await _copied(part, info, pieces, decoded)
    elif not wrong:
        shown = await count_decoded(part, info.duration)
        if shown != frames:
            wrong.append(f"{shown} of {frames} frames decode")
    if wrong:
        raise MediaError(f"the film failed its check and was not kept: {'; '.join(wrong)}")
    return info


async def _copied(
    part: Path,
    info: MediaInfo,
    pieces: Sequence[Path],
    decoded: Collection[Path],
) -> list[str]:
    """What is wrong with a film whose pictures were copied."""
    made, given = await asyncio.gather(
        asyncio.to_thread(coded_pictures, [part]), asyncio.to_thread(coded_pictures, pieces)
    )
    if made.sha256 != given.sha256:
        return ["its pictures are not those of its clips"]
    known = {path.resolve() for path in decoded}
    for piece in dict.fromkeys(path.resolve() for path in pieces):
        if piece not in known:
            own = await asyncio.to_thread(read_media, piece)
            shown = await count_decoded(piece, own.duration, only="v:0")
            if shown != own.frames:
                return [f"{shown} of {own.frames} frames of {piece.name} decode"]
    if made.headers == given.headers:
        if info.audio is not None:
            await count_decoded(part, info.duration, only="a:0")
        return []
    shown = await count_decoded(part, info.duration, keys_alone=True)
    keys = await _key_frames(pieces)
    return [] if shown == keys else [f"{shown} of {keys} key frames decode"]


async def _key_frames(pieces: Sequence[Path]) -> int:
    """How many pictures of all pieces a decoder takes for key frames.

    What a file marks as one is no measure: encoders mark pictures that others before are needed
    for, and a decoder that was told to show key frames alone leaves these out.
    """
    counts = {}
    for piece in dict.fromkeys(pieces):
        own = await asyncio.to_thread(read_media, piece)
        counts[piece] = await count_decoded(piece, own.duration, only="v:0", keys_alone=True)
    return sum(counts[piece] for piece in pieces)


def _differences(found: Mapping[str, tuple[object, object]]) -> list[str]:
    return [f"{name}: {is_} for {wanted}" for name, (is_, wanted) in found.items() if is_ != wanted]


def _sound_faults(
    sound: AudioInfo, layout: Layout | None, seconds: Fraction, slack: Fraction
) -> list[str]:
    wrong = []
    if abs(sound.duration - seconds) > slack:
        wrong.append(f"{float(sound.duration):.3f} s of sound for {float(seconds):.3f} s")
    if layout is not None and layout_of(sound) != layout:
        wrong.append(f"{layout_of(sound)} sound for {layout}")
    return wrong


def _read_clocks(part: Path) -> list[str]:
    """What is wrong with its times."""
    with opened(part, identify(part)) as media:
        streams = [*filter(None, [picture_of(media), sound_of(media)])]
        tracks = count(media, streams, part)
        both = zip(streams, tracks, strict=True)
        return [fault for stream, track in both for fault in clock_faults(stream.type, track)]


def clock_faults(kind: str, track: Track) -> list[str]:
    """What is wrong with the times of a stream of a film."""
    faults = []
    if any(later <= earlier for earlier, later in pairwise(track.decode_times)):
        faults.append(f"the clock of the {kind} does not always run forwards")
    if any(later == earlier for earlier, later in pairwise(track.times)):
        faults.append(f"two packets of the {kind} are due at one time")
    if track.times[0] > 0:
        faults.append(f"the {kind} begins at {float(track.times[0] * track.time_base):g} s")
    return faults
