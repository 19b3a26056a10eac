"""What is allowed and probably not meant, in the files that a film is made of."""

from collections.abc import Iterator
from fractions import Fraction

from pydantic import BaseModel

from shotgraph.errors import MediaError
from shotgraph.fitting.image_fit import fit_image
from shotgraph.fitting.prepare import OF_LONG
from shotgraph.fitting.video_fit import fit_video
from shotgraph.graph import Graph, Node
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.media.trim import why_no_frame, why_not
from shotgraph.media_fields import FieldPath
from shotgraph.media_ref import LocalFile, MediaKind
from shotgraph.spec import Problem
from shotgraph.spec.local_steps import FrameArguments, TrimArguments


async def media_warnings(graph: Graph) -> list[Problem]:
    """Look at the files that steps take.

    What will be made to fit, what has no sound that could be kept, and what is to be cut out of a
    file that is shorter: a run would pay for the other steps, and fail at that one. Files that are
    not there, or are no media, are not spoken of: a plan or a run says that.
    """
    found: dict[tuple[str, str], Problem] = {}
    for node in graph.in_file_order():
        for path, kind, ref in node.media() if _is_looked_at(node) else ():
            if isinstance(ref, LocalFile) and (info := await _info(ref)) is not None:
                for problem in _warnings(graph, node, path, kind, ref, info):
                    found.setdefault((str(problem.place), problem.what), problem)
    return list(found.values())


def _is_looked_at(node: Node) -> bool:
    if node.endpoint is not None:
        return node.endpoint.has_limits
    return isinstance(node.arguments, TrimArguments | FrameArguments)


async def _info(ref: LocalFile) -> MediaInfo | None:
    try:
        return await probe(ref.file)
    except MediaError:
        return None


def _warnings(
    graph: Graph,
    node: Node,
    path: FieldPath,
    kind: MediaKind | None,
    ref: LocalFile,
    info: MediaInfo,
) -> Iterator[Problem]:
    if info.kind != kind:
        return
    if node.endpoint is None:
        wrong = _why_it_fails(node.arguments, info, ref.file.name)
        if wrong is not None:
            yield graph.problem(node, path, f"{wrong}; a run would fail here")
        return
    of_long = OF_LONG.get(node.endpoint.kind, "end")
    fit = fit_video(info, of_long) if kind == "video" else fit_image(info)
    for change in fit.changes if fit is not None else ():
        yield graph.problem(node, path, f"{ref.file.name}: {change}")
    if kind == "video" and info.audio is None and getattr(node.arguments, "keep_audio", False):
        what = f"{ref.file.name} has no sound that could be kept"
        yield graph.problem(node, ("keep_audio",), what)


def _why_it_fails(arguments: BaseModel, info: MediaInfo, name: str) -> str | None:
    if isinstance(arguments, TrimArguments):
        start, seconds = Fraction(arguments.start), Fraction(arguments.length())
        return why_not(info, name, start=start, seconds=seconds)
    if isinstance(arguments, FrameArguments):
        return why_no_frame(arguments.at, info.frames, name)
    return None
