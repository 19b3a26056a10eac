"""Where a person decides: the node that picks a take, and whether an answer names a step."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from shotgraph.graph.node import Node
from shotgraph.model.references import StepOutput, Video
from shotgraph.spec import Pipeline, Problem, StepKind
from shotgraph.spec.nearest_name import nearest_name

EVERYTHING = "all"
"""In place of a step's name, among the steps that are approved."""


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


@dataclass(frozen=True)
class GivenAnswers:
    """What a run was told to decide before it asks.

    Attributes:
        approve: Names of steps that are approved, or ``all``.
        pick: Names of steps, and the take that each goes on with, from 1.
        added: By step, how many takes people may have added to those of the file ("take again").
    """

    approve: Sequence[str] = ()
    pick: Mapping[str, int] = field(default_factory=dict)
    added: Mapping[str, int] = field(default_factory=dict)


def wrong_answers(
    pipeline: Pipeline, nodes: Collection[Node], answers: GivenAnswers, *, all_known: bool = True
) -> Iterator[Problem]:
    """Find the answers that decide nothing: no such step, no such take.

    Args:
        pipeline: The pipeline.
        nodes: All that could be made of it.
        answers: What the run was told.
        all_known: Whether nothing is missing because of other problems.
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
    """Find the picks of takes that are not there."""
    for name, take in answers.pick.items():
        for node in nodes:
            if node.kind.name != PICK.name or name not in (node.name, node.step):
                continue
            most = len(node.media()) + answers.added.get(node.name, 0)
            if not 1 <= take <= most:
                yield node.source.problem(
                    ("steps", node.step),
                    f"take {take} is picked for this run, and there is no such take",
                    allowed=f"1 to {most}",
                    of_key=True,
                )


def _may_be_a_step(pipeline: Pipeline, name: str) -> bool:
    """Tell whether a step of this name may be missing because of something else that is wrong."""
    data = pipeline.document.data
    written = data.get("steps") if isinstance(data, dict) else None
    uses_files = any(step.kind.name == "use" for step in pipeline.steps.values())
    first = name.partition("/")[0].partition("[")[0]
    return uses_files or not isinstance(written, dict) or first in written


def _names(nodes: Collection[Node], kind: str) -> dict[str, None]:
    """The names by which gates of a kind are answered, in the order of the file."""
    gates = [node for node in nodes if node.kind.name == kind]
    return {name: None for gate in gates for name in (gate.step, gate.name)}


def _unknown_pick(
    pipeline: Pipeline, name: str, picks: Collection[str], approvals: Collection[str]
) -> Problem:
    other = f"--approve {name}" if name in approvals else ""
    return pipeline.document.problem(
        ("steps",),
        f'a take is picked for "{name}", and no step of that name has takes to pick from',
        allowed=", ".join(picks) or "no steps",
        nearest=other or nearest_name(name, picks),
        of_key=True,
    )


def _unknown_approval(
    pipeline: Pipeline, name: str, picks: Collection[str], approvals: Collection[str]
) -> Problem:
    other = f"--pick {name}=1" if name in picks else ""
    return pipeline.document.problem(
        ("steps",),
        f'"{name}" is approved, and no step of that name waits for an approval',
        allowed=", ".join([*approvals, EVERYTHING]),
        nearest=other or nearest_name(name, approvals),
        of_key=True,
    )
