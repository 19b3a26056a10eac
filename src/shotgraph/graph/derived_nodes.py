"""Nodes that no step declares: shots without repeated frames, and further files of the film.

``continue: true`` makes the first kind, a file's ``deliver`` the second.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType

from shotgraph.graph.node import Deliverable, Node
from shotgraph.media.profiles import PROFILES
from shotgraph.model.references import StepOutput
from shotgraph.spec import (
    AS_USUAL,
    ContinuedArguments,
    DeliverArguments,
    Pipeline,
    Problem,
    StepKind,
)

CONTINUED = StepKind("continued", ContinuedArguments, "video", MappingProxyType({}))
"""Not a kind that files can name: ``continue: true`` makes its nodes."""
AS_DRAWN = " as drawn"


def continuing(takes: Sequence[Node], name: str) -> list[Node]:
    """Add a node that removes the repeated frames, after the take or pick that other steps get.

    The new node gets the step's name, so other steps take its output. The job that fal draws does
    not change: it is bought once, with or without ``continue``. A person picks from the takes that
    fal drew, and is not asked again if the step gets ``continue`` later.

    Args:
        takes: The takes of a step, and the node of the pick, if there is one.
        name: The step's name; one of the nodes has it.
    """
    first = takes[0]
    given = next(one for one in takes if one.name == name)
    drawn = replace(given, name=f"{name}{AS_DRAWN}")
    arguments = ContinuedArguments(
        video=StepOutput(step=drawn.name, kind="video"),
        after=getattr(first.arguments, "video", None),
        start_image=getattr(first.arguments, "start_image", None),
    )
    behind = replace(
        given,
        kind=CONTINUED,
        arguments=arguments,
        endpoint=None,
        needs=(),
        on_length="warn",
        checking=AS_USUAL,
    )
    return [made for one in takes for made in ((drawn, behind) if one is given else (one,))]


def drawn_name(name: str) -> str:
    """The name of a node without the ending that ``continue`` adds to a drawn take."""
    return name.removesuffix(AS_DRAWN)


DELIVER = StepKind("deliver", DeliverArguments, "video", MappingProxyType({}))
"""Not a kind that steps can have: a file's ``deliver`` makes its nodes."""


def delivering(
    pipeline: Pipeline, films: Sequence[StepOutput], problems: list[Problem]
) -> Iterator[tuple[Node, Deliverable]]:
    """Make the nodes of the further files, each with a description of its file.

    Args:
        pipeline: The film's file; `deliver` in the files that it uses is ignored.
        films: The output of the pipeline.
        problems: The list to which problems are added.
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
