"""What a file may have, and probably should not: unused steps and parameters, long prompts."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from shotgraph.endpoints.arguments import LONG_PROMPT, KlingArguments
from shotgraph.graph.node import Node
from shotgraph.media_fields import FieldPath
from shotgraph.spec import Pipeline, Problem
from shotgraph.spec.fal_step import FalArguments

if TYPE_CHECKING:
    from shotgraph.graph.layout import Layout


def unused(pipeline: Pipeline, layout: "Layout") -> Iterator[Problem]:
    """Find what stands in a file for nothing."""
    used = layout.meanings.used | {pipeline.output.name}
    for step in pipeline.steps.values():
        if step.name not in used and step.kind.name != "approve":
            paid = ", and it is paid for" if step.kind.paid else ""
            what = f"nothing takes what ${step.name} makes{paid}"
            yield pipeline.document.problem(("steps", step.name), what, of_key=True)
    for name in pipeline.params:
        if name not in used:
            what = f"no step asks for ${name}"
            yield pipeline.document.problem(("params", name), what, of_key=True)


def long_prompts(nodes: Iterable[Node]) -> list[Problem]:
    """Find prompts that Kling may refuse for their length, each place once."""
    found: dict[str, Problem] = {}
    for node in nodes:
        path, prompt = _prompt_of(node)
        if len(prompt) <= LONG_PROMPT:
            continue
        problem = node.source.problem(
            (*node.path, *path),
            f"the prompt has {len(prompt):,} characters. The Kling endpoints that name a limit "
            f"refuse more than {LONG_PROMPT:,}; for Kling O1 fal names none: it may be refused",
        )
        found.setdefault(str(problem.place), problem)
    return list(found.values())


def _prompt_of(node: Node) -> tuple[FieldPath, str]:
    """Give a node's prompt and its place in the node's body; of other endpoints, nothing."""
    arguments = node.arguments
    if isinstance(arguments, KlingArguments):
        return ("prompt",), arguments.prompt
    if isinstance(arguments, FalArguments) and "kling" in arguments.endpoint:
        prompt = arguments.arguments.get("prompt")
        return ("arguments", "prompt"), prompt if isinstance(prompt, str) else ""
    return (), ""
