"""A job → its result, looked at; and where it has faults, what its step says about that.

What was found is on record before anything follows from it. So a run that is killed between the
finding and the retake, and two runs at once, come to the same take, and buy it once.
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
    """A job's result, and what was found in it.

    Attributes:
        bought: The take that goes on, with the cost of all that this run bought for it.
        flaws: What is wrong with that.
        retakes: How many more takes there are because of faults.
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
    """Get a job's result, look at it, and do what its step says.

    Args:
        session: The run's.
        job: The job.
        checking: What the step says.
        draw: Gets the result of a job, whatever its media.
        given: The media of the job that people gave: what is wrong with those is said.

    Raises:
        FaultyClip: It has faults, and the step says `stop`.
        ShotgraphError: As for `draw`; also for a retake. What was bought before is on record.
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
            continue  # what uses it says what is wrong with it
        for line in lines_of(flaws):
            session.say(f"{job.step}: what it is given has faults: {line}")


async def _is_gone(session: Session, looked: LookedAt, job: Job, number: int) -> bool:
    """Whether a take had faults and its clip is lost, while the next one is there.

    It would be bought again only to be passed over again.
    """
    this, following = retake_of(job, number), retake_of(job, number + 1)
    if await session.results.get(this.key) is not None or not await looked.known(this.key):
        return False
    return await session.results.get(following.key) is not None


def _lines(take: SeenTake, checking: Checking) -> list[str]:
    """What is wrong with a take, and what is done about that."""
    called = f"retake {take.number}" if take.number else "what fal returned"
    lines = [f"{called} has faults: {line}" for line in lines_of(take.flaws)]
    if checking.mode == "retake" and take.number < checking.retakes:
        left = checking.retakes - take.number
        lines.append(f"another take is bought because of them; {left} of {checking.retakes} left")
    return lines


def _stopped(job: Job, bought: Bought, flaws: Flaws) -> FaultyClip:
    result = bought.result
    request = f", request {result.request_id}" if result.request_id else ""
    cost = "cost" if bought.cost_usd else "had cost"
    error = FaultyClip(
        f"{job.step}: what fal returned has faults, and the step says check: stop: "
        f"{'; '.join(lines_of(flaws))}. It {cost} ${result.cost_usd:.2f}{request}, and is in the "
        "store; nothing after it was bought. To go on with it as it is, write check: warn and run "
        "again: nothing is bought again. For another one write check: retake, or another prompt: "
        f"that costs about ${result.cost_usd:.2f} more"
    )
    error.cost_usd = bought.cost_usd
    error.request_id, error.faults = result.request_id, flaws_json(flaws)
    return error


def _summed(bought: Sequence[Bought], best: SeenTake) -> Bought:
    """The best take, with what all takes cost this run."""
    hows = {one.how for one in bought}
    how: How = "ran" if "ran" in hows else "resumed" if "resumed" in hows else "cached"
    cost_usd = sum((one.cost_usd for one in bought), Decimal(0))
    if how == "cached":
        return Bought(best.result, how)
    return Bought(best.result.model_copy(update={"cost_usd": cost_usd}), how)
