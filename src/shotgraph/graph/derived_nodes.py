"""Nodes that no step declares: a shot without the frames that it repeats, and further files.

``continue: true`` makes the first, a file's ``deliver`` the others.
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
    """Put a node behind the take that other steps get, or behind the pick, that leaves out what
    repeats.

    That one has the step's own name, so that other steps get it. What fal draws is the job that it
    would be without: it is bought once, whether the step continues or not; and a person picks from
    what fal drew, and is not asked again where the step continues later.

    Args:
        takes: The takes of a step, and the node at which one is picked, if one is.
        name: The step's own name: of one of them.
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
    """The name of the step of a node, which may be what was drawn for a step that continues."""
    return name.removesuffix(AS_DRAWN)


DELIVER = StepKind("deliver", DeliverArguments, "video", MappingProxyType({}))
"""Not a kind that steps can have: a file's ``deliver`` makes its nodes."""


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
