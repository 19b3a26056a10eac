"""A job → its result, checked for faults, with the action that the step names for faults.

The faults are on record before any action. So a run that is killed between the check and the
retake, and two runs at the same time, choose the same retake, and buy it once.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shotgraph.errors import FaultyClip, MediaError
from shotgraph.making.quality_check import LookedAt, SeenTake, best_of, why_best
from shotgraph.media.quality.flaw import Flaws, flaws_json, lines_of
from shotgraph.model.references import Asset
from shotgraph.money.buy import Bought, How
from shotgraph.money.job import Job, retake_of
from shotgraph.money.session import Session
from shotgraph.spec import Checking


@dataclass(frozen=True)
class CheckedResult:
    """A job's result and its faults.

    Attributes:
        bought: The take that the run uses, with the cost of all takes that this run bought.
        flaws: The faults of this take.
        retakes: The number of retakes because of faults.
    """

    bought: Bought
    flaws: Flaws = ()
    retakes: int = 0


async def draw_checked(
    session: Session,
    job: Job,
    checking: Checking,
    draw: Callable[[Job], Awaitable[Bought]],
    given: Sequence[Asset] = (),
) -> CheckedResult:
    """Get a job's result, check it for faults, and warn, stop or retake as the step says.

    Args:
        session: The run's session.
        job: The job.
        checking: The check that the step names.
        draw: Gets the result of a job, whatever its media.
        given: The job's media that users gave; their faults are logged.

    Raises:
        FaultyClip: The result has faults, and the step's check is `stop`.
        ShotgraphError: As for `draw`, also for a retake. Takes bought before are on record.
    """
    if checking.mode == "off" or job.endpoint.outputs[0].kind != "video":
        return CheckedResult(await draw(job))
    looked, found = LookedAt(session.store), list[tuple[Bought, SeenTake]]()
    if given and await session.results.get(job.key) is None:
        await _look_at_given(session, looked, job, given)
    for number in range(checking.retakes + 1):
        this = retake_of(job, number)
        if number < checking.retakes and await _is_gone(session, looked, job, number):
            continue
        bought = await draw(this)
        flaws = await looked.flaws(this, bought.result)
        found.append((bought, SeenTake(number, bought.result, flaws)))
        if not flaws:
            break
        for line in _lines(found[-1][1], checking):
            session.say(f"{job.step}: {line}")
    best = best_of([take for _, take in found])
    if best.flaws and checking.mode == "stop":
        raise _stopped(job, found[0][0], best.flaws)
    if len(found) > 1:
        session.say(f"{job.step}: {why_best(best, len(found))}")
    return CheckedResult(_summed([one for one, _ in found], best), best.flaws, len(found) - 1)


async def _look_at_given(
    session: Session, looked: LookedAt, job: Job, given: Sequence[Asset]
) -> None:
    for asset in given:
        try:
            flaws = await looked.given(asset)
        except MediaError:
            continue  # the step that uses the clip reports the error
        for line in lines_of(flaws):
            session.say(f"{job.step}: its input has faults: {line}")


async def _is_gone(session: Session, looked: LookedAt, job: Job, number: int) -> bool:
    """Whether a take had faults and its clip is lost, and the next take exists.

    It would be bought again, and then not be used.
    """
    this, following = retake_of(job, number), retake_of(job, number + 1)
    if await session.results.get(this.key) is not None or not await looked.known(this.key):
        return False
    return await session.results.get(following.key) is not None


def _lines(take: SeenTake, checking: Checking) -> list[str]:
    """Describe the faults of a take, and the retake that is bought because of them."""
    called = f"retake {take.number}" if take.number else "fal's clip"
    lines = [f"{called} has faults: {line}" for line in lines_of(take.flaws)]
    if checking.mode == "retake" and take.number < checking.retakes:
        left = checking.retakes - take.number
        lines.append(
            f"another take is bought because of these faults; retakes left: {left} of "
            f"{checking.retakes}"
        )
    return lines


def _stopped(job: Job, bought: Bought, flaws: Flaws) -> FaultyClip:
    result = bought.result
    request = f", request {result.request_id}" if result.request_id else ""
    cost = "cost" if bought.cost_usd else "had cost"
    error = FaultyClip(
        f"{job.step}: fal's clip has faults, and the step says check: stop: "
        f"{'; '.join(lines_of(flaws))}. The clip {cost} ${result.cost_usd:.2f}{request}, and is "
        "in the store; nothing after this step was bought. To use this clip, write check: warn "
        "and run again: nothing is bought again. To get another clip, write check: retake or "
        f"change the prompt: that costs about ${result.cost_usd:.2f} more"
    )
    error.cost_usd = bought.cost_usd
    error.request_id, error.faults = result.request_id, flaws_json(flaws)
    return error


def _summed(bought: Sequence[Bought], best: SeenTake) -> Bought:
    """Give the best take, with the cost of all takes in this run."""
    hows = {one.how for one in bought}
    how: How = "ran" if "ran" in hows else "resumed" if "resumed" in hows else "cached"
    cost_usd = sum((one.cost_usd for one in bought), Decimal(0))
    if how == "cached":
        return Bought(best.result, how)
    return Bought(best.result.model_copy(update={"cost_usd": cost_usd}), how)
