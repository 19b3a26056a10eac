"""The kinds of steps that a pipeline file can use."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import BaseModel

from shotgraph.endpoints import KINDS, Endpoint, Tier
from shotgraph.model.references import MediaKind
from shotgraph.spec.fal_step import FalArguments
from shotgraph.spec.local_steps import (
    ApproveArguments,
    ConcatArguments,
    FrameArguments,
    SoundtrackArguments,
    TrimArguments,
)
from shotgraph.spec.use import UseArguments


@dataclass(frozen=True)
class StepKind:
    """One kind of step.

    Attributes:
        arguments: The model of its body.
        output: What it makes; None where its body says so.
        tiers: Our endpoints by tier; empty for a step that this machine does itself, and for one
            whose body names its endpoint.
    """

    name: str
    arguments: type[BaseModel]
    output: MediaKind | None
    tiers: Mapping[Tier, Endpoint]

    @property
    def paid(self) -> bool:
        """Whether a run of it is bought from fal."""
        return bool(self.tiers) or self.arguments is FalArguments

    def fields(self) -> list[str]:
        """The names of the fields that its body may have."""
        return [*self.arguments.model_fields, *(["tier"] if self.tiers else [])]


def _local(name: str, arguments: type[BaseModel], output: MediaKind | None) -> StepKind:
    return StepKind(name, arguments, output, MappingProxyType({}))


STEP_KINDS: Mapping[str, StepKind] = MappingProxyType(
    {
        **{
            kind: StepKind(kind, tiers["standard"].arguments, "video", tiers)
            for kind, tiers in KINDS.items()
        },
        "fal": _local("fal", FalArguments, None),
        "trim": _local("trim", TrimArguments, "video"),
        "frame": _local("frame", FrameArguments, "image"),
        "concat": _local("concat", ConcatArguments, "video"),
        "soundtrack": _local("soundtrack", SoundtrackArguments, "video"),
        "approve": _local("approve", ApproveArguments, None),
        "use": _local("use", UseArguments, None),
    }
)
