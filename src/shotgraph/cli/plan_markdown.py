"""A plan as Markdown, for the discussion of a change to a film's file.

Equal plans give equal texts: nothing in the text, such as a time, changes by itself. So a program
that posts a plan can see whether the plan has changed.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from shotgraph.foreign_text import shown
from shotgraph.plan import Plan, PlannedStep
from shotgraph.plan.run_record import Diff
from shotgraph.report.markdown import escaped
from shotgraph.report.words import dollars, length

MOST_CHARS = 60_000
"""The longest text; GitHub takes 65,536 characters in a comment."""


def plan_markdown(
    film: str,
    plan: Plan,
    budget_usd: Decimal | None,
    diff: Diff | None,
    *,
    is_rehearsal: bool = False,
) -> str:
    """Write a plan as Markdown.

    Args:
        film: The film's name.
        plan: The plan, with its reasons.
        budget_usd: The budget in the film's file; None if it has none.
        diff: The plan compared with the last run; None if there was no run.
        is_rehearsal: Whether the plan is for a rehearsal, which costs nothing.
    """
    marker = f"<!-- shotgraph plan: {shown(film).replace('--', '- -')} -->"
    of = "a rehearsal of " if is_rehearsal else ""
    said = _rehearsed(plan) if is_rehearsal else _summary(plan, budget_usd)
    head = [marker, f"### The plan of {of}{escaped(film)}", said]
    foot = [_gone(diff), *(f"- {escaped(warning)}" for warning in plan.warnings)]
    steps = list(plan.steps)
    while True:
        left_out = len(plan.steps) - len(steps)
        more = f"{left_out} more steps are left out here." if left_out else ""
        parts = [
            *head,
            _table(steps, is_rehearsal=is_rehearsal),
            more,
            "\n".join(_changes(steps)),
            "\n".join(filter(None, foot)),
        ]
        text = "\n\n".join(part for part in parts if part) + "\n"
        if len(text) <= MOST_CHARS or not steps:
            return text
        steps = steps[: len(steps) * 3 // 4]


def _summary(plan: Plan, budget_usd: Decimal | None) -> str:
    said = "A run would buy **nothing**"
    if plan.bought:
        said = f"A run would buy **{_shots(plan)} for {_most(plan)}{dollars(plan.cost_usd)}**"
    over = ""
    if budget_usd is not None:
        is_over = plan.cost_usd > budget_usd
        over = f" **The cost is over the budget of {dollars(budget_usd)}.**" if is_over else ""
        said += "" if is_over else f", of a budget of {dollars(budget_usd)}"
    saved = f", which would cost {dollars(plan.saved_usd)} to buy again" if plan.saved_usd else ""
    return f"{said}.{over} {plan.there}{saved}."


def _shots(plan: Plan) -> str:
    return "1 shot" if len(plan.bought) == 1 else f"{len(plan.bought)} shots"


def _most(plan: Plan) -> str:
    return "at most " if plan.is_bounded else "perhaps more than "


_STATES = {
    "have": "there",
    "in_flight": "in flight",
    "buy": "**to buy**",
    "local": "to make",
    "unknown": "**not known**",
    "cancel_asked": "**cancel asked**",
}


def _rehearsed(plan: Plan) -> str:
    shots, cost = _shots(plan) if plan.bought else "nothing", ""
    if plan.bought:
        cost = f", which would cost {_most(plan)}{dollars(plan.cost_usd)}"
    return f"**A rehearsal: nothing is paid.** It would draw {shots}{cost}. {plan.there}."


def _table(steps: Sequence[PlannedStep], *, is_rehearsal: bool) -> str:
    states = {**_STATES, "buy": "to draw"} if is_rehearsal else _STATES
    rows = [["step", "kind", "length", "state", "cost", "why"], ["---"] * 6]
    for step in steps:
        most = "≤ " if step.cost_usd and step.upper_bound and step.is_bounded else ""
        rows.append(
            [
                escaped(step.name),
                escaped(step.kind),
                length(step.length_s) if step.length_s is not None else "",
                states[step.shown_state],
                f"{most}{dollars(step.cost_usd)}" if step.cost_usd else "",
                escaped("; ".join(filter(None, [step.why, step.note]))),
            ]
        )
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _changes(steps: Sequence[PlannedStep]) -> Iterator[str]:
    """Name the clips that are changed before use, as by black margins."""
    for step in steps:
        for line in step.does if step.state == "local" else ():
            if line.startswith("clip"):
                yield f"- {escaped(step.name)}: {escaped(line)}"


def _gone(diff: Diff | None) -> str:
    gone = [node.name for node in diff.nodes if node.change == "gone"] if diff is not None else []
    return f"- gone since the last run: {', '.join(map(escaped, gone))}" if gone else ""
