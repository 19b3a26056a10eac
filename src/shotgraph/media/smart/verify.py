"""Check a film before it is put in place: counts, times, copied pictures, decoded seams."""

import asyncio
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.packet import Packet

from shotgraph.errors import MediaError
from shotgraph.media.concurrency import gather_all
from shotgraph.media.info import AudioInfo, MediaInfo
from shotgraph.media.reader import clock_faults, opened, picture_of
from shotgraph.media.reading import read_here, reading
from shotgraph.media.smart.coded import CodedPictures, header_pictures
from shotgraph.media.smart.coded_piece import (
    FAILED,
    CodedPiece,
    check_decodes,
    count_decoded,
    decodes_strictly,
    read_pieces,
    undecoded_of,
)
from shotgraph.media.smart.due import ShownShot, is_comparable
from shotgraph.media.smart.due_sound import Heard
from shotgraph.media.smart.hearing import Gain, sound_differences
from shotgraph.media.smart.labels import (
    ContainerLabels,
    coded_faults,
    container_faults,
    copied_faults,
)
from shotgraph.media.smart.run_ends import wrong_seams
from shotgraph.media.smart.seeing import picture_differences
from shotgraph.media.sound import layout_of
from shotgraph.media.source import identify
from shotgraph.media.target_format import USUAL, ChannelLayout, Coding, TargetFormat


async def verify(
    part: Path,
    target_format: TargetFormat,
    *,
    frames: int,
    has_sound: bool,
    layout: ChannelLayout | None = None,
    pieces: Sequence[CodedPiece] = (),
    decoded: Collection[Path] = (),
    coding: Coding = USUAL,
    heard: Sequence[Heard] = (),
    gain: Gain = "same",
    shown: Sequence[ShownShot] = (),
    failed: str = FAILED,
    advice: str = "",
) -> MediaInfo:
    """Read a film that was just made, and check that all of it decodes.

    A film of copied pieces decodes if the pieces decode, and if their pictures are in it bit for
    bit under the same headers. Around every seam the film is decoded, and must show the end of one
    piece and the beginning of the next, as each piece shows them by itself. Where headers were put
    together, the first key picture of each piece is decoded with them and with the piece's own, and
    must look the same. So pieces that were decoded before need not be decoded again.

    Args:
        part: The film.
        target_format: The expected size and rate.
        frames: The expected number of frames.
        has_sound: Whether the film should have sound, as long as the picture.
        layout: The expected layout of the sound; None for any.
        pieces: The pieces whose pictures were copied, in order; empty if the whole film was coded.
            New pieces are known to decode.
        decoded: The files of other pieces that are known to decode to their end.
        coding: How the picture was coded, if none was copied.
        heard: The parts of the whole sound; the sound is not compared if empty.
        gain: The relation of the film's loudness to these parts, as in `sound_differences`.
        shown: The shots of a coded film; the pictures are not compared if empty.
        failed: The beginning of the error's message, before the faults.
        advice: The end of the error's message.

    Raises:
        MediaError: The film's frames, their times, its size, rate, labels or sound are wrong, or it
            does not decode to its end.
    """
    seen, pieces = await asyncio.gather(asyncio.to_thread(_see, part, pieces), read_pieces(pieces))
    info, rate = seen.info, target_format.frame_rate
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
    wrong += seen.faults
    wrong += await _label_faults(seen, pieces, coding)
    if not wrong:
        listening = asyncio.to_thread(_listen, part, info, heard, gain)
        # The comparison with the clips decodes the picture too.
        is_compared = decodes_strictly(coding) and any(
            is_comparable(each.shot, target_format) for each in shown
        )
        looking = (
            _copied(part, seen, pieces=pieces, decoded=decoded)
            if pieces
            else _undecoded(part, info, is_ours=True, but_for_picture=is_compared)
        )
        comparing = asyncio.to_thread(
            picture_differences, part, target_format, shown, frames=frames
        )
        found = await gather_all(looking, listening, comparing)
        wrong = [fault for faults in found for fault in faults]
    return _passed(seen.info, wrong, failed, advice)


def _listen(part: Path, info: MediaInfo, heard: Sequence[Heard], gain: Gain) -> list[str]:
    if info.audio is None or not heard:
        return []
    return sound_differences(part, layout_of(info.audio), heard, gain=gain)


async def verify_picture_kept(
    part: Path,
    original: MediaInfo,
    layout: ChannelLayout,
    heard: Sequence[Heard] = (),
    given: Path | None = None,
    gain: Gain = "any",
) -> MediaInfo:
    """Check a film with new sound and the picture of another file; decode all of it.

    Args:
        part: The film.
        original: The properties of the original file.
        layout: The expected layout of the sound.
        heard: The parts of the sound; the sound is not compared if empty.
        given: The file of the picture, copied bit for bit; it is not compared if None.
        gain: The relation of the film's loudness to these parts, as in `sound_differences`.

    Raises:
        MediaError: The picture differs from the original's; the sound is missing, differs from its
            parts, or has another layout or length; or the film does not decode to its end.
    """
    seen = await asyncio.to_thread(_see, part)
    info = seen.info
    wrong = _differences(
        {
            name: (getattr(info, name), getattr(original, name))
            for name in MediaInfo.model_fields
            if name not in {"container", "size_bytes", "audio", "time_base", "stream"}
        }
    )
    if info.audio is None:
        wrong.append("sound: False for True")
    else:
        a_frame = info.duration / info.frames
        wrong += _sound_faults(info.audio, layout, info.duration, a_frame)
    wrong += seen.faults
    if not wrong:
        listening = asyncio.to_thread(_listen, part, info, heard, gain)
        comparing = asyncio.to_thread(_other_packets, part, given)
        found = await gather_all(_undecoded(part, info), listening, comparing)
        wrong = [fault for faults in found for fault in faults]
    return _passed(info, wrong)


def _packets_sha256(path: Path) -> str:
    """Hash the packets of a file's picture, their order of display, and their headers.

    Raises:
        MediaError: The file can't be read, or holds no picture.
    """
    digest, times = hashlib.sha256(), []
    with opened(path, identify(path), looks_inside=False) as media:
        stream = picture_of(media)
        if stream is None:
            raise MediaError(f"{path} holds no picture")
        digest.update(stream.codec_context.extradata or b"")
        for packet in media.demux(stream):
            if packet.size:
                digest.update(memoryview(packet))
                times.append(packet.pts or 0)
    ranks = {time: rank for rank, time in enumerate(sorted(times))}
    digest.update(repr([ranks[time] for time in times]).encode("ascii"))
    return digest.hexdigest()


def _other_packets(part: Path, given: Path | None) -> list[str]:
    if given is None or _packets_sha256(part) == _packets_sha256(given):
        return []
    return ["its pictures differ from those of its source film"]


@dataclass(frozen=True)
class _Seen:
    """The findings of one pass over a film."""

    info: MediaInfo
    faults: tuple[str, ...]
    pictures: CodedPictures


def _see(part: Path, pieces: Sequence[CodedPiece] = ()) -> _Seen:
    pictures, labels = CodedPictures(piece.frames for piece in pieces), ContainerLabels()

    def seen(packet: "Packet[Any]") -> None:
        labels.read(packet.stream)
        if pieces and packet.stream.type == "video":
            pictures.add(packet, part)

    with reading(part, also=seen) as found:
        faults = [
            each for stream, track in found.tracks for each in clock_faults(stream.type, track)
        ]
        if found.picture is not None:
            faults += container_faults(labels, found.info, found.picture)
        return _Seen(found.info, tuple(faults), pictures)


async def _label_faults(seen: _Seen, pieces: Sequence[CodedPiece], coding: Coding) -> list[str]:
    if pieces:
        own = pieces[0].info
        if own is None:
            own = await asyncio.to_thread(read_here, pieces[0].path)
        faults = copied_faults(seen.info, own)
    else:
        faults = coded_faults(seen.info, coding)
    return list(faults)


def _passed(
    info: MediaInfo, wrong: Sequence[str], failed: str = FAILED, advice: str = ""
) -> MediaInfo:
    if wrong:
        raise MediaError("; ".join(filter(None, [f"{failed}: {'; '.join(wrong)}", advice])))
    return info


async def _undecoded(
    part: Path, info: MediaInfo, *, is_ours: bool = False, but_for_picture: bool = False
) -> list[str]:
    if but_for_picture:
        if info.audio is not None:
            await count_decoded(part, info.duration, only="a:0", is_ours=is_ours)
        return []
    shown = await count_decoded(part, info.duration, is_ours=is_ours)
    return [] if shown == info.frames else [f"{shown} of {info.frames} frames decode"]


async def _copied(
    part: Path,
    seen: _Seen,
    *,
    pieces: Sequence[CodedPiece],
    decoded: Collection[Path],
) -> list[str]:
    """List the faults of a film with copied pictures."""
    given = CodedPictures.joined(piece.coded for piece in pieces if piece.coded is not None)
    if seen.pictures.sha256 != given.sha256:
        return ["its pictures differ from those of its clips"]
    if seen.pictures.order != given.order:
        return ["its pictures are not shown in the order of its clips"]
    rate = seen.info.frames / seen.info.duration
    await gather_all(*(check_decodes(each, rate) for each in undecoded_of(pieces, decoded)))
    if seen.info.audio is not None:
        await count_decoded(part, seen.info.duration, only="a:0")
    seams = [piece.seam for piece in pieces[:-1]]
    wrong = [
        f"the film does not show the end of clip {number} and then the start of clip {number + 1}"
        for number in await asyncio.to_thread(wrong_seams, seen.pictures.ends, given.ends, seams)
    ]
    if seen.pictures.sets != given.sets or not seen.pictures.heads <= given.heads:
        wrong.append("its headers differ from those of its clips")
    return wrong if seen.pictures.headers == given.headers else wrong + await _differ(part, pieces)


async def _differ(part: Path, pieces: Sequence[CodedPiece]) -> list[str]:
    """List the pieces that look different under the film's headers than under their own."""
    made, own = await asyncio.gather(
        asyncio.to_thread(header_pictures, part, [piece.frames for piece in pieces]),
        asyncio.to_thread(
            lambda: {each: header_pictures(each.path, [each.frames])[0] for each in set(pieces)}
        ),
    )
    both = enumerate(zip(made, pieces, strict=True), start=1)
    return [
        f"clip {number} looks different in the film" for number, (is_, of) in both if is_ != own[of]
    ]


def _differences(found: Mapping[str, tuple[object, object]]) -> list[str]:
    return [f"{name}: {is_} for {wanted}" for name, (is_, wanted) in found.items() if is_ != wanted]


def _sound_faults(
    sound: AudioInfo, layout: ChannelLayout | None, seconds: Fraction, slack: Fraction
) -> list[str]:
    wrong = []
    if abs(sound.duration - seconds) > slack:
        wrong.append(f"{float(sound.duration):.3f} s of sound for {float(seconds):.3f} s")
    if layout is not None and layout_of(sound) != layout:
        wrong.append(f"{layout_of(sound)} sound for {layout}")
    return wrong
