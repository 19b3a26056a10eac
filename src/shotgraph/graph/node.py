"""The graph of a film and its nodes, and the outputs that a node has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel
from pydantic_core import PydanticCustomError

from shotgraph.endpoints import Endpoint
from shotgraph.graph.meanings import Named, NodeOutputs
from shotgraph.media.profiles import ProfileName
from shotgraph.model.fields import media_in
from shotgraph.model.references import LocalFile, MediaKind, MediaRef, StepOutput
from shotgraph.model.walk import FieldPath
from shotgraph.spec import AS_USUAL, Checking, OnLength, Problem, Step, StepKind
from shotgraph.spec.bad_media import BadValue, take_media
from shotgraph.spec.document import Document
from shotgraph.spec.fal_arguments import kinds_in, read_outputs


def output_kinds(step: Step, folder: Path) -> Mapping[str, MediaKind]:
    """The kinds of a step's outputs by name; the first is the default. Empty if not known.

    Args:
        folder: The folder that the file's paths are relative to.
    """
    if step.kind.output is not None:
        return {step.kind.output: step.kind.output}
    if step.kind.name == "fal":
        return _of_fal(step, folder)
    return {"image": "image"} if "image" in step.body else {"video": "video"}


def _of_fal(step: Step, folder: Path) -> Mapping[str, MediaKind]:
    kind_at = kinds_in(_schema_of(step, folder), step.body.get("endpoint"))
    try:
        found = read_outputs(step.body.get("output", "video"), kind_at)
    except PydanticCustomError:
        return {}  # the body's own check reports the problem
    return {output.name: output.kind for output in found}


def _schema_of(step: Step, folder: Path) -> Path | None:
    try:
        found = take_media(step.body.get("schema"), folder=folder, confined=True)
    except BadValue:
        return None  # the body's own check reports the problem
    return found.file if isinstance(found, LocalFile) else None


def of_kinds(node: str, kinds: Mapping[str, MediaKind]) -> NodeOutputs:
    """The outputs of a node, from their kinds."""
    first = next(iter(kinds))
    return {
        name: Named(
            "step",
            kind,
            StepOutput(step=node, kind=kind, output=None if name == first else name),
            kind,
        )
        for name, kind in kinds.items()
    }


def merged(step: Step, made: Sequence[NodeOutputs | None]) -> NodeOutputs | None:
    """The outputs of a step in all its runs: lists with for_each or repeat; None if unknown."""
    runs = [outputs for outputs in made if outputs is not None]
    if len(runs) < len(made) or not runs:
        return None
    if not step.for_each and step.repeat is None:
        return runs[0]
    return {
        name: replace(
            named,
            value=[value for run in runs for value in _values(run[name])],
            # The last round of a chain is its result; a list has no such item.
            last_for_one=not step.for_each,
        )
        for name, named in runs[0].items()
    }


def _values(named: Named) -> list[object]:
    return named.value if isinstance(named.value, list) else [named.value]


@dataclass(frozen=True)
class Node:
    """One run of a step; it can start as soon as its inputs are there.

    Attributes:
        name: The step's name; ``looks[2]`` is its run for the second item, ``looks take 2`` its
            second take, ``intro/film`` the step ``film`` of the pipeline that the step ``intro``
            uses.
        step: The name of the step in its file.
        arguments: The arguments, with all parameters inserted; media are files, URLs or outputs of
            other steps.
        endpoint: The endpoint that runs it; None for a local step.
        source: The file of the step.
        take: The number of this take, from 1.
        on_length: The action on a video of another length than asked for.
        checking: How its videos are checked.
        is_final: Whether it is a local step, and no paid step depends on its media. Then its bytes
            are in no content key of a paid job, and it may be coded better.
    """

    name: str
    step: str
    kind: StepKind
    arguments: BaseModel
    endpoint: Endpoint | None
    source: Document
    needs: tuple[str, ...] = ()
    take: int = 1
    on_length: OnLength = "warn"
    checking: Checking = AS_USUAL
    is_final: bool = False

    @property
    def path(self) -> FieldPath:
        """The location of the step's body in its file."""
        return ("steps", self.step, self.kind.name)

    def media(self) -> Sequence[tuple[FieldPath, MediaKind | None, MediaRef]]:
        """Give the media among the arguments."""
        return self._media

    # A plan of a thousand nodes needs the media of each node a dozen times.
    @cached_property
    def _media(self) -> tuple[tuple[FieldPath, MediaKind | None, MediaRef], ...]:
        return tuple(media_in(self.arguments))

    def upstream(self) -> set[str]:
        """The nodes that it depends on."""
        inputs = {ref.step for _, _, ref in self.media() if isinstance(ref, StepOutput)}
        return inputs | set(self.needs)


def final_marked(nodes: Mapping[str, Node]) -> dict[str, Node]:
    """Mark the local nodes with results that no paid step takes, directly or through other nodes.

    Only media count: the steps in a paid step's `needs` are not in its content key.
    """
    paid = {name for name, node in nodes.items() if node.kind.paid}
    taken, left = set(paid), list(paid)
    while left:
        made_of = {
            ref.step
            for _, _, ref in nodes[left.pop()].media()
            if isinstance(ref, StepOutput) and ref.step in nodes
        }
        left += made_of - taken
        taken |= made_of
    return {
        name: node if name in taken else replace(node, is_final=True)
        for name, node in nodes.items()
    }


@dataclass(frozen=True)
class Deliverable:
    """A further file of a film.

    Attributes:
        film: The number of its film, from 0.
        profile: The recipient's profile.
        node: The name of the node that makes it.
    """

    film: int
    profile: ProfileName
    node: str


# asyncio.run makes a repr of its coroutine's result: for 1,000 steps this took 20 s.
@dataclass(frozen=True, repr=False)
class Graph:
    """A film's nodes, each after the nodes that it depends on.

    Attributes:
        file_order: The names of the nodes in the order of the file.
        output: The step that makes the film.
        films: The output of that step: one film, or several if it has a for_each.
        warnings: Problems that are allowed, and probably not intended.
        deliveries: The further files of the films.
    """

    name: str
    description: str
    nodes: Mapping[str, Node]
    file_order: tuple[str, ...]
    output: str
    films: tuple[StepOutput, ...]
    budget_usd: Decimal | None
    document: Document
    warnings: tuple[Problem, ...] = ()
    deliveries: tuple[Deliverable, ...] = ()

    @property
    def is_paid(self) -> bool:
        """Whether a step of the film runs at fal."""
        return any(node.endpoint is not None for node in self.nodes.values())

    def in_file_order(self) -> list[Node]:
        """Give the nodes in the order of the file; runs and takes of a step in their own order."""
        return [self.nodes[name] for name in self.file_order]

    def problem(self, node: Node, path: FieldPath, what: str, *, allowed: str = "") -> Problem:
        """Make a problem about a part of a node's body."""
        return node.source.problem((*node.path, *path), what, allowed=allowed)
