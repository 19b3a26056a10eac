"""What was billed, beside what was estimated: by how much they differ, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from shotgraph.keys import Key
from shotgraph.ledger import Ended, Intent, Ledger
from shotgraph.plan import Plan, PlannedStep
from shotgraph.report.report import StepReport


async def reconciled(
    steps: Sequence[StepReport],
    plan: Plan,
    *,
    keys: Mapping[str, Key],
    rates: Mapping[str, Decimal | None],
    ledger: Ledger,
) -> list[StepReport]:
    """Put the estimates beside what was billed.

    Args:
        steps: What became of every step.
        plan: What the run set out to do.
        keys: The content keys of what was made, by step.
        rates: Dollars a second, by paid step; None where it is not billed by the second.
        ledger: Where it is on record what fal billed.
    """
    planned = _borne_by(steps, plan)
    return [
        await _reconciled(step, planned[step.name], keys.get(step.name), rates[step.name], ledger)
        if step.name in rates and step.status != "skipped"
        else step
        for step in steps
    ]


def _borne_by(steps: Sequence[StepReport], plan: Plan) -> dict[str, PlannedStep]:
    """Give each step its plan; of equal ones, that which bought has what was planned for it.

    They run side by side, and which of them comes first is not known before.
    """
    planned = {step.name: step for step in plan.steps}
    bought = {step.name for step in steps if step.status in ("ran", "resumed", "failed")}
    for step in plan.steps:
        first = planned[step.same_as] if step.same_as is not None else None
        if first is not None and step.name in bought and first.name not in bought:
            planned[step.name] = replace(first, name=step.name)
            planned[first.name] = replace(step, name=first.name)
            bought.add(first.name)
    return planned


async def _reconciled(
    step: StepReport,
    planned: PlannedStep,
    key: Key | None,
    rate: Decimal | None,
    ledger: Ledger,
) -> StepReport:
    estimate_usd = planned.cost_usd
    intent, ended = await _on_record(key or planned.key, ledger)
    if intent is not None and step.status == "resumed":
        # An earlier run sent it, and estimated it then.
        estimate_usd = intent.estimate_usd
    if step.status == "cached":
        estimate_usd = Decimal(0) if planned.state == "have" or planned.same_as else estimate_usd
    why = ""
    if step.cost_usd != estimate_usd:
        why = _why(step, planned, estimate_usd, rate, ended)
    return replace(step, estimate_usd=estimate_usd, why=why)


async def _on_record(key: Key | None, ledger: Ledger) -> tuple[Intent | None, Ended | None]:
    if key is None:
        return None, None
    attempt = await ledger.latest(key)
    return attempt.find(Intent), attempt.find(Ended)


def _why(
    step: StepReport,
    planned: PlannedStep,
    estimate_usd: Decimal,
    rate: Decimal | None,
    ended: Ended | None,
) -> str:
    if step.status == "failed" and not step.cost_usd:
        return "it failed, and nothing was billed"
    if step.status == "cached":
        return "it was there when its turn came"
    if planned.state == "unknown" and "answer was lost" in planned.note:
        return "whether it had been bought before was not known"
    if ended is not None and ended.billed_units is not None and rate:
        expected = (estimate_usd / rate).normalize()
        return f"fal billed {ended.billed_units.normalize():f} s, and {expected:f} were expected"
    if planned.upper_bound:
        return "the estimate was the most that it could cost"
    if rate is None:
        return "the estimate is the step's own price_usd"
    return "it was bought in pieces; what fal billed for each is in shotgraph jobs"


def billing_lines(report: Mapping[str, Any]) -> list[str]:
    """Say in which steps what was billed is not what was estimated.

    Args:
        report: As ``run --json`` prints it.
    """
    found = []
    for step in report["steps"]:
        estimate_usd, why = step.get("estimate_usd"), step.get("estimate_was_off", "")
        if estimate_usd is None or not why:
            continue
        off = Decimal(str(step["cost_usd"])) - Decimal(str(estimate_usd))
        how = "more" if off > 0 else "less"
        found.append(
            f"{step['name']}: ${estimate_usd:.3f} was estimated, and ${step['cost_usd']:.3f} was "
            f"billed, ${abs(off):.3f} {how}: {why}"
        )
    return found
