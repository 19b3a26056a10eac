"""Find damage, and changes of format, in the part of a clip that a step uses.

`decoding` keeps the findings by the clip's content.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel

from shotgraph.endpoints.endpoint import Endpoint
from shotgraph.errors import MediaError
from shotgraph.graph import Graph
from shotgraph.graph.node import Node
from shotgraph.making.decoding import ClipStretch
from shotgraph.making.step_jobs import ConformClipArguments, RejoinArguments
from shotgraph.media.findings import CHUNK_S, WHOLE, Finding, Findings, Span
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.media.progress import Work, report
from shotgraph.media.target_format import format_of
from shotgraph.model.fields import media_in
from shotgraph.model.references import Asset, LocalFile, MediaRef, Sha256
from shotgraph.model.walk import FieldPath
from shotgraph.spec import (
    FrameArguments,
    HoldArguments,
    Problem,
    SoundtrackArguments,
    SpeedArguments,
    TrimArguments,
)
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.store import Store
from shotgraph.store.assets import sha256_of_file
from shotgraph.store.records import RecordStore

Infos = Mapping[MediaRef, MediaInfo]
"""The properties of media, as far as they are known."""


@dataclass(frozen=True)
class Use:
    """The part of a medium that a step uses.

    Attributes:
        path: The medium's field.
        ref: The medium.
        span: The seconds that are used.
        streams: picture, sound, or both.
        audio_track: The number of the sound track, from 1.
    """

    path: FieldPath
    ref: MediaRef
    span: Span = WHOLE
    streams: frozenset[str] = frozenset({"picture", "sound"})
    audio_track: int | None = None


_PICTURE, _SOUND = frozenset({"picture"}), frozenset({"sound"})


def uses_of(arguments: BaseModel, infos: Infos, endpoint: Endpoint | None = None) -> Iterator[Use]:
    """Find the part that a step uses of each video and sound with a known length.

    Args:
        arguments: The arguments of a step, or of a job that makes a medium fit.
        infos: The known properties of the media.
        endpoint: The step's endpoint; None for a local step.
    """
    track = getattr(arguments, "audio_track", None)
    for path, _, ref in media_in(arguments):
        info = infos.get(ref)
        if info is None or info.kind in ("image", "font"):
            continue
        if path == ("like",):
            continue  # only its size and rate are taken
        if isinstance(arguments, SoundtrackArguments):
            if (use := _of_soundtrack(arguments, path, ref, infos)) is not None:
                yield use
        elif isinstance(arguments, RejoinArguments):
            yield Use(path, ref, streams=_of_rejoined(arguments, path))
        else:
            streams = _PICTURE if _is_silent(arguments) else _PICTURE | _SOUND
            yield Use(path, ref, _span(arguments, info, endpoint), streams, track)


def _span(arguments: BaseModel, info: MediaInfo, endpoint: Endpoint | None) -> Span:
    limits = endpoint.limits if endpoint is not None else None
    if endpoint is not None and limits is not None and endpoint.long_video == "end":
        return Span(max(info.duration - limits.video.max_duration, Fraction(0)))
    if isinstance(arguments, TrimArguments):
        return Span(arguments.start, arguments.start + arguments.length())
    if isinstance(arguments, ConformClipArguments):
        rate, retime = arguments.frame_rate, arguments.retime or 1
        end = (arguments.first + arguments.frames) / rate / retime
        return Span(arguments.first / rate / retime, min(end, info.duration))
    if isinstance(arguments, FrameArguments | HoldArguments) and info.frame_rate is not None:
        at = "last" if arguments.at is None else arguments.at
        number = {"first": 0, "last": info.frames - 1}.get(str(at), at)
        begin = int(number) / format_of(info).frame_rate
        if not info.constant_frame_rate:
            # The frame's time is known only when the clip's times are read.
            return WHOLE
        return Span(begin, begin + 1 / info.frame_rate)
    return WHOLE


def _is_silent(arguments: BaseModel) -> bool:
    """Whether a step does not use the sound of its clips."""
    if isinstance(arguments, ConformClipArguments):
        return not arguments.with_sound
    if isinstance(arguments, SpeedArguments):
        return arguments.sound == "drop"
    if isinstance(arguments, FrameArguments | HoldArguments):
        return True
    return getattr(arguments, "keep_audio", True) is False


def _of_soundtrack(
    arguments: SoundtrackArguments, path: FieldPath, ref: MediaRef, infos: Infos
) -> Use | None:
    if path == ("video",):
        streams = _PICTURE if arguments.mode == "replace" else _PICTURE | _SOUND
        return Use(path, ref, WHOLE, streams, arguments.audio_track)
    film = infos.get(arguments.video)
    if film is None:
        return None
    length = max(film.duration - arguments.start, Fraction(0))
    return Use(path, ref, Span(Fraction(0), None if arguments.loop else length), _SOUND)


def _of_rejoined(arguments: RejoinArguments, path: FieldPath) -> frozenset[str]:
    if path == ("sound_of",):
        return _SOUND
    return _PICTURE if arguments.sound_of is not None else _PICTURE | _SOUND


LONGEST_GIVEN_S = 60
"""Longer clips that users give are not checked for faults: it takes a tenth of their length."""
_MOST_SAID = 3


@dataclass(frozen=True)
class _Known:
    """A medium on this machine."""

    sha256: Sha256
    path: Path
    info: MediaInfo

    def stretch(self, number: int, audio_track: int | None) -> ClipStretch:
        return ClipStretch(self.sha256, self.path, number, audio_track)


async def check_media(arguments: BaseModel, store: Store, *, measured: bool = False) -> None:
    """Check that the parts of media that a job uses decode.

    Args:
        arguments: The job's arguments; every medium is an asset.
        store: The store with the media and with earlier findings.
        measured: Whether to measure them too, as for media that a model repaints.

    Raises:
        MediaError: A part does not decode, or the format changes inside it; the message has the
            path of the file in the store.
    """
    known: dict[MediaRef, _Known] = {}
    for _, _, ref in media_in(arguments):
        assert isinstance(ref, Asset)  # noqa: S101  a job's media are assets
        known[ref] = _Known(ref.sha256, await store.assets.file(ref), await store.assets.info(ref))
    for use in uses_of(arguments, {ref: one.info for ref, one in known.items()}):
        find = partial(_findings, measured=measured)
        wrong = await _wrong_in(use, known[use.ref], store.records, find)
        if wrong is not None:
            raise MediaError(f"{known[use.ref].path} can't be used: {wrong}")


async def problems_inside(graph: Graph, names: Iterable[str], store: Store) -> list[Problem]:
    """Decode the parts of a film's files that some steps use, before anything is bought.

    Args:
        graph: The film.
        names: The steps that are to be made or bought.
        store: The store that keeps the findings.
    """
    measured = _measured_files(graph, wanted := set(names))

    async def find(one: _Known, number: int, track: int | None, records: RecordStore) -> Findings:
        is_short = one.info.duration <= LONGEST_GIVEN_S
        return await _findings(
            one, number, track, records, measured=one.path in measured and is_short
        )

    return await _problems(graph, wanted, store, find, "nothing was bought or made")


def _measured_files(graph: Graph, names: Container[str]) -> set[Path]:
    """Find the files to measure too: the clips that users give to a model."""
    return {
        ref.file
        for node in graph.in_file_order()
        if node.name in names and _is_looked_at(node)
        for _, kind, ref in node.media()
        if isinstance(ref, LocalFile) and kind == "video"
    }


def _is_looked_at(node: Node) -> bool:
    endpoint = node.endpoint
    return (
        endpoint is not None
        and endpoint.outputs[0].kind == "video"
        and node.checking.mode != "off"
        and not isinstance(node.arguments, FalArguments)
    )


async def problems_on_record(
    graph: Graph, names: Iterable[str], store: Store
) -> tuple[list[Problem], int]:
    """Find the problems of `problems_inside` in earlier findings, without decoding.

    Returns:
        The problems, and the number of files whose used parts were not all decoded yet.
    """
    unseen: set[Sha256] = set()

    async def looked_up(
        one: _Known, number: int, audio_track: int | None, records: RecordStore
    ) -> Findings:
        kept = await records.get(one.stretch(number, audio_track).findings_name)
        if kept is not None:
            return Findings.of_json(json.loads(kept))
        unseen.add(one.sha256)
        return Findings()

    problems = await _problems(graph, names, store, looked_up, "a run would fail here")
    return problems, len(unseen)


_Find: TypeAlias = "Callable[[_Known, int, int | None, RecordStore], Awaitable[Findings]]"


async def _problems(
    graph: Graph, names: Iterable[str], store: Store, find: _Find, so: str
) -> list[Problem]:
    found: dict[tuple[str, str], Problem] = {}
    wanted, find = set(names), _once(find)
    # A thousand steps may use one file.
    known: dict[MediaRef, _Known] = {}
    for node in graph.in_file_order():
        if node.name not in wanted:
            continue
        refs = [ref for _, _, ref in node.media() if isinstance(ref, LocalFile)]
        for ref in (one for one in dict.fromkeys(refs) if one not in known):
            known[ref] = await _known_file(ref)
        infos: dict[MediaRef, MediaInfo] = {ref: known[ref].info for ref in refs}
        for use in uses_of(node.arguments, infos, node.endpoint):
            wrong = await _wrong_in(use, known[use.ref], store.records, find)
            if wrong is not None:
                what = f"{known[use.ref].path.name}: {wrong}; {so}"
                problem = graph.problem(node, use.path, what)
                found.setdefault((str(problem.location), problem.what), problem)
    return list(found.values())


def _once(find: _Find) -> _Find:
    """Make a `find` that remembers its results, so that each stretch is read once."""
    found: dict[str, Findings] = {}

    async def remembered(
        one: _Known, number: int, audio_track: int | None, records: RecordStore
    ) -> Findings:
        name = one.stretch(number, audio_track).findings_name
        if name not in found:
            found[name] = await find(one, number, audio_track, records)
        return found[name]

    return remembered


async def _known_file(ref: LocalFile) -> _Known:
    sha256 = await asyncio.to_thread(sha256_of_file, ref.file)
    return _Known(sha256, ref.file, await probe(ref.file))


async def _wrong_in(use: Use, one: _Known, records: RecordStore, find: _Find) -> str | None:
    """Describe the damage in the part of a medium that is used; None if there is none."""
    found: list[Finding] = []
    chunks = use.span.chunks(one.info.duration)
    for number in chunks:
        chunk = await find(one, number, use.audio_track, records)
        found += [
            each
            for each in chunk.found
            if each.stream in use.streams and each.is_in(use.span) and each not in found
        ]
        done = Fraction((number - chunks.start + 1) * CHUNK_S)
        report(Work("decoding all that is used of a clip", Fraction(len(chunks) * CHUNK_S)), done)
    if not found:
        return None
    words = list(dict.fromkeys(each.in_words() for each in found))
    more = f", and at {len(words) - _MOST_SAID} more places" if len(words) > _MOST_SAID else ""
    return "; ".join(words[:_MOST_SAID]) + more


async def _findings(
    one: _Known, number: int, audio_track: int | None, records: RecordStore, *, measured: bool
) -> Findings:
    return await one.stretch(number, audio_track).findings(records, measured=measured)
