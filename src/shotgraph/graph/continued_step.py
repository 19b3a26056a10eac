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


def continuing(takes: Sequence[Node]) -> list[Node]:
    """Put a node behind the first take that leaves out what repeats.

    That one has the step's own name, so that other steps get it. What fal draws is the job that it
    would be without: it is bought once, whether the step continues or not.

    Args:
        takes: The takes of a step, the first of which the other steps get.
    """
    first, *others = takes
    drawn = replace(first, name=f"{first.name}{AS_DRAWN}")
    arguments = ContinuedArguments(
        video=StepOutput(step=drawn.name, kind="video"),
        after=getattr(first.arguments, "video", None),
        start_image=getattr(first.arguments, "start_image", None),
    )
    behind = replace(
        first,
        kind=CONTINUED,
        arguments=arguments,
        endpoint=None,
        needs=(),
        on_length="warn",
        checking=AS_USUAL,
    )
    return [drawn, behind, *others]
