"""A step done once more, because a person did not like what it made: the same graph otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from shotgraph.errors import InvalidInput
from shotgraph.graph.node import Graph, Node
from shotgraph.graph.picking import PickArguments
from shotgraph.model.references import StepOutput
from shotgraph.spec.fal_step import FalArguments


def to_retake(graph: Graph, gate: Node) -> list[Node]:
    """Find what can be done again so that a gate sees something else.

    Those are the paid steps that are nearest behind it. Where a person picks from takes, it is
    the pick itself, which then gets one take more.
    """
    if _is_pick(gate):
        return [gate]
    return list({node.name: node for node in _nearest(graph, gate)}.values())


def behind(graph: Graph, node: Node) -> set[str]:
    """Name all that must be done before a node."""
    found: set[str] = set()
    left = list(node.upstream())
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += graph.nodes[name].upstream()
    return found


def prompt_of(graph: Graph, node: Node) -> str | None:
    """The words that it is made by; None where there are none."""
    arguments = _made_by(graph, node).arguments
    if isinstance(arguments, FalArguments):
        prompt = arguments.arguments.get("prompt")
    else:
        prompt = getattr(arguments, "prompt", None)
    return prompt if isinstance(prompt, str) else None


def takes_of(graph: Graph, node: Node) -> list[Node]:
    """Find all takes of the job that a node does, as far as they are in the graph."""
    base = _base(_made_by(graph, node).name)
    return [
        other
        for other in graph.nodes.values()
        if other.endpoint is not None and _base(other.name) == base
    ]


def retaken(graph: Graph, name: str, *, take: int, prompt: str | None = None) -> Graph:
    """Have a node done once more.

    Args:
        graph: The film.
        name: The node's; that of a pick adds a take to those that are picked from.
        take: Which take.
        prompt: Other words; None leaves them.

    Raises:
        InvalidInput: The step does not accept these words.
    """
    node = graph.nodes[name]
    made_by = _made_by(graph, node)
    anew = replace(made_by, take=take, arguments=_with_prompt(made_by, prompt))
    if not _is_pick(node):
        return _with(graph, {name: anew})
    clips = [ref for _, _, ref in node.media() if isinstance(ref, StepOutput)]
    added = replace(anew, name=f"{node.name} take {len(clips) + 1}")
    clip = StepOutput(step=added.name, kind=clips[0].kind)
    wider = replace(node, arguments=PickArguments(clips=[*clips, clip]))
    return _with(graph, {node.name: wider}, added=added, before=node.name)


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
    for _, _, ref in node.media():
        if isinstance(ref, StepOutput):
            maker = graph.nodes[ref.step]
            if maker.endpoint is not None or _is_pick(maker):
                yield maker
            else:
                yield from _nearest(graph, maker)


def _is_pick(node: Node) -> bool:
    return isinstance(node.arguments, PickArguments)


def _made_by(graph: Graph, node: Node) -> Node:
    """The paid step itself; of a pick, its first take."""
    if not _is_pick(node):
        return node
    return next(graph.nodes[ref.step] for _, _, ref in node.media() if isinstance(ref, StepOutput))


def _base(name: str) -> str:
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
