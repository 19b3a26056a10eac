"""A step that goes on where another shot ended: what fal draws, and that without what repeats."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from shotgraph.graph.node import Node
from shotgraph.model.references import StepOutput
from shotgraph.spec import AS_USUAL, ContinuedArguments, StepKind

CONTINUED = StepKind("continued", ContinuedArguments, "video", MappingProxyType({}))
"""No kind for files: ``continue: true`` makes such a node."""
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
