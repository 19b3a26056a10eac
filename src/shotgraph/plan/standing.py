"""How far a step is that may be taken again because of faults, and what it may still buy."""

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
    """How far a step is.

    Attributes:
        found: The take that goes on; None where that is not decided yet.
        left: The jobs that a run may still buy, in order: the first of them in any case.
        note: What was found in the takes that are there.
        faulty_takes: How many there are, if one more is to be bought because of their faults.
    """

    found: Result | None = None
    left: Sequence[Job] = ()
    note: str = ""
    faulty_takes: int = 0


async def standing(
    job: Job | LocalJob | None, checking: Checking, on_record: OnRecord, looked: LookedAt
) -> Standing:
    """Find out how far a step is, by what is in the store.

    A run does the same in the same order, so a plan names what the run would buy at most.

    Args:
        job: The step's; None where an input is not there yet.
        checking: What the step says about faults.
        on_record: The records of the store.
        looked: What was found in clips.
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
    """Whether a take with faults is lost, and its retake is there; as in `draw_checked`."""
    if not await looked.known(retake_of(job, number).key):
        return False
    return await on_record.result(retake_of(job, number + 1)) is not None


def _note(takes: Sequence[SeenTake]) -> str:
    if not takes:
        return ""
    return f"taken again, because of faults: {'; '.join(lines_of(takes[-1].flaws, most=2))}"
