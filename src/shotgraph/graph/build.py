"""A pipeline and its values → its graph, or every problem with them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from shotgraph.graph.bind import bind
from shotgraph.graph.derived_nodes import delivering
from shotgraph.graph.doubts import (
    cut_texts,
    long_prompts,
    odd_arguments,
    odd_texts,
    odd_urls,
    unused,
)
from shotgraph.graph.layout import Layout
from shotgraph.graph.node import Graph, Node, final_marked
from shotgraph.graph.room import FilmTooLarge
from shotgraph.graph.takes import GivenAnswers, wrong_answers
from shotgraph.spec import Draft, Pipeline, Problem
from shotgraph.spec.load import load_draft
from shotgraph.spec.meant import few_guesses
from shotgraph.spec.problem import invalid


def build_graph(
    pipeline: Pipeline,
    given: Mapping[str, Any] | None = None,
    *,
    folder: Path | None = None,
    answers: GivenAnswers | None = None,
    placeholders: bool = False,
) -> Graph:
    """Insert the values, resolve every reference, check every type, and order the steps.

    Args:
        given: Values for its parameters.
        folder: The folder that paths among the values are relative to; the working directory by
            default.
        answers: The run's answers to gates; each must name a gate.
        placeholders: For checks only: parameters without a value get a placeholder, and the graph
            can't be run.

    Raises:
        InvalidPipeline: There are problems; every problem is named with its location.
    """
    return _laid_out(
        pipeline, given or {}, folder=folder, answers=answers, placeholders=placeholders
    ).graph_or_raise()


@dataclass(frozen=True)
class CheckedPipeline:
    """A pipeline file that was checked.

    Attributes:
        graph: Its graph. If there are problems, it has stand-ins and can't be run.
        problems: All problems of the file and of the given values.
        unsure: The names of the nodes with stand-ins.
    """

    graph: Graph
    problems: Sequence[Problem]
    unsure: frozenset[str]

    def graph_or_raise(self) -> Graph:
        """Give the graph, if there are no problems.

        Raises:
            InvalidPipeline: There are problems.
        """
        if self.problems:
            raise invalid(self.problems, self.graph.document.text)
        return self.graph


def check(
    draft: Draft,
    given: Mapping[str, Any] | None = None,
    *,
    folder: Path | None = None,
    answers: GivenAnswers | None = None,
    placeholders: bool = False,
) -> CheckedPipeline:
    """Build the graph of a file as far as possible, and find all problems of the file and graph.

    Args:
        draft: The parts of the file that could be read.
        given: Values for its parameters.
        folder: As for `build_graph`.
        answers: As for `build_graph`.
        placeholders: As for `build_graph`.

    Raises:
        InvalidPipeline: Nothing could be read.
    """
    if draft.pipeline is None:
        raise invalid(draft.problems, draft.text)
    checked = _laid_out(
        draft.pipeline,
        given or {},
        folder=folder,
        answers=answers,
        placeholders=placeholders,
        is_whole=not draft.problems,
    )
    cut = cut_texts(draft.pipeline, surely=True)
    return replace(checked, problems=[*draft.problems, *cut, *checked.problems])


def graph_of_file(
    file: Path,
    given: Mapping[str, Any] | None = None,
    *,
    answers: GivenAnswers | None = None,
) -> Graph:
    """Read a pipeline file and build its graph: `load_pipeline` and `build_graph` in one pass.

    Raises:
        InvalidPipeline: There are problems; every problem of the file and of its graph is named.
    """
    return check(load_draft(file), given, answers=answers).graph_or_raise()


def _laid_out(
    pipeline: Pipeline,
    given: Mapping[str, Any],
    *,
    folder: Path | None,
    answers: GivenAnswers | None,
    placeholders: bool,
    is_whole: bool = True,
) -> CheckedPipeline:
    with few_guesses():
        bound = bind(pipeline, given, folder=folder or Path.cwd(), placeholders=placeholders)
        problems = [*bound.problems]
        layout = Layout(pipeline, bound, problems)
        try:
            layout.lay_out()
        except FilmTooLarge as error:
            raise invalid([*problems, error.problem], pipeline.document.text) from None
        films = layout.films()
        further = list(delivering(pipeline, films, problems))
        layout.nodes |= {node.name: node for node, _ in further}
        if answers is not None:
            known = is_whole and not problems
            nodes = layout.nodes.values()
            problems += wrong_answers(pipeline, nodes, answers, all_known=known)
        layout.nodes = final_marked(layout.nodes)
        ordered = _ordered(layout.nodes, problems)
    graph = Graph(
        name=pipeline.name,
        description=pipeline.description,
        # Nodes that wait for each other have no order, and would cause further problems.
        nodes=MappingProxyType({**ordered, **layout.nodes}),
        file_order=tuple(layout.nodes),
        output=pipeline.output.name,
        films=films,
        deliveries=tuple(one for _, one in further),
        budget_usd=pipeline.budget_usd,
        document=pipeline.document,
        # If parts of a file could not be read, the rest may only look wrong.
        warnings=_doubts(pipeline, layout) if is_whole and not problems else (),
    )
    return CheckedPipeline(graph, problems, frozenset(layout.unsure))


def _doubts(pipeline: Pipeline, layout: Layout) -> tuple[Problem, ...]:
    nodes = layout.nodes.values()
    odd = [*odd_texts(pipeline), *odd_urls(nodes)]
    found = [*unused(pipeline, layout), *long_prompts(nodes), *odd, *odd_arguments(nodes)]
    return tuple({(str(one.location), one.what): one for one in found}.values())


def _ordered(nodes: Mapping[str, Node], problems: list[Problem]) -> dict[str, Node]:
    """Order the nodes; note each ring of nodes that wait for each other."""
    left = {name: sorted(node.upstream() & nodes.keys()) for name, node in nodes.items()}
    while True:
        try:
            return {name: nodes[name] for name in TopologicalSorter(left).static_order()}
        except CycleError as error:
            ring = error.args[1]
            problems.append(_ring(nodes, ring))
            for name in ring:
                left.pop(name, None)
            left = {name: [up for up in ups if up in left] for name, ups in left.items()}


def _ring(nodes: Mapping[str, Node], ring: Iterable[str]) -> Problem:
    *_, last = names = list(ring)
    what = f"the steps wait for each other: {' → '.join(f'${name}' for name in reversed(names))}"
    return nodes[last].source.problem(nodes[last].path[:2], what, of_key=True)
