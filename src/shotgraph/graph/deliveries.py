"""The further files of a film: a node behind it for each profile that its file asks for."""

from collections.abc import Iterator, Sequence
from types import MappingProxyType

from shotgraph.graph.node import Deliverable, Node
from shotgraph.media.profiles import PROFILES
from shotgraph.model.references import StepOutput
from shotgraph.spec import DeliverArguments, Pipeline, Problem, StepKind

DELIVER = StepKind("deliver", DeliverArguments, "video", MappingProxyType({}))
"""No kind for steps: a file's ``deliver`` makes such nodes."""


def delivering(
    pipeline: Pipeline, films: Sequence[StepOutput], problems: list[Problem]
) -> Iterator[tuple[Node, Deliverable]]:
    """Make the nodes, and what each is of.

    Args:
        pipeline: The film's file; what files that it uses deliver is not made.
        films: Its output.
        problems: Takes what is wrong.
    """
    document = pipeline.document
    for number, wanted in enumerate(pipeline.deliver):
        for place, film in enumerate(films):
            if film.kind != "video":
                what = "the film is no video; files to deliver are made of videos"
                problems.append(document.problem(("deliver", number), what))
                break
            name = f"{film.step} for {wanted.profile}"
            document.moved[("steps", name, DELIVER.name)] = ("deliver", number)
            arguments = DeliverArguments(
                video=film, edition=PROFILES[wanted.profile].edition, **dict(wanted)
            )
            node = Node(name, name, DELIVER, arguments, None, document)
            yield node, Deliverable(place, wanted.profile, name)
