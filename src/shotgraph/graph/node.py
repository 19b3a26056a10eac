"""The graph of a film: one node for each run of a step."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel

from shotgraph.endpoints import Endpoint
from shotgraph.media_fields import FieldPath, media_in
from shotgraph.media_ref import MediaKind, MediaRef, StepOutput
from shotgraph.spec import Problem, StepKind
from shotgraph.spec.yaml_text import Document


@dataclass(frozen=True)
class Node:
    """One step, ready to run as soon as what it takes is there.

    Attributes:
        name: The step's; further takes have their number behind it.
        step: The step in the file.
        arguments: Every parameter put in; media are files, URLs or other steps' outputs.
        endpoint: The endpoint that does it; None for a step that this machine does itself.
        take: Which of several generations of the same job this is, from 1.
    """

    name: str
    step: str
    kind: StepKind
    arguments: BaseModel
    endpoint: Endpoint | None
    needs: tuple[str, ...] = ()
    take: int = 1

    def media(self) -> Iterator[tuple[FieldPath, MediaKind, MediaRef]]:
        """Go through the media that it takes."""
        return media_in(self.arguments)

    def upstream(self) -> set[str]:
        """The steps that must be done before it."""
        inputs = {ref.step for _, _, ref in self.media() if isinstance(ref, StepOutput)}
        return inputs | set(self.needs)


@dataclass(frozen=True)
class Graph:
    """A film's steps, each after all that it takes.

    Attributes:
        output: The step whose output is the film.
    """

    name: str
    description: str
    nodes: Mapping[str, Node]
    output: str
    budget_usd: Decimal | None
    document: Document

    def in_file_order(self) -> list[Node]:
        """Give the nodes as the file has their steps, takes of one step in their order."""
        place = {step: number for number, step in enumerate(self.document.data["steps"])}
        return sorted(self.nodes.values(), key=lambda node: (place[node.step], node.take))

    def problem(self, node: Node, path: FieldPath, what: str, *, allowed: str = "") -> Problem:
        """Make a problem of something in a node's body."""
        return self.document.problem(
            ("steps", node.step, node.kind.name, *path), what, allowed=allowed
        )
