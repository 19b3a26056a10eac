"""Steps whose output nobody uses, and parameters that nobody asks for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shotgraph.spec import Pipeline, Problem

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
