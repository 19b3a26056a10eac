"""The questions of a run, from its manifest: clips, the decision's key, possible retakes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from shlex import quote
from typing import Any

from shotgraph.keys import Key
from shotgraph.media.probe import Medium
from shotgraph.model.references import Sha256
from shotgraph.money.decisions import decision_key
from shotgraph.plan.inputs import GATES, asked
from shotgraph.report.manifest import ErrorEntry, Manifest, StepEntry, steps_in


@dataclass(frozen=True)
class GateClip:
    """A clip that a gate shows, and the step that made it.

    Attributes:
        faults: The faults found in the clip, in words.
    """

    name: str
    medium: Medium
    faults: Sequence[str] = ()


@dataclass(frozen=True)
class Retake:
    """A step that can be made again at a gate.

    Attributes:
        step: The name of the step; if the clips are takes, the name of their ``pick``.
        prompt: The present prompt; empty if the step has none.
        cost_usd: The estimated cost of one more take, in dollars; None if it is not known.
    """

    step: str
    prompt: str
    cost_usd: Decimal | None


@dataclass(frozen=True)
class GateAsked:
    """One gate of a run, whose clips all exist.

    Attributes:
        question: The question in the pipeline file; empty if it has none.
        decision: The key of the decision.
        error: Why the run waits here; None if it does not.
    """

    name: str
    question: str
    clips: Sequence[GateClip]
    decision: Key
    retakes: Sequence[Retake]
    error: ErrorEntry | None

    @property
    def asks(self) -> str:
        """The question, in words."""
        return asked(self.question, len(self.clips))

    @property
    def waits(self) -> bool:
        """Whether the run ended here."""
        return self.error is not None and self.error.waits

    def command(self, number: int) -> str:
        """The shell command that continues with one of its clips, by its number from 1."""
        named = quote(self.name)
        answer = f"--approve {named}" if len(self.clips) == 1 else f"--pick {named}={number}"
        return f"shotgraph run FILE {answer}"


def gates_asked(manifest: Manifest) -> list[GateAsked]:
    """Find the gates of a run that a person can decide; gates at which the run waits come first."""
    found = [gate for step in manifest.steps if (gate := _gate(manifest, step)) is not None]
    return sorted(found, key=lambda gate: not gate.waits)


def _gate(manifest: Manifest, step: StepEntry) -> GateAsked | None:
    if step.kind not in GATES:
        return None
    refs = _refs(step)
    media = [manifest.medium_of(ref) for ref in refs]
    if not refs or any(medium is None for medium in media):
        return None
    clips = [
        GateClip(str(ref.get("step") or ref.get("file") or ""), medium, _faults(manifest, ref))
        for ref, medium in zip(refs, media, strict=True)
        if medium is not None
    ]
    question = step.arguments.get("message")
    said = question if isinstance(question, str) else ""
    key = decision_key(said, [Sha256(clip.medium.sha256) for clip in clips])
    return GateAsked(step.name, said, clips, key, _retakes(manifest, step), step.error)


def _faults(manifest: Manifest, ref: Mapping[str, Any]) -> list[str]:
    """The faults of a clip; if a local step made the clip, the faults of the clip from fal."""
    step, seen = manifest.step(str(ref.get("step", ""))), set[str]()
    while step is not None and step.name not in seen:
        if step.flaws or step.is_paid:
            return step.faults()
        seen.add(step.name)
        before = step.arguments.get("video")
        step = manifest.step(str(before.get("step", ""))) if isinstance(before, Mapping) else None
    return []


def _refs(step: StepEntry) -> list[Mapping[str, Any]]:
    given = step.arguments.get("clips") if step.kind == "pick" else [step.arguments.get("video")]
    return [ref for ref in given or [] if isinstance(ref, Mapping)]


def _retakes(manifest: Manifest, gate: StepEntry) -> list[Retake]:
    """Find the retakes as the graph does: the nearest paid steps; for a ``pick``, one more take."""
    if gate.kind == "pick":
        first = next(_paid_before(manifest, gate, set()), None)
        return [_retake(gate.name, first)] if first is not None else []
    found: dict[str, Retake] = {}
    for step in _paid_before(manifest, gate, set()):
        maker = next(_paid_before(manifest, step, set()), None) if step.kind == "pick" else step
        if maker is not None:
            found[step.name] = _retake(step.name, maker)
    return list(found.values())


def _paid_before(manifest: Manifest, step: StepEntry, seen: set[str]) -> Iterator[StepEntry]:
    # The clip that a shot continues is no part of the shot.
    given = step.arguments.get("video") if step.kind == "continued" else step.arguments
    for name in steps_in(given):
        before = manifest.step(name)
        if before is None or name in seen:
            continue
        seen.add(name)
        if before.is_paid or before.kind == "pick":
            yield before
        else:
            yield from _paid_before(manifest, before, seen)


def _retake(name: str, made_by: StepEntry) -> Retake:
    cost = made_by.paid_usd or made_by.estimate_usd
    return Retake(name, made_by.prompt, cost)
