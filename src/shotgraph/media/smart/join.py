"""Join clips into one film: pictures are copied where possible, the sound is coded once."""

import asyncio
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path

import ffmpeg

from shotgraph.media.concurrency import gather_all
from shotgraph.media.dissolve import dissolve, heard_in_dissolves, shown_in_dissolves
from shotgraph.media.framing import PADDED, Framing
from shotgraph.media.grade import Match
from shotgraph.media.info import MediaInfo
from shotgraph.media.matching import matched, measured
from shotgraph.media.output import target as replacing
from shotgraph.media.picture import conform
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.smart.clip import Clip, Shot, read_clip, whole_shot
from shotgraph.media.smart.coded_piece import (
    CodedPiece,
    check_decodes,
    check_shows,
    read_pieces,
    undecoded_of,
)
from shotgraph.media.smart.due import ShownShot
from shotgraph.media.smart.due_sound import Heard
from shotgraph.media.smart.pattern import Pattern, pattern_of, read_sets
from shotgraph.media.smart.splice import remux_picture, slot, sound_can_be_copied, splice
from shotgraph.media.smart.verify import verify
from shotgraph.media.sound import Lufs, levelled, sample_at, sound_of, widest_layout
from shotgraph.media.source import Stream, source
from shotgraph.media.target_format import (
    USUAL,
    ChannelLayout,
    Coding,
    TargetFormat,
    WantedFormat,
    allowance_s,
    choose_format,
    film,
)
from shotgraph.media.transition import Transition
from shotgraph.media.treatment import Note, treatment


async def join(
    shots: Sequence[Shot],
    target_format: TargetFormat,
    room: Path,
    part: Path,
    *,
    sound_from: Clip | None = None,
    loudness: Lufs | None = None,
    coding: Coding | None = None,
    usual: Coding = USUAL,
    decoded: Collection[Path] = (),
) -> list[CodedPiece]:
    """Write the shots to `part`, one after the other.

    Whole clips in the film's size and rate are copied if they have the coding that most of the film
    has; a clip that differs only in its clock is copied to the film's clock. The other clips are
    coded anew into the same stream, if the copied pictures are H.264 in a profile that our coder
    has (Baseline, Main, High; 8 bit, 4:2:0, progressive) and in common colours. The new pictures
    get the same profile, level, clock and colours, and headers with a number of their own. The
    film's header then holds both, so that the film also plays in a player that does not read
    headers between pictures. If this is not possible, all clips are coded anew with one coding.

    Args:
        shots: The film's shots in order.
        target_format: The film's size and rate.
        room: An empty folder of our own, on the disk of `part`.
        part: Path of the film.
        sound_from: A clip whose sound, from its start, replaces the sound of the shots; it is
            copied bit for bit if it is AAC in an mp4, as long as the film to the frame.
        loudness: The loudness of the film's sound; unchanged if None.
        coding: How pictures are coded; clips with another coding are then not copied.
        usual: How they are coded if `coding` is None.
        decoded: The clips that are known to decode to their end.

    Returns:
        The pieces of the film's picture; all of them decode.

    Raises:
        MediaError: ffmpeg failed, or a piece does not decode.
    """
    pattern = pattern_of(shots, target_format)
    if pattern is not None and coding is not None and not pattern.is_in(coding):
        pattern = None
    copied = [pattern is not None and pattern.fits(shot) for shot in shots]
    if pattern is None or not (all(copied) or pattern.takes_others):
        pattern, copied = None, [False] * len(shots)
    pieces = [
        CodedPiece(
            shot.clip.path, shot.frames, selector=shot.clip.info.selector, info=shot.clip.info
        )
        if is_copied
        else CodedPiece(_new(room, number), shot.frames, is_new=True)
        for number, (shot, is_copied) in enumerate(zip(shots, copied, strict=True))
    ]
    coded = coding or usual
    await _fill(shots, pieces, pattern, target_format, room, coded)
    rate = target_format.frame_rate
    lengths = [shot.frames for shot in shots]
    if sound_from is not None and loudness is None and await _fits(sound_from, lengths, rate):
        assert sound_from.info.audio is not None  # noqa: S101  or it would not fit
        sound = source(sound_from.path, vn=None)[sound_from.info.audio.selectors[0]]
        spliced = splice(room, lengths, rate, sound, part, codes_sound=False, coding=coded)
    else:
        sound, layout = (
            _sound(shots, rate) if sound_from is None else _taken(sound_from, lengths, rate)
        )
        if sound is not None and loudness is not None:
            sound = await levelled(sound, loudness, samples=sample_at(sum(lengths) / rate))
        spliced = splice(room, lengths, rate, sound, part, layout=layout, coding=coded)
    # Coding or copying the sound uses one processor; decoding uses the others at the same time.
    both = [(shot, piece) for shot, piece in zip(shots, pieces, strict=True) if piece.is_new]
    unknown = undecoded_of(pieces, decoded)
    read = list(pieces)

    async def read_beside() -> None:
        if not both:
            read[:] = await read_pieces(pieces)

    await gather_all(
        spliced,
        read_beside(),
        *(check_decodes(piece, rate) for piece in unknown),
        *(check_shows(piece, target_format, shot, coded) for shot, piece in both),
    )
    return read


async def _fits(clip: Clip, lengths: Sequence[int], rate: Fraction) -> bool:
    return await asyncio.to_thread(sound_can_be_copied, clip, sum(lengths) / rate, slack=1 / rate)


async def _fill(
    shots: Sequence[Shot],
    pieces: Sequence[CodedPiece],
    pattern: Pattern | None,
    target_format: TargetFormat,
    room: Path,
    coding: Coding,
) -> None:
    both = list(zip(shots, pieces, strict=True))
    works = [_coding(number, shots, target_format) for number in range(len(shots))]
    await gather_all(
        *(
            _code_picture(shot, target_format, piece.path, work, pattern, coding)
            for (shot, piece), work in zip(both, works, strict=True)
            if piece.is_new
        )
    )
    clock = pattern.signature.time_base if pattern is not None else None
    clips = [
        await asyncio.to_thread(read_clip, piece.path) if piece.is_new else shot.clip
        for shot, piece in both
    ]
    # A clip of one or two pictures has none to reorder, and is decoded later than other clips. In
    # one film with these, its decode times and the film's length would not be even.
    lead, half = max(clip.lead for clip in clips), 1 / (2 * target_format.frame_rate)
    late = [lead - clip.lead if lead - clip.lead >= half else Fraction(0) for clip in clips]
    for number, ((_, piece), clip) in enumerate(zip(both, clips, strict=True)):
        into, ticks = slot(room, number), clock or clip.info.time_base
        is_as_spliced = clock is None or piece.is_new or _is_as_spliced(clip.info, clock)
        if ticks is None or (is_as_spliced and not late[number]):
            into.symlink_to(piece.path.resolve())
        else:
            await asyncio.to_thread(
                remux_picture, piece.path, into, time_base=ticks, earlier=late[number]
            )
    if pattern is not None and any(piece.is_new for piece in pieces):
        await asyncio.to_thread(_head, room, pieces, pattern, late[0])


def _is_as_spliced(info: MediaInfo, clock: Fraction) -> bool:
    """Whether a clip has the film's clock, and its picture as the first stream.

    ffmpeg's concat takes the first stream, which may be a cover image or the sound.
    """
    return info.time_base == clock and info.stream == 0


def _head(room: Path, pieces: Sequence[CodedPiece], pattern: Pattern, earlier: Fraction) -> None:
    """Give the first slot the headers of both coders: its header becomes the film's.

    The piece itself keeps its own header, so that the film can be compared with it.
    """
    if pattern.sets is None:
        return
    new = next(piece for piece in pieces if piece.is_new)
    headers = pattern.sets.joined(read_sets(read_clip(new.path).headers)).coded()
    into = slot(room, 0)
    into.unlink()
    remux_picture(
        pieces[0].path,
        into,
        time_base=pattern.signature.time_base,
        headers=headers,
        earlier=earlier,
    )


def _new(room: Path, number: int) -> Path:
    return room / f"new-{number:05}.mp4"


def _coding(number: int, shots: Sequence[Shot], target_format: TargetFormat) -> Work:
    lasting = shots[number].frames / target_format.frame_rate
    return Work(f"coding clip {number + 1} of {len(shots)}", lasting)


async def _code_picture(
    shot: Shot,
    target_format: TargetFormat,
    into: Path,
    work: Work,
    pattern: Pattern | None,
    coding: Coding,
) -> None:
    picture = conform(shot.clip.picture(), shot, target_format, coding)
    rate = target_format.frame_rate
    options = None
    if pattern is not None:
        picture, options = pattern.coloured(picture), pattern.options()
    await run_ffmpeg(
        film(picture, None, into, rate=rate, options=options, coding=coding),
        timeout_s=allowance_s(shot.frames / rate),
        work=work,
    )


def _taken(
    clip: Clip, lengths: Sequence[int], rate: Fraction
) -> tuple[Stream | None, ChannelLayout | None]:
    layout = widest_layout([clip.info])
    if layout is None:
        return None, None
    return sound_of(clip, index=0, samples=sample_at(sum(lengths) / rate), layout=layout), layout


def _sound(shots: Sequence[Shot], rate: Fraction) -> tuple[Stream | None, ChannelLayout | None]:
    layout = widest_layout(shot.clip.info for shot in shots)
    if layout is None:
        return None, None
    sounds = [
        sound_of(shot.clip, index=number, samples=part.samples, layout=layout)
        for number, (shot, part) in enumerate(zip(shots, heard_in(shots, rate), strict=True))
    ]
    return ffmpeg.concat(*sounds, v=0, a=1), layout


def heard_in(shots: Sequence[Shot], rate: Fraction) -> list[Heard]:
    """Give the sound of each shot in a film of these shots, exactly as long as its picture."""
    ends = accumulate((shot.frames for shot in shots), initial=0)
    samples = [sample_at(end / rate) for end in ends]
    return [
        Heard.of(shot.clip, begin, end - begin)
        for shot, (begin, end) in zip(shots, pairwise(samples), strict=True)
    ]


async def concat(
    clips: Sequence[Path],
    target: Path,
    *,
    transition: Transition | None = None,
    wanted: WantedFormat | None = None,
    loudness: Lufs | None = None,
    audio_track: int | None = None,
    background: str | None = None,
    framing: Framing = PADDED,
    match: Match | None = None,
    usual: Coding = USUAL,
    note: Note | None = None,
    decoded: Collection[Path] = (),
) -> MediaInfo:
    """Join clips into one mp4.

    The film has the size and the frame rate that `wanted` names, or else those that most seconds of
    the clips have; if several have as many, the first clip's. Other clips are fitted inside as
    `framing` says, and keep their speed. The sound of each clip is made as long as its picture, at
    48 kHz, in the widest of the clips' layouts: mono, stereo or 5.1. A clip without sound is
    silent; if no clip has sound, the film has none. Pictures with one coding are copied, not coded
    again (see `join`); where clips overlap, all are coded.

    Args:
        clips: Videos, in order; a clip may be used several times.
        target: Path of the film. An existing file is replaced if the film passes its check.
        transition: The transition between clips; a cut if None.
        wanted: The film's size, frame rate and coding, each if given.
        loudness: The whole film's loudness in LUFS; unchanged if None.
        audio_track: The number of the sound track to use of clips with several, from 1.
        background: The colour behind transparent clips, as ``#rrggbb``; black by default.
        framing: How clips of another shape fill the film.
        match: colour brings each clip that continues the previous one to the colours of its end;
            the change fades away over the clip. None leaves the colours unchanged.
        usual: How pictures that are not copied are coded, if `wanted` names no coding.
        note: Called with the treatment of the clips.
        decoded: The clips that are known to decode to their end; they are not decoded again
            where they are copied.

    Raises:
        MediaError: A clip can't be read or is no video; an overlap is not shorter than each clip;
            the format can't be made; or the film failed its check. Then `target` is unchanged.
    """
    read = await _read(clips, audio_track, background)
    infos = [clip.info for clip in read]
    target_format, coding = choose_format(infos, wanted), wanted.coding if wanted else None
    shots = [whole_shot(clip, target_format, framing) for clip in read]
    is_exact = (coding or usual).is_exact
    shots, seams = await matched(shots, is_exact=is_exact) if match is not None else (shots, ())
    pieces, shown = list[CodedPiece](), list[ShownShot]()
    with replacing(target) as part, space_next_to(part) as room:
        if transition is not None and transition.kind != "cut" and len(shots) > 1:
            frames = await dissolve(
                shots,
                target_format,
                room,
                part,
                seconds=transition.seconds,
                effect=transition.kind,
                loudness=loudness,
                coding=coding or usual,
            )
            heard = heard_in_dissolves(shots, target_format.frame_rate, transition.seconds)
            shown = shown_in_dissolves(shots, target_format.frame_rate, transition)
        else:
            by_cuts = partial(join, loudness=loudness, usual=usual, decoded=decoded)
            pieces = await by_cuts(shots, target_format, room, part, coding=coding)
            frames = sum(piece.frames for piece in pieces)
            heard = heard_in(shots, target_format.frame_rate)
        layout = widest_layout(infos)
        made = await verify(
            part,
            target_format,
            frames=frames,
            has_sound=layout is not None,
            layout=layout,
            pieces=() if _of_whole_film(pieces, coding) else pieces,
            decoded=[piece.path for piece in pieces],
            coding=coding or usual,
            heard=heard,
            gain="same" if loudness is None else "level",
            shown=shown,
        )
        if note is not None:
            copied = [not piece.is_new for piece in pieces] or [False] * len(infos)
            said = treatment(made, zip(infos, copied, strict=True), background, framing)
            note(said.model_copy(update={"seams": await measured(seams, shots, part)}))
        return made


async def _read(
    clips: Sequence[Path], audio_track: int | None, background: str | None
) -> list[Clip]:
    return await asyncio.gather(
        *(
            asyncio.to_thread(read_clip, path, audio_track=audio_track, background=background)
            for path in clips
        )
    )


def _of_whole_film(pieces: Sequence[CodedPiece], coding: Coding | None) -> bool:
    """Whether the whole film is decoded, and not only its seams.

    HEVC that is decoded from between key pictures gives fewer pictures, even if it is correct.
    """
    has_h264 = coding is None or coding.codec == "h264"
    return not has_h264 and all(piece.is_new for piece in pieces)


@contextmanager
def space_next_to(part: Path) -> Iterator[Path]:
    """Make a temporary folder of our own on the disk of a file that is being made."""
    with tempfile.TemporaryDirectory(prefix=".", suffix=".part", dir=part.parent) as name:
        yield Path(name)
