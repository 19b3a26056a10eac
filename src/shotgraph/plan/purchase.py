"""What a paid step would buy, piece by piece, and what has become of each piece already."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from shotgraph.endpoints import VIDEO_INPUT, Endpoint
from shotgraph.fal.job import Job
from shotgraph.ledger import Accepted, Attempt, Ledger, Results
from shotgraph.plan.plan import State

_ORDER: tuple[State, ...] = ("unknown", "buy", "in_flight", "have")
_WORDS: dict[State, str] = {
    "have": "in the store",
    "in_flight": "in flight",
    "buy": "to buy",
    "unknown": "not known",
}


@dataclass(frozen=True)
class Purchase:
    """What a step would buy.

    Attributes:
        state: Of the piece of which least is known, or that is furthest from being there.
        cost_usd: Of the pieces that are still to buy, in dollars.
        note: What a reader should know besides.
    """

    state: State
    cost_usd: Decimal
    note: str = ""


async def look_up(
    jobs: Sequence[Job], seconds: Sequence[Fraction], *, ledger: Ledger, results: Results
) -> Purchase:
    """Look on record for the jobs of one step.

    Args:
        jobs: One for each piece.
        seconds: What each would be billed for.
        ledger: The store's.
        results: The store's.
    """
    found = [
        await _one(job, of_s, ledger, results) for job, of_s in zip(jobs, seconds, strict=True)
    ]
    state = min((one.state for one in found), key=_ORDER.index)
    cost_usd = sum((one.cost_usd for one in found), Decimal(0))
    if len(found) == 1:
        return found[0]
    counted = Counter(one.state for one in found)
    if len(counted) == 1 and state == "buy":
        return Purchase(state, cost_usd)
    said = ", ".join(f"{counted[each]} {_WORDS[each]}" for each in _ORDER if counted[each])
    return Purchase(state, cost_usd, f"of its {len(found)} pieces {said}")


async def _one(job: Job, seconds: Fraction, ledger: Ledger, results: Results) -> Purchase:
    if await results.get(job.key) is not None:
        return Purchase("have", Decimal(0))
    attempt = await ledger.latest(job.key)
    cost_usd = job.endpoint.price.cost_usd(seconds)
    match attempt.state:
        case "in_flight" | "succeeded":
            return Purchase("in_flight", Decimal(0), _sent(attempt))
        case "sending" | "unknown":
            return Purchase("unknown", cost_usd, "sent before, and the answer was lost")
        case "failed":
            return Purchase("buy", cost_usd, "it failed at fal before")
    return Purchase("buy", cost_usd)


def _sent(attempt: Attempt) -> str:
    accepted = attempt.find(Accepted)
    if accepted is None:
        return ""
    return f"request {accepted.request_id}, sent {accepted.at:%Y-%m-%d %H:%M} UTC"


def unseen(endpoint: Endpoint, seconds: Fraction | None, *, is_split: bool) -> Purchase:
    """Price a step whose input is not there yet.

    Args:
        endpoint: The step's.
        seconds: How long its video will be, where it is billed by that; None if that isn't known.
        is_split: Whether a long one becomes several jobs.
    """
    limits = VIDEO_INPUT
    if seconds is None:
        return Purchase("buy", endpoint.price.cost_usd(limits.max_duration))
    if seconds <= limits.max_duration or not is_split:
        billed = min(limits.max_duration, max(limits.min_duration, seconds))
        return Purchase("buy", endpoint.price.cost_usd(billed))
    # Each piece but the last may pay for a second that it only begins.
    most = ceil(seconds) + int(seconds / limits.min_duration) - 1
    cost_usd = endpoint.price.cost_usd(Fraction(most))
    said = "where it will be cut is not known before it is there; this is the most that it can cost"
    return Purchase("unknown", cost_usd, f"{float(seconds):g} s in pieces: {said}")
