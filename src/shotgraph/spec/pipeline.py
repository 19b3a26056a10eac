"""A pipeline file as it stands: structure checked, references not yet followed."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from shotgraph.spec.params import Param
from shotgraph.spec.step_kinds import StepKind
from shotgraph.spec.template import Reference
from shotgraph.spec.yaml_text import Document


@dataclass(frozen=True)
class Step:
    """One step, as written.

    Attributes:
        body: Its arguments.
        needs: The steps that it waits for besides those that it takes something from.
        takes: How many generations of the same job are made.
    """

    name: str
    kind: StepKind
    body: Mapping[str, Any]
    needs: tuple[str, ...]
    takes: int = 1


@dataclass(frozen=True)
class Pipeline:
    """A film, declared.

    Attributes:
        folder: What the file's own paths are relative to, and must lie below.
        budget_usd: The most that a run may spend, in dollars; None where the file does not say.
        document: The text and the places, for messages.
    """

    name: str
    description: str
    params: Mapping[str, Param]
    budget_usd: Decimal | None
    steps: Mapping[str, Step]
    output: Reference
    folder: Path
    document: Document
