"""The graph of a film: one node for each run of a step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from pydantic import BaseModel

from shotgraph.endpoints import Endpoint
from shotgraph.model.fields import FieldPath, media_in
from shotgraph.model.references import MediaKind, MediaRef, StepOutput
from shotgraph.spec import Problem, StepKind
from shotgraph.spec.document import Document


@dataclass(frozen=True)
class Node:
    """One run of a step, ready as soon as what it takes is there.

    Attributes:
        name: The step's; ``looks[2]`` is its run for the second item, ``looks take 2`` its second
            take, ``intro/film`` the step ``film`` of the pipeline that the step ``intro`` uses.
        step: The step in its file.
        arguments: Every parameter put in; media are files, URLs or other steps' outputs.
        endpoint: The endpoint that does it; None for a step that this machine does itself.
        source: The file that it stands in.
        take: Which of several generations of the same job this is, from 1.
    """

    name: str
    step: str
    kind: StepKind
    arguments: BaseModel
    endpoint: Endpoint | None
    source: Document
    needs: tuple[str, ...] = ()
    take: int = 1

    @property
    def path(self) -> FieldPath:
        """Where its body stands in its file."""
        return ("steps", self.step, self.kind.name)

    def media(self) -> Sequence[tuple[FieldPath, MediaKind | None, MediaRef]]:
        """Give the media that it takes."""
        return self._media

    # They are asked for a dozen times in a plan, and of a thousand nodes.
    @cached_property
    def _media(self) -> tuple[tuple[FieldPath, MediaKind | None, MediaRef], ...]:
        return tuple(media_in(self.arguments))

    def upstream(self) -> set[str]:
        """The nodes that must be done before it."""
        inputs = {ref.step for _, _, ref in self.media() if isinstance(ref, StepOutput)}
        return inputs | set(self.needs)


@dataclass(frozen=True)
class Graph:
    """A film's steps, each after all that it takes.

    Attributes:
        file_order: The names of the nodes as the file has their steps.
        output: The step whose output is the film.
        films: What that step makes: one film, or several where it goes through a list.
        warnings: What is allowed, and probably not meant.
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

    def in_file_order(self) -> list[Node]:
        """Give the nodes as the file has their steps, runs and takes of one step in their order."""
        return [self.nodes[name] for name in self.file_order]

    def problem(self, node: Node, path: FieldPath, what: str, *, allowed: str = "") -> Problem:
        """Make a problem of something in a node's body."""
        return node.source.problem((*node.path, *path), what, allowed=allowed)
