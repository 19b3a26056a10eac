"""A pipeline and its values → its graph, or every problem that stands in the way."""

from collections.abc import Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from pydantic import ValidationError

from shotgraph.endpoints import Tier
from shotgraph.graph.bind import bind
from shotgraph.graph.node import Graph, Node
from shotgraph.graph.resolve import Resolver
from shotgraph.spec import Pipeline, Problem, Step
from shotgraph.spec.findings import problems_of, shown
from shotgraph.spec.problem import invalid, nearest_name


def build_graph(
    pipeline: Pipeline,
    given: Mapping[str, Any] | None = None,
    *,
    folder: Path | None = None,
    placeholders: bool = False,
) -> Graph:
    """Put the values in, follow every reference, check every type, and order the steps.

    Args:
        pipeline: The pipeline.
        given: Values for its parameters.
        folder: What paths among the values are relative to; the working directory by default.
        placeholders: Check only: parameters without a value get a made-up one, and the graph
            is not one to run.

    Raises:
        InvalidPipeline: Something is wrong; every problem is named with its place.
    """
    bound = bind(pipeline, given or {}, folder=folder or Path.cwd(), placeholders=placeholders)
    problems = [*bound.problems]
    resolver = Resolver(pipeline, bound)
    nodes: dict[str, Node] = {}
    for step in pipeline.steps.values():
        node = _node(pipeline, step, resolver, problems)
        if node is not None:
            nodes |= {take.name: take for take in _takes(node, step.takes)}
    if pipeline.output.name:
        _check_output(pipeline, resolver)
    problems += resolver.problems
    if problems:
        raise invalid(problems, pipeline.document.text)
    return Graph(
        name=pipeline.name,
        description=pipeline.description,
        nodes=MappingProxyType(_ordered(pipeline, nodes)),
        output=pipeline.output.name,
        budget_usd=pipeline.budget_usd,
        document=pipeline.document,
    )


def _node(
    pipeline: Pipeline, step: Step, resolver: Resolver, problems: list[Problem]
) -> Node | None:
    tier = _tier(pipeline, step, problems)
    body = resolver.body(step)
    if body is None:
        return None
    model = step.kind.arguments
    try:
        arguments = model.model_validate(body, by_alias=False, by_name=True)
    except ValidationError as error:
        base = ("steps", step.name, step.kind.name)
        made_up = {name for made_for, name in resolver.made_up if made_for == step.name}
        found = problems_of(error, model, pipeline.document, base, made_up=made_up)
        problems += found
        if found:
            return None
        arguments = model.model_construct(**body)
    endpoint = step.kind.tiers.get(tier)
    needs = [take for need in step.needs for take in _names(need, pipeline.steps[need].takes)]
    return Node(step.name, step.name, step.kind, arguments, endpoint, needs=tuple(needs))


def _takes(node: Node, takes: int) -> list[Node]:
    """Make the further takes; the first one bears the step's own name, and is what others take."""
    names = enumerate(_names(node.step, takes), start=1)
    return [replace(node, name=name, take=take) for take, name in names]


def _names(step: str, takes: int) -> list[str]:
    return [step, *(f"{step} take {take}" for take in range(2, takes + 1))]


def _tier(pipeline: Pipeline, step: Step, problems: list[Problem]) -> Tier:
    path = ("steps", step.name, step.kind.name, "tier")
    written = step.body.get("tier", "standard")
    if "tier" in step.body and not step.kind.paid:
        problems.append(pipeline.document.unknown_key(path, step.kind.fields()))
    tiers: dict[str, Tier] = {tier: tier for tier in get_args(Tier)}
    if not isinstance(written, str) or written not in tiers:
        problems.append(
            pipeline.document.problem(
                path,
                f"{shown(written)} is no tier",
                allowed=", ".join(tiers),
                nearest=nearest_name(str(written), tiers),
            )
        )
        return "standard"
    return tiers[written]


def _check_output(pipeline: Pipeline, resolver: Resolver) -> None:
    if pipeline.output.name in pipeline.params:
        resolver.problems.append(
            pipeline.document.problem(
                ("output",),
                f"{pipeline.output} is a parameter: nothing would be made",
                allowed=", ".join(f"${name}" for name in pipeline.steps),
            )
        )
        return
    resolver.output_kind(pipeline.output, ("output",))


def _ordered(pipeline: Pipeline, nodes: Mapping[str, Node]) -> dict[str, Node]:
    sorter = TopologicalSorter({name: sorted(node.upstream()) for name, node in nodes.items()})
    try:
        return {name: nodes[name] for name in sorter.static_order()}
    except CycleError as error:
        ring = " → ".join(f"${name}" for name in reversed(error.args[1]))
        what = f"the steps wait for each other: {ring}"
        problem = pipeline.document.problem(("steps", error.args[1][0]), what, of_key=True)
        raise invalid([problem], pipeline.document.text) from None
