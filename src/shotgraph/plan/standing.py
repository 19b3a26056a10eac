"""The state of a step with retakes: the takes bought so far, and the takes it may still buy."""

from collections.abc import Sequence
from dataclasses import dataclass

from shotgraph.making.quality_check import LookedAt, SeenTake, best_of
from shotgraph.making.step_jobs import LocalJob
from shotgraph.media.quality.flaw import lines_of
from shotgraph.money.job import Job, retake_of
from shotgraph.money.results import Result
from shotgraph.plan.purchase import OnRecord
from shotgraph.spec import Checking


@dataclass(frozen=True)
class Standing:
    """The state of a step.

    Attributes:
        found: The take that is passed on; None if it is not decided yet.
        left: The jobs that a run may still buy, in order; it surely buys the first.
        note: The faults found in the takes that are in the store.
        faulty_takes: The number of takes with faults, if they cause another purchase.
    """

    found: Result | None = None
    left: Sequence[Job] = ()
    note: str = ""
    faulty_takes: int = 0


async def standing(
    job: Job | LocalJob | None, checking: Checking, on_record: OnRecord, looked: LookedAt
) -> Standing:
    """Find the state of a step from the records in the store.

    A run does the same in the same order, so a plan names all jobs that the run may buy.

    Args:
        job: The step's job; None if an input does not exist yet.
        checking: The step's rules about faults.
        on_record: The records of the store.
        looked: The faults found in clips.
    """
    if job is None:
        return Standing()
    if not isinstance(job, Job) or not checking.retakes:
        return Standing(await on_record.result(job))
    takes: list[SeenTake] = []
    for number in range(checking.retakes + 1):
        this = retake_of(job, number)
        result = await on_record.result(this)
        if result is None:
            if number < checking.retakes and await _is_gone(job, number, on_record, looked):
                continue
            left = [retake_of(job, later) for later in range(number, checking.retakes + 1)]
            return Standing(left=left, note=_note(takes), faulty_takes=len(takes))
        takes.append(SeenTake(number, result, await looked.flaws(this, result)))
        if not takes[-1].flaws:
            break
    return Standing(best_of(takes).result)


async def _is_gone(job: Job, number: int, on_record: OnRecord, looked: LookedAt) -> bool:
    """Whether a take with faults is lost, but its retake is in the store; as in `draw_checked`."""
    if not await looked.known(retake_of(job, number).key):
        return False
    return await on_record.result(retake_of(job, number + 1)) is not None


def _note(takes: Sequence[SeenTake]) -> str:
    if not takes:
        return ""
    return f"taken again, because of faults: {'; '.join(lines_of(takes[-1].flaws, most=2))}"
