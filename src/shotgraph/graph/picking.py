"""The node at which a person picks one of several takes."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from shotgraph.graph.node import Node
from shotgraph.media_ref import StepOutput, Video
from shotgraph.spec import StepKind


class PickArguments(BaseModel):
    """Let a person pick one of several takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clips: list[Video] = Field(min_length=2, description="The takes, in order.")


PICK = StepKind("pick", PickArguments, "video", MappingProxyType({}))
"""Not a kind that a file can use: it is what ``pick: ask`` makes."""


def pick_node(step: Node, takes: Sequence[Node]) -> Node:
    """Make the node, under the name of the step whose takes these are."""
    clips = [StepOutput(step=take.name, kind="video") for take in takes]
    arguments = PickArguments(clips=clips)
    return replace(step, kind=PICK, arguments=arguments, endpoint=None, needs=())
