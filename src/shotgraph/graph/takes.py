"""The takes of a step: gates for picking one, answers to gates, and retakes."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from shotgraph.errors import InvalidInput
from shotgraph.graph.derived_nodes import CONTINUED, drawn_name
from shotgraph.graph.node import Graph, Node
from shotgraph.model.references import StepOutput, Video
from shotgraph.spec import Pipeline, Problem, StepKind
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.spec.meant import nearest_name

EVERYTHING = "all"
"""This word approves all steps."""


class PickArguments(BaseModel):
    """Let a person pick one of several takes, or take the one with the fewest faults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clips: list[Video] = Field(min_length=2, description="The takes, in order.")
    best_of: int = Field(
        default=0,
        description="How many of the takes are compared by their faults; 0: a person picks.",
    )


PICK = StepKind("pick", PickArguments, "video", MappingProxyType({}))
"""No kind for files: ``pick: ask`` and ``pick: best`` make nodes of it."""


def pick_node(step: Node, takes: Sequence[Node], *, best: bool = False) -> Node:
    """Make the node of a pick; it gets the step's name.

    Args:
        step: A node of the step.
        takes: The takes of the step.
        best: Whether the faults of the takes decide, instead of a person.
    """
    clips = [StepOutput(step=take.name, kind="video") for take in takes]
    said = {"best_of": len(clips)} if best else {}
    arguments = PickArguments(clips=clips, **said)
    return replace(step, kind=PICK, arguments=arguments, endpoint=None, needs=())


@dataclass(frozen=True)
class GivenAnswers:
    """The answers that a run got for its gates.

    Attributes:
        approve: Names of steps that are approved, or ``all``.
        pick: The chosen take of each step, from 1.
        added: By step, the number of takes that people have added ("take again").
    """

    approve: Sequence[str] = ()
    pick: Mapping[str, int] = field(default_factory=dict)
    added: Mapping[str, int] = field(default_factory=dict)


def wrong_answers(
    pipeline: Pipeline, nodes: Collection[Node], answers: GivenAnswers, *, all_known: bool = True
) -> Iterator[Problem]:
    """Find answers for steps or takes that don't exist.

    Args:
        nodes: All nodes of the pipeline.
        answers: The answers given with the run.
        all_known: Whether all nodes are known; other problems may hide nodes.
    """
    steps = pipeline.steps.values()
    picks = _names(nodes, PICK.name) | {one.name: None for one in steps if one.pick == "ask"}
    approvals = _names(nodes, "approve")
    approvals |= {one.name: None for one in steps if one.kind.name == "approve"}
    for name in answers.pick:
        if name not in picks and (all_known or not _may_be_a_step(pipeline, name)):
            yield _unknown_pick(pipeline, name, picks, approvals)
    for name in answers.approve:
        known = name in approvals or name == EVERYTHING
        if not known and (all_known or not _may_be_a_step(pipeline, name)):
            yield _unknown_approval(pipeline, name, picks, approvals)
    yield from wrong_takes(nodes, answers)


def wrong_takes(nodes: Collection[Node], answers: GivenAnswers) -> Iterator[Problem]:
    """Find the picks of takes that don't exist."""
    for name, take in answers.pick.items():
        for node in nodes:
            if node.kind.name != PICK.name or name not in names_of(node):
                continue
            most = len(node.media()) + answers.added.get(node.name, 0)
            if not 1 <= take <= most:
                yield node.source.problem(
                    ("steps", node.step),
                    f"take {take} is picked for this run, but there is no such take",
                    allowed=f"1 to {most}",
                    of_key=True,
                )


def names_of(gate: Node) -> tuple[str, ...]:
    """The names by which people answer a gate."""
    return gate.name, drawn_name(gate.name), gate.step


def _may_be_a_step(pipeline: Pipeline, name: str) -> bool:
    """Whether a step of this name may be missing because of another problem."""
    data = pipeline.document.data
    written = data.get("steps") if isinstance(data, dict) else None
    uses_files = any(step.kind.name == "use" for step in pipeline.steps.values())
    first = name.partition("/")[0].partition("[")[0]
    return uses_files or not isinstance(written, dict) or first in written


def _names(nodes: Collection[Node], kind: str) -> dict[str, None]:
    """The names of the gates of a kind, in the order of the file."""
    gates = [node for node in nodes if node.kind.name == kind]
    return {name: None for gate in gates for name in (gate.step, drawn_name(gate.name))}


def _unknown_pick(
    pipeline: Pipeline, name: str, picks: Collection[str], approvals: Collection[str]
) -> Problem:
    other = f"--approve {name}" if name in approvals else ""
    what = f'a take is picked for "{name}", but no step of that name has takes to pick from'
    allowed = ", ".join(picks) or "no steps"
    return _unknown(pipeline, what, allowed, other or nearest_name(name, picks))


def _unknown_approval(
    pipeline: Pipeline, name: str, picks: Collection[str], approvals: Collection[str]
) -> Problem:
    other = f"--pick {name}=1" if name in picks else ""
    what = f'"{name}" is approved, but no step of that name waits for an approval'
    allowed = ", ".join([*approvals, EVERYTHING])
    return _unknown(pipeline, what, allowed, other or nearest_name(name, approvals))


def _unknown(pipeline: Pipeline, what: str, allowed: str, nearest: str) -> Problem:
    return pipeline.document.problem(
        ("steps",), what, allowed=allowed, nearest=nearest, of_key=True
    )


def to_retake(graph: Graph, gate: Node) -> list[Node]:
    """Find the steps that can be made again before a gate.

    These are the nearest paid steps before it. A pick is made again itself: it gets one more take.
    """
    if _is_pick(gate):
        return [gate]
    return list({node.name: node for node in _nearest(graph, gate)}.values())


def behind(graph: Graph, node: Node) -> set[str]:
    """All nodes that a node depends on, directly or not."""
    found: set[str] = set()
    left = list(node.upstream())
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += graph.nodes[name].upstream()
    return found


def prompt_of(graph: Graph, node: Node) -> str | None:
    """The prompt of a node; None if it has no prompt."""
    arguments = _made_by(graph, node).arguments
    if isinstance(arguments, FalArguments):
        prompt = arguments.arguments.get("prompt")
    else:
        prompt = getattr(arguments, "prompt", None)
    return prompt if isinstance(prompt, str) else None


def takes_of(graph: Graph, node: Node) -> list[Node]:
    """Find all takes of a node's job in the graph."""
    base = _base(_made_by(graph, node).name)
    return [
        other
        for other in graph.nodes.values()
        if other.endpoint is not None and _base(other.name) == base
    ]


def retaken(graph: Graph, name: str, *, take: int, prompt: str | None = None) -> Graph:
    """Make a node again, as another take.

    Args:
        graph: The film.
        name: The node's name; a pick gets a further take.
        take: The number of the take.
        prompt: Another prompt; None keeps it.

    Raises:
        InvalidInput: The step does not accept this prompt.
    """
    node = graph.nodes[name]
    made_by = _made_by(graph, node)
    anew = replace(made_by, take=take, arguments=_with_prompt(made_by, prompt))
    if not _is_pick(node):
        return _with(graph, {name: anew})
    clips = [ref for _, _, ref in node.media() if isinstance(ref, StepOutput)]
    added = replace(anew, name=f"{drawn_name(node.name)} take {len(clips) + 1}")
    clip = StepOutput(step=added.name, kind=clips[0].kind)
    wider = replace(node, arguments=node.arguments.model_copy(update={"clips": [*clips, clip]}))
    return _with(graph, {node.name: wider}, added=added, before=node.name)


def best_of_takes(node: Node) -> int:
    """How many takes of a node are compared by their faults; 0 if a person decides."""
    return node.arguments.best_of if isinstance(node.arguments, PickArguments) else 0


def _with(
    graph: Graph, changed: Mapping[str, Node], *, added: Node | None = None, before: str = ""
) -> Graph:
    nodes: dict[str, Node] = {}
    order: list[str] = []
    for name, node in graph.nodes.items():
        if added is not None and name == before:
            nodes[added.name] = added
        nodes[name] = changed.get(name, node)
    for name in graph.file_order:
        if added is not None and name == before:
            order.append(added.name)
        order.append(name)
    return replace(graph, nodes=MappingProxyType(nodes), file_order=tuple(order))


def _nearest(graph: Graph, node: Node) -> Iterator[Node]:
    for path, _, ref in node.media():
        # The medium that a shot continues is no part of the shot.
        if isinstance(ref, StepOutput) and (node.kind is not CONTINUED or path == ("video",)):
            maker = graph.nodes[ref.step]
            if maker.endpoint is not None or _is_pick(maker):
                yield maker
            else:
                yield from _nearest(graph, maker)


def _is_pick(node: Node) -> bool:
    return isinstance(node.arguments, PickArguments)


def _made_by(graph: Graph, node: Node) -> Node:
    """The node itself; for a pick, its first take."""
    if not _is_pick(node):
        return node
    return next(graph.nodes[ref.step] for _, _, ref in node.media() if isinstance(ref, StepOutput))


def _base(name: str) -> str:
    name = drawn_name(name)
    before, between, number = name.rpartition(" take ")
    return before if between and number.isdecimal() else name


def _with_prompt(node: Node, prompt: str | None) -> BaseModel:
    if prompt is None:
        return node.arguments
    try:
        return _checked(node.arguments, prompt)
    except ValidationError as error:
        found = "; ".join(one["msg"] for one in error.errors(include_url=False))
        raise InvalidInput(f"{node.name} does not accept these words: {found}") from None
    except PydanticCustomError as error:
        raise InvalidInput(f"{node.name} does not accept these words: {error}") from None


def _checked(arguments: BaseModel, prompt: str) -> BaseModel:
    if isinstance(arguments, FalArguments):
        changed = {"arguments": {**arguments.arguments, "prompt": prompt}}
        copied = arguments.model_copy(update=changed)
        copied.wired()
        return copied
    given: dict[str, Any] = {name: getattr(arguments, name) for name in arguments.model_fields_set}
    return type(arguments).model_validate({**given, "prompt": prompt}, by_alias=False, by_name=True)
