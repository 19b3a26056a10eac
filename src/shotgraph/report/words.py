"""How a manifest's numbers and states are written for people."""

from decimal import Decimal
from fractions import Fraction

from shotgraph.report.manifest import Manifest, Medium, StepEntry

_KINDS = {
    "edit": "Repainted",
    "reference": "Next shot",
    "image_to_video": "From a picture",
    "reference_to_video": "From pictures",
    "fal": "Another model",
    "trim": "Cut to length",
    "frame": "One frame",
    "concat": "Joined",
    "soundtrack": "Sound laid on",
    "approve": "Seen by a person",
    "pick": "Picked by a person",
}
_STATES = {
    "ran": "new",
    "cached": "kept from before",
    "resumed": "taken up again",
    "failed": "failed",
    "skipped": "not made",
}
_ENDS = {
    "done": "finished",
    "failed": "not finished",
    "unknown": "outcome not known",
    "over_budget": "over its budget",
}


def kind_words(step: StepEntry) -> str:
    """What a step does."""
    return _KINDS.get(step.kind, step.kind)


def state_words(step: StepEntry) -> str:
    """What became of a step."""
    if step.kind in ("approve", "pick") and step.status in ("ran", "cached"):
        return "decided" if step.status == "ran" else "decided before"
    return _STATES[step.status]


def end_words(manifest: Manifest) -> str:
    """How a run ended."""
    return _ENDS[manifest.status]


def dollars(usd: Decimal) -> str:
    """Dollars and cents; a part of a cent where there is one: $0.63, $0.126."""
    cents = f"{usd:.2f}"
    return f"${cents}" if Decimal(cents) == usd else f"${usd:.3f}"


def length(seconds: Fraction) -> str:
    """A length as people say it: 5 s, 9.5 s, 1:02."""
    if seconds < 60:
        return f"{round(float(seconds), 1):g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def format_words(medium: Medium) -> str:
    """The size of a medium, and its frames per second."""
    if medium.kind == "audio":
        return "sound"
    size = f"{medium.width} × {medium.height}"
    return f"{size}, {float(medium.fps):.5g} fps" if medium.fps is not None else size


def waited(seconds: float) -> str:
    """How long something took: 48 s, 3 min."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
