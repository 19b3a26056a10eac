"""Minutes: learned from this store's own jobs, else the usual; along the longest chain."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shotgraph.money.events import Accepted, Ended
from shotgraph.plan import PlannedStep, make_plan
from shotgraph.plan.purchase import LAST, local_s
from shotgraph.store import Store
from tests.graph.films import graph_of
from tests.money.clocks import SteppingClock
from tests.plan.films import paid_job_of, plan_of, step_of
from tests.plan.records import ACCEPTED, AT, FAILED, put_attempt

EDIT = "film: {edit: {video: clip.mp4, prompt: Paint it}}"  # 3.333 s, billed as 4


async def put_jobs(
    store: Store, folder: Path, seconds: Sequence[float], *, units: int = 4, **of_job: Any
) -> None:
    """Put jobs on record that took so long, one after the other."""
    job = paid_job_of(EDIT, folder, store)
    for number, took_s in enumerate(seconds):
        began = AT + timedelta(hours=number)
        await put_attempt(
            store,
            replace(job, take=100 + number + 1000 * units, **of_job),
            Accepted.model_validate({**ACCEPTED.model_dump(), "at": began}),
            Ended(
                at=began + timedelta(seconds=took_s),
                succeeded=True,
                billed_units=Decimal(units),
                output={},
            ),
        )


async def test_the_median_of_jobs_of_that_endpoint_and_length(folder: Path, store: Store) -> None:
    await put_jobs(store, folder, [50, 400, 61])
    await put_jobs(store, folder, [5, 6, 7], units=9)
    step = await step_of(EDIT, folder, store)
    assert (step.seconds, step.seen) == (61, 3)
    assert step.as_json()["seconds_are"] == "the median of 3 here"


async def test_only_the_last_of_them_count(folder: Path, store: Store) -> None:
    await put_jobs(store, folder, [1000] * LAST + [20] * LAST)
    step = await step_of(EDIT, folder, store)
    assert (step.seconds, step.seen) == (20, LAST)


@pytest.mark.parametrize("of_job", [{"backend": "rehearsal"}, {"backend": "http://127.0.0.1:1"}])
async def test_what_another_backend_took_says_nothing(
    of_job: dict[str, Any], folder: Path, store: Store
) -> None:
    await put_jobs(store, folder, [2, 3], **of_job)
    step = await step_of(EDIT, folder, store)
    assert (step.seconds, step.seen) == (180, 0)


async def test_what_failed_says_nothing(folder: Path, store: Store) -> None:
    job = paid_job_of(EDIT, folder, store)
    failed = FAILED.model_copy(update={"billed_units": Decimal(4)})
    await put_attempt(store, job, ACCEPTED, failed)
    assert (await step_of(EDIT, folder, store)).seen == 0


async def test_a_damaged_record_of_another_job_stops_no_plan(folder: Path, store: Store) -> None:
    await put_jobs(store, folder, [50])
    await store.records.put_if_absent(f"attempts/{'a' * 64}/000001/ended.json", b"{torn")
    assert (await step_of(EDIT, folder, store)).seconds == 50


async def test_of_a_job_in_flight_what_is_left(folder: Path, store: Store) -> None:
    clock = SteppingClock()
    accepted = ACCEPTED.model_copy(update={"at": clock.now()})
    await put_attempt(store, paid_job_of(EDIT, folder, store), accepted)

    async def left() -> PlannedStep:
        plan = await make_plan(graph_of(EDIT, folder), store, backend="fal", clock=clock)
        return plan.steps[0]

    assert (await left()).seconds == 180
    clock.pass_by(100)
    assert (await left()).seconds == 80
    clock.pass_by(100)
    assert ((await left()).seconds, (await left()).state) == (0, "in_flight")


async def test_steps_that_do_not_wait_for_each_other_count_once(folder: Path, store: Store) -> None:
    steps = """
one: {edit: {video: clip.mp4, prompt: One}}
two: {edit: {video: clip.mp4, prompt: Two}}
three: {edit: {video: $two, prompt: Three}}
film: {concat: {clips: [$one, $three]}}
"""
    plan = await plan_of(steps, folder, store)
    here_s = plan.steps[-1].seconds
    assert [step.seconds for step in plan.steps[:-1]] == [180, 180, 180]
    assert 0 < here_s < 10, "a small clip of a few seconds"
    assert plan.seconds == 180 + 180 + here_s


async def test_what_is_made_here_shares_one_machine(folder: Path, store: Store) -> None:
    # Nothing waits for anything, and the processors are the same.
    steps = "".join(f"a{n}: {{title: {{video: clip.mp4, text: Number {n}}}}}\n" for n in range(29))
    steps += "film: {title: {video: clip.mp4, text: The last}}\n"
    plan = await plan_of(steps, folder, store)
    each_s = {step.seconds for step in plan.steps}
    assert len(each_s) == 1
    assert plan.seconds == 30 * each_s.pop() >= 30


def test_a_longer_and_a_larger_clip_takes_longer() -> None:
    small, large = 1280 * 720 * 24, 1920 * 1080 * 24
    assert local_s(0) == 1, "one frame"
    assert local_s(small * 4) < local_s(small * 60) < local_s(large * 60)
    assert local_s(None) == 10, "nobody knows how long it will be"
