"""Lines about money at the end of a run: bills that differ from the estimate, and the sums."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shotgraph.money.accounts import Money
from shotgraph.report.costs import BILLED_THOUGH_FAILED
from shotgraph.report.words import cost_sentences


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
