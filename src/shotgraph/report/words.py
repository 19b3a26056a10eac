"""Numbers and states of a manifest, in words for people."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shotgraph.endpoints import KIND_WORDS
from shotgraph.media.probe import Medium
from shotgraph.money.accounts import Money
from shotgraph.plan.inputs import GATES
from shotgraph.report.costs import BILLED_THOUGH_FAILED
from shotgraph.report.manifest import Manifest, StepEntry

_KINDS = {
    **{kind: words.done for kind, words in KIND_WORDS.items()},
    "fal": "Another model",
    "trim": "Cut to length",
    "frame": "One frame",
    "concat": "Joined",
    "crop": "Picture cut out",
    "deliver": "File to deliver",
    "hold": "Held still",
    "speed": "At another speed",
    "title": "Titled",
    "soundtrack": "Sound added",
}
_GATES = {
    ("approve", None): "Waits for a person's approval",
    ("approve", "person"): "Approved by a person",
    ("approve", "rehearsal"): "Approved by the rehearsal",
    ("pick", None): "Waits for a person's choice",
    ("pick", "person"): "Picked by a person",
    ("pick", "faults"): "Picked automatically: the fewest faults",
    ("pick", "rehearsal"): "Picked by the rehearsal",
}
_STATES = {
    "ran": "new",
    "cached": "kept from before",
    "resumed": "continued",
    "failed": "failed",
    "skipped": "not made",
}
_ENDS = {
    "done": "finished",
    "failed": "not finished",
    "unknown": "outcome not known",
    "over_budget": "over its budget",
}

_WAITS = "waits for a person"


def kind_words(step: StepEntry, manifest: Manifest) -> str:
    """The kind of a step, in words."""
    if step.kind == "continued":
        return _continued(step, manifest)
    if step.kind in GATES:
        if step.decided_by is None and step.medium is not None:  # a manifest of an older version
            return "Seen" if step.kind == "approve" else "Picked"
        return _GATES.get((step.kind, step.decided_by), step.kind)
    return _KINDS.get(step.kind, step.kind)


def _continued(step: StepEntry, manifest: Manifest) -> str:
    """The number of repeated frames removed from a shot that continues another, in words."""
    given = step.arguments.get("video")
    drawn = manifest.medium_of(given) if isinstance(given, Mapping) else None
    if step.medium is None or drawn is None or step.medium.fps is None:
        return "Continues another shot"
    frames = round((drawn.duration_s - step.medium.duration_s) * step.medium.fps)
    if frames < 1:
        return "No repeated frames"
    return f"{frames} repeated frame{'s' if frames > 1 else ''} removed"


def shots_drawn(manifest: Manifest) -> int:
    """Count the shots that models drew for a run's film, retakes included."""
    drawn = [one for one in manifest.steps if one.is_paid and one.medium is not None]
    return len(drawn) + sum(one.was_taken_again for one in manifest.steps)


def state_words(step: StepEntry) -> str:
    """The state of a step after its run, in words."""
    if step.error is not None and step.error.waits:
        return _WAITS
    if step.kind in GATES and step.status in ("ran", "cached"):
        return "decided" if step.status == "ran" else "decided before"
    return _STATES[step.status]


def state_class(step: StepEntry) -> str:
    """The CSS class of a step: its status; ``waits`` if the step waits for a person."""
    return "waits" if step.error is not None and step.error.waits else step.status


def end_words(manifest: Manifest) -> str:
    """How a run ended, in words."""
    if manifest.error is not None and manifest.error.waits:
        return _WAITS
    return _ENDS[manifest.status]


def end_class(manifest: Manifest) -> str:
    """The CSS class of a run's end: its status; ``waits`` if the run waits for a person."""
    return "waits" if manifest.error is not None and manifest.error.waits else manifest.status


def dollars(usd: Decimal) -> str:
    """Format dollars with two decimals, or three if the sum has a part of a cent: $0.63, $0.126."""
    cents = f"{usd:.2f}"
    return f"${cents}" if Decimal(cents) == usd else f"${usd:.3f}"


def money(cost: Money) -> str:
    """Format a cost: $0.63; or, if a part is not yet known: $0.63 + up to $0.126."""
    if not cost.may_be_billed_usd:
        return dollars(cost.billed_usd)
    return f"{dollars(cost.billed_usd)} + up to {dollars(cost.may_be_billed_usd)}"


def step_cost(step: StepEntry) -> str:
    """The cost of a step in its run; if the result was in the store, the earlier cost."""
    cost = Money(step.cost_usd, step.may_be_billed_usd)
    if cost == Money() and step.paid_usd:
        return f"{dollars(step.paid_usd)} before"
    return money(cost)


def film_cost(last: Manifest, film: Money | None) -> str:
    """The cost of a film in all its runs; if it was only rehearsed, the cost of a real run.

    Args:
        last: The run that shows the film.
        film: The sum; None if the store could not be read.
    """
    if last.is_rehearsal:
        return f"would cost {money(last.money)}" if last.cost_usd else money(last.money)
    known = film if film is not None else last.film_money
    return money(known) if known is not None else "cost not known"


def cost_sentences(run: Money, film: Money | None, *, is_rehearsal: bool) -> list[str]:
    """Describe the cost of a run; and the cost of its film in all its runs, if the sums differ.

    Args:
        run: The cost of the run; for a rehearsal, the cost of a real run.
        film: The cost of the film, without rehearsals; None if it is not known.
        is_rehearsal: Whether nothing was sent to fal.
    """
    said = [f"This run {'would have cost' if is_rehearsal else 'cost'} ${run.billed_usd:.2f}."]
    if run.may_be_billed_usd:
        said.append(
            f"Up to ${run.may_be_billed_usd:.2f} more may be billed for it; that is not known yet."
        )
    if film is not None and film != (Money() if is_rehearsal else run):
        more = film.may_be_billed_usd
        unknown = f", and up to ${more:.2f} more is not known yet" if more else ""
        said.append(f"The film has cost ${film.billed_usd:.2f} in all its runs{unknown}.")
    return said


def length(seconds: Fraction) -> str:
    """Format a length: 5 s, 9.5 s, 1:02."""
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
    """Format a duration: 48 s, 3 min."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def billing_lines(report: Mapping[str, Any]) -> list[str]:
    """Describe bills that differ from the estimate, are not yet known, or are for a failed job.

    Args:
        report: The report as ``run --json`` prints it.
    """
    found = []
    for step in report["steps"]:
        estimate_usd, why = step.get("estimate_usd"), step.get("estimate_was_off", "")
        if estimate_usd is None or not why:
            continue
        said = f"${estimate_usd:.3f} was estimated, and ${step['cost_usd']:.3f} was billed"
        off = Decimal(str(step["cost_usd"])) - Decimal(str(estimate_usd))
        is_open = bool(step.get("may_be_billed_usd"))
        if step["status"] == "failed" and not step["request_id"] and not is_open:
            continue  # fal accepted no job, so there is no bill
        if is_open:
            said += f", and ${step['may_be_billed_usd']:.3f} more may be"
        elif off:
            said += f", ${abs(off):.3f} {'more' if off > 0 else 'less'}"
        elif why == BILLED_THOUGH_FAILED:
            said = f"${step['cost_usd']:.3f} was billed"
        elif step["status"] == "failed":
            continue  # the step's error names the bought jobs
        found.append(f"{step['name']}: {said}: {why}")
    return found


def cost_lines(report: Mapping[str, Any], *, is_rehearsal: bool) -> list[str]:
    """Describe the cost of a run, and of its film in all its runs, as sentences.

    Args:
        report: The report as ``run --json`` prints it.
        is_rehearsal: Whether nothing was sent to fal.
    """
    film = _money(report, "film_") if report.get("film_cost_usd") is not None else None
    return cost_sentences(_money(report), film, is_rehearsal=is_rehearsal)


def _money(report: Mapping[str, Any], which: str = "") -> Money:
    billed, more = (report.get(f"{which}{name}", 0) for name in ("cost_usd", "may_be_billed_usd"))
    return Money(Decimal(str(billed)), Decimal(str(more)))
