"""What steps make, as their bodies say it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic_core import PydanticCustomError

from shotgraph.graph.meanings import Outputs
from shotgraph.graph.named import Named
from shotgraph.model.references import LocalFile, MediaKind, StepOutput
from shotgraph.spec import Step
from shotgraph.spec.bad_value import BadValue
from shotgraph.spec.outputs import kinds_in, read_outputs
from shotgraph.spec.take_media import take_media


def output_kinds(step: Step, folder: Path) -> Mapping[str, MediaKind]:
    """The kinds of what a step makes, by name; the first is its own. Empty if it can't be told.

    Args:
        step: The step.
        folder: What paths in its file are relative to.
    """
    if step.kind.output is not None:
        return {step.kind.output: step.kind.output}
    if step.kind.name == "fal":
        return _of_fal(step, folder)
    return {"image": "image"} if "image" in step.body else {"video": "video"}


def _of_fal(step: Step, folder: Path) -> Mapping[str, MediaKind]:
    kind_at = kinds_in(_schema_of(step, folder), step.body.get("endpoint"))
    try:
        found = read_outputs(step.body.get("output", "video"), kind_at)
    except PydanticCustomError:
        return {}  # the body's own check says what is wrong
    return {output.name: output.kind for output in found}


def _schema_of(step: Step, folder: Path) -> Path | None:
    try:
        found = take_media(step.body.get("schema"), folder=folder, confined=True)
    except BadValue:
        return None  # the body's own check says what is wrong
    return found.file if isinstance(found, LocalFile) else None


def of_kinds(node: str, kinds: Mapping[str, MediaKind]) -> Outputs:
    """What a node makes, of these kinds."""
    first = next(iter(kinds))
    return {
        name: Named(
            "step",
            kind,
            StepOutput(step=node, kind=kind, output=None if name == first else name),
            kind,
        )
        for name, kind in kinds.items()
    }


def merged(step: Step, made: Sequence[Outputs | None]) -> Outputs | None:
    """What a step makes in all its runs: a list, if it has several; None if that can't be told."""
    runs = [outputs for outputs in made if outputs is not None]
    if len(runs) < len(made) or not runs:
        return None
    if not step.for_each and step.repeat is None:
        return runs[0]
    return {
        name: replace(
            named,
            value=[value for run in runs for value in _values(run[name])],
            # A chain's last round is what it comes to; of a list, none is.
            last_for_one=not step.for_each,
        )
        for name, named in runs[0].items()
    }


def _values(named: Named) -> list[object]:
    return named.value if isinstance(named.value, list) else [named.value]
