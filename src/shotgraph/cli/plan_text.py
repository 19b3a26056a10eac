"""A plan as a table for people, with its sums."""

import sys
from collections import Counter
from decimal import Decimal

from shotgraph.cli.output import print_table
from shotgraph.plan import Plan, PlannedStep
from shotgraph.plan.diff import Diff, NodeChange

_WORDS = {
    "have": "have",
    "in_flight": "in flight",
    "buy": "to buy",
    "local": "to make here",
    "unknown": "not known",
}
_STYLES = {
    "have": "green",
    "in flight": "cyan",
    "to buy": "yellow",
    "not known": "magenta",
    "changed": "yellow",
    "new": "green",
    "gone": "red",
    "downstream": "cyan",
}


def print_plan(plan: Plan) -> None:
    """Print a plan on stdout."""
    headings = ["step", "kind", "state", "cost", "takes about", ""]
    rows = [_row(step) for step in plan.steps]
    print_table(headings, rows, {"cost", "takes about"}, _STYLES)
    have = sum(step.state == "have" for step in plan.steps)
    unbounded = any(not step.is_bounded for step in plan.steps)
    most = "" if unbounded else "at most "
    _say(
        f"\nA run would cost {most}${plan.cost_usd:.3f}; "
        f"{have} of {len(plan.steps)} steps are there."
    )
    if plan.seconds:
        _say(f"It would take about {duration(plan.seconds)}{_learned(plan)}.")
    if plan.saved_usd:
        _say(f"What is there would cost ${plan.saved_usd:.3f} to buy again.")
    _warn(plan)


def print_no_run(film: str) -> None:
    """Say that there is nothing to compare with."""
    _say(f'There is no earlier run of "{film}" in this store to compare with.\n')


def print_diff(diff: Diff, plan: Plan) -> None:
    """Print what a change makes new, on stdout."""
    rows = [_diff_row(node) for node in diff.nodes]
    print_table(["step", "kind", "since then", "state", "cost", ""], rows, {"cost"}, _STYLES)
    before = diff.before
    counted = Counter(node.change for node in diff.nodes)
    said = ", ".join(f"{number} {change}" for change, number in counted.items())
    cost_usd = sum((node.cost_usd for node in diff.nodes), Decimal(0))
    who = "" if before.backend == "fal" else f" by {before.backend}"
    _say(f"\nSince the run of {before.at:%Y-%m-%d %H:%M} UTC{who}: {said}.")
    _say(f"A run would cost at most ${cost_usd:.3f}.")
    _warn(plan)


def duration(seconds: int) -> str:
    """Write a length of time: 40 s, 3 min, 1 h 20 min."""
    if seconds < 90:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{minutes} min"


def _row(step: PlannedStep) -> list[str]:
    cost = f"${step.cost_usd:.3f}" if step.cost_usd else ""
    most = "≤ " if cost and step.upper_bound and step.is_bounded else ""
    return [
        step.name,
        step.kind,
        _WORDS[step.state],
        f"{most}{cost}",
        _takes(step),
        step.note,
    ]


def _takes(step: PlannedStep) -> str:
    if not step.seconds:
        return ""
    return duration(step.seconds) + (f" ({step.seen} seen)" if step.seen else "")


def _learned(plan: Plan) -> str:
    drawn = [step for step in plan.steps if step.state in ("buy", "in_flight", "unknown")]
    if not drawn:
        return ""
    if any(step.seen for step in drawn):
        return ", where jobs were seen before as the last of them took, else as usual"
    return ", as is usual: this store has not seen such jobs yet"


def _diff_row(node: NodeChange) -> list[str]:
    fields = "; ".join(f"{one.field}: {one.old or '–'} → {one.new or '–'}" for one in node.fields)
    cost = f"${node.cost_usd:.3f}" if node.cost_usd else ""
    state = _WORDS[node.state] if node.state else ""
    return [node.name, node.kind, node.change, state, cost, fields]


def _warn(plan: Plan) -> None:
    for warning in plan.warnings:
        _say(f"Note: {warning}.")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
