"""A pipeline and its values → its graph, or every problem that stands in the way."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from shotgraph.graph.bind import bind
from shotgraph.graph.layout import Layout
from shotgraph.graph.node import Graph, Node
from shotgraph.graph.unused import unused
from shotgraph.spec import Pipeline, Problem
from shotgraph.spec.nearest_name import few_guesses
from shotgraph.spec.problem import invalid


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
    with few_guesses():
        bound = bind(pipeline, given or {}, folder=folder or Path.cwd(), placeholders=placeholders)
        problems = [*bound.problems]
        layout = Layout(pipeline, bound, problems)
        layout.lay_out()
        films = layout.films()
    if problems:
        raise invalid(problems, pipeline.document.text)
    return Graph(
        name=pipeline.name,
        description=pipeline.description,
        nodes=MappingProxyType(_ordered(pipeline, layout.nodes)),
        file_order=tuple(layout.nodes),
        output=pipeline.output.name,
        films=films,
        budget_usd=pipeline.budget_usd,
        document=pipeline.document,
        warnings=tuple(unused(pipeline, layout)),
    )


def _ordered(pipeline: Pipeline, nodes: Mapping[str, Node]) -> dict[str, Node]:
    sorter = TopologicalSorter({name: sorted(node.upstream()) for name, node in nodes.items()})
    try:
        return {name: nodes[name] for name in sorter.static_order()}
    except CycleError as error:
        raise invalid([_cycle(nodes, error.args[1])], pipeline.document.text) from None


def _cycle(nodes: Mapping[str, Node], ring: Iterable[str]) -> Problem:
    *_, last = names = list(ring)
    what = f"the steps wait for each other: {' → '.join(f'${name}' for name in reversed(names))}"
    return nodes[last].source.problem(nodes[last].path[:2], what, of_key=True)
