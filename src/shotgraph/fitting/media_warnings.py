"""What is allowed and probably not meant, in the files that a film is made of."""

from collections.abc import Iterator

from shotgraph.endpoints import Endpoint
from shotgraph.errors import MediaError
from shotgraph.fitting.image_fit import fit_image
from shotgraph.fitting.prepare import OF_LONG
from shotgraph.fitting.video_fit import fit_video
from shotgraph.graph import Graph, Node
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.media_fields import FieldPath
from shotgraph.media_ref import LocalFile, MediaKind
from shotgraph.spec import Problem


async def media_warnings(graph: Graph) -> list[Problem]:
    """Look at the files that paid steps take: what will be made to fit, what has no sound to keep.

    Files that are not there, or are no media, are not spoken of: a plan or a run says that.
    """
    found: dict[tuple[str, str], Problem] = {}
    for node in graph.in_file_order():
        if node.endpoint is None or not node.endpoint.has_limits:
            continue
        for path, kind, ref in node.media():
            if isinstance(ref, LocalFile) and (info := await _info(ref)) is not None:
                for problem in _warnings(graph, node, node.endpoint, path, kind, ref, info):
                    found.setdefault((str(problem.place), problem.what), problem)
    return list(found.values())


async def _info(ref: LocalFile) -> MediaInfo | None:
    try:
        return await probe(ref.file)
    except MediaError:
        return None


def _warnings(
    graph: Graph,
    node: Node,
    endpoint: Endpoint,
    path: FieldPath,
    kind: MediaKind | None,
    ref: LocalFile,
    info: MediaInfo,
) -> Iterator[Problem]:
    if info.kind != kind:
        return
    fit = fit_video(info, OF_LONG.get(endpoint.kind, "end")) if kind == "video" else fit_image(info)
    for change in fit.changes if fit is not None else ():
        yield graph.problem(node, path, f"{ref.file.name}: {change}")
    if kind == "video" and info.audio is None and getattr(node.arguments, "keep_audio", False):
        what = f"{ref.file.name} has no sound that could be kept"
        yield graph.problem(node, ("keep_audio",), what)
