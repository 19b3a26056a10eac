"""Check the media of a film before anything is bought."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from shotgraph.errors import MediaError
from shotgraph.graph import Graph, Node
from shotgraph.making.beyond import Beyond, beyond
from shotgraph.making.fit import ImageFit, VideoFit, fit_image, fit_video
from shotgraph.making.foretold import NOTHING, Foretold, foretold, output_seconds
from shotgraph.media.binary import find_ffmpeg
from shotgraph.media.info import MediaInfo
from shotgraph.media.lettering import why_not_lettered
from shotgraph.media.probe import probe
from shotgraph.media.source import why_not_opened
from shotgraph.media.target_format import format_of
from shotgraph.media.treatment import sound_before
from shotgraph.model.references import LocalFile, MediaKind, MediaRef, StepOutput, one
from shotgraph.model.walk import FieldPath
from shotgraph.spec import Problem
from shotgraph.spec.local_arguments import (
    ConcatArguments,
    FrameArguments,
)
from shotgraph.spec.picture_arguments import HoldArguments
from shotgraph.spec.title_arguments import TitleArguments

_FAILS = "a run would fail here"


@dataclass(frozen=True)
class Looked:
    """The problems and warnings of a film's files.

    Attributes:
        problems: Errors that a run would have, perhaps after it paid for other steps.
        warnings: Uses that are allowed, and probably a mistake.
    """

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


async def look_at_media(
    graph: Graph,
    unsure: Collection[str] = (),
    *,
    look: Callable[[Path], Awaitable[MediaInfo]] = probe,
) -> Looked:
    """Check the input files of steps, each once.

    Args:
        graph: The film. Missing files are skipped here; the graph's own check reports them.
        unsure: The names of nodes with stand-ins; only their files are checked.
        look: Describes a file, or raises MediaError.
    """
    files = _Files(look)
    problems: dict[tuple[str, str], Problem] = {}
    warnings: dict[tuple[str, str], Problem] = {}
    ahead = await _Ahead(graph, unsure, files).walked()
    for node in graph.in_file_order():
        if (problem := _no_coder(graph, node)) is not None:
            problems.setdefault((str(problem.location), problem.what), problem)
        if node.name not in unsure and isinstance(node.arguments, TitleArguments):
            for problem in await _title_problems(graph, node, node.arguments, files):
                problems.setdefault((str(problem.location), problem.what), problem)
        for path, kind, ref in node.media():
            if not isinstance(ref, LocalFile):
                continue
            info = await files.info(ref.file)
            wrong = _why_it_fails(node, path, kind, ref, info, is_whole=node.name not in unsure)
            if wrong is not None:
                where, what, allowed = wrong
                problem = graph.problem(node, where, f"{what}; {_FAILS}", allowed=allowed)
                problems.setdefault((str(problem.location), problem.what), problem)
            elif isinstance(info, MediaInfo) and node.name not in unsure:
                for problem in _warnings(graph, node, path, kind, ref, info):
                    warnings.setdefault((str(problem.location), problem.what), problem)
        for problem in ahead.problems.get(node.name, ()):
            problems.setdefault((str(problem.location), problem.what), problem)
        for problem in ahead.warnings.get(node.name, ()):
            warnings.setdefault((str(problem.location), problem.what), problem)
    return Looked(list(problems.values()), list(warnings.values()))


class _Files:
    """Probes files; each file is probed once, unless it changes."""

    def __init__(self, look: Callable[[Path], Awaitable[MediaInfo]]) -> None:
        self._look = look
        self._found: dict[tuple[Path, int, int, int], MediaInfo | MediaError] = {}

    async def info(self, path: Path) -> MediaInfo | MediaError | None:
        """Describe a file, or return the reason why it can't be read; None if it is missing."""
        try:
            now = path.stat()
        except OSError:
            return None
        key = (path, now.st_size, now.st_mtime_ns, now.st_ino)
        if key not in self._found:
            try:
                self._found[key] = await self._look(path)
            except MediaError as error:
                self._found[key] = error
        return self._found[key]


class _Ahead:
    """Finds requests of steps beyond the end or the edge of a video: a file or a step's result.

    Attributes:
        problems: The certain faults of each node.
        warnings: The faults of each node that depend on a model's result.
    """

    def __init__(self, graph: Graph, unsure: Collection[str], files: _Files) -> None:
        self.problems: dict[str, list[Problem]] = {}
        self.warnings: dict[str, list[Problem]] = {}
        self._graph = graph
        self._unsure = unsure
        self._files = files
        self._known: dict[MediaRef, Foretold] = {}
        self._made: dict[str, Foretold] = {}

    async def walked(self) -> "_Ahead":
        """Check all steps of the film, each after the steps that it uses."""
        for node in self._graph.nodes.values():
            for _, _, ref in node.media():
                if isinstance(ref, LocalFile) and ref not in self._known:
                    info = await self._files.info(ref.file)
                    if isinstance(info, MediaInfo):
                        self._known[ref] = Foretold.of(info)
            if node.name in self._unsure:
                continue
            seconds = output_seconds(node, lambda ref: self._of(ref).seconds)
            self._made[node.name] = foretold(node, self._of, seconds)
            for found in beyond(node, self._of):
                self._note(node, found)
        return self

    def _of(self, ref: MediaRef) -> Foretold:
        if isinstance(ref, StepOutput):
            return self._made.get(ref.step, NOTHING) if ref.output is None else NOTHING
        return self._known.get(ref, NOTHING)

    def _note(self, node: Node, found: Beyond) -> None:
        noted = self.problems if found.is_certain else self.warnings
        what = f"{found.what}; {_FAILS}" if found.is_certain else found.what
        noted.setdefault(node.name, []).append(self._graph.problem(node, found.path, what))


def _why_it_fails(
    node: Node,
    path: FieldPath,
    kind: MediaKind | None,
    ref: LocalFile,
    info: MediaInfo | MediaError | None,
    *,
    is_whole: bool,
) -> tuple[FieldPath, str, str] | None:
    """Find the wrong field of a step, the fault, and the allowed values; None if none is wrong."""
    if isinstance(info, MediaError):
        other = why_not_opened(ref.file, kind) if kind is not None else None
        if other is None:
            return path, info.message, ""
        return path, f"{ref.file} {other[0]}", other[1]
    if info is None:
        return None
    if kind is not None and info.kind != kind:
        return path, f"{ref.file.name} holds {one(info.kind)}, and {one(kind)} is wanted", ""
    if not is_whole or path == ("like",):
        return None
    wrong = _why_no_track(node.arguments, info, ref.file.name)
    # With several clips, the problem names the clip that has too few tracks.
    where = path if len(path) > 1 else ("audio_track",)
    return (where, wrong, "") if wrong is not None else None


async def _title_problems(
    graph: Graph, node: Node, arguments: TitleArguments, files: _Files
) -> list[Problem]:
    """Find the letters of a title that its font lacks or that have no room, if its files exist."""
    found: dict[str, MediaInfo] = {}
    for path, _, ref in node.media():
        info = await files.info(ref.file) if isinstance(ref, LocalFile) else None
        if isinstance(info, MediaInfo):
            found[str(path[0])] = info
    if "font" in found and found["font"].kind != "font":
        return []  # a problem of the file, reported there
    like = found.get("video") or found.get("like")
    target = arguments.said_format()
    if target is None and like is not None and like.kind == "video":
        target = format_of(like)
    font = arguments.font
    if font is not None and not (isinstance(font, LocalFile) and "font" in found):
        return []
    size = (target.width, target.height) if target is not None else None
    file = font.file if isinstance(font, LocalFile) else None
    wrong = await asyncio.to_thread(why_not_lettered, arguments.lettering(), size, file)
    return [graph.problem(node, ("text",), f"{wrong}; {_FAILS}")] if wrong is not None else []


def _no_coder(graph: Graph, node: Node) -> Problem | None:
    """Report a coding that this machine's ffmpeg lacks, before anything is bought."""
    wanted = node.arguments.format if isinstance(node.arguments, ConcatArguments) else None
    if wanted is None or not wanted.says_coding():
        return None
    coding, found = wanted.coded(), find_ffmpeg()
    if coding.coder in found.encoders:
        return None
    what = f"{found.path} has no {coding.coder}, which codes {coding.codec}; {_FAILS}"
    return graph.problem(node, ("format",), what)


def _why_no_track(arguments: BaseModel, info: MediaInfo, name: str) -> str | None:
    wanted = getattr(arguments, "audio_track", None)
    tracks = info.audio.tracks if info.audio is not None and info.kind == "video" else 1
    if wanted is None or tracks == 1 or wanted <= tracks:
        return None
    return f"{name} has no sound track {wanted}: it has {tracks}, numbered from 1"


def _warnings(
    graph: Graph,
    node: Node,
    path: FieldPath,
    kind: MediaKind | None,
    ref: LocalFile,
    info: MediaInfo,
) -> Iterator[Problem]:
    if kind == "video" and not isinstance(node.arguments, FrameArguments | HoldArguments):
        for said in sound_before(info):
            yield graph.problem(node, path, f"{ref.file.name}: {said}")
    limits = node.endpoint.limits if node.endpoint is not None else None
    if node.endpoint is None or limits is None or kind not in ("video", "image"):
        return
    if kind == "image":
        fit: ImageFit | VideoFit | None = fit_image(info, limits.image)
    else:
        fit = fit_video(info, node.endpoint.long_video, limits=limits.video)
    for change in fit.changes if fit is not None else ():
        yield graph.problem(node, path, f"{ref.file.name}: {change}")
    if kind == "video" and info.audio is None and getattr(node.arguments, "keep_audio", False):
        what = f"{ref.file.name} has no sound that could be kept"
        yield graph.problem(node, ("keep_audio",), what)
