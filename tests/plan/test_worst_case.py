"""A plan names the worst case of retakes, and what it names is all that a run may buy."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.making.quality_check import LookedAt
from shotgraph.media.probe import probe
from shotgraph.media.quality.flaw import Flaw, flaws_json
from shotgraph.money.job import Job, retake_of
from shotgraph.money.results import Result, Results
from shotgraph.plan import PlannedStep
from shotgraph.plan.plan import StepState
from shotgraph.plan.reasons import with_reasons
from shotgraph.store import Store
from tests.graph.films import graph_of
from tests.plan.films import job_of, plan_of, step_of

STEPS = """
  film:
    edit: {video: clip.mp4, prompt: at dusk}
    check: retake
    retake: {times: 2}
"""
PRICE = Decimal("0.504")
BLACK = Flaw(kind="black", begin_s=Fraction(0), end_s=Fraction(1), what="the picture is black")


async def bought(
    store: Store, folder: Path, number: int, *flaws: Flaw, steps: str = STEPS, name: str = "film"
) -> None:
    """Have a take in the store, with what was found in it."""
    job = job_of(steps, folder, store, name=name)
    assert isinstance(job, Job)
    asset = await store.assets.add(folder / "clip.mp4", "video")
    key = retake_of(job, number).key
    result = Result(
        key=key,
        recipe=job.endpoint.id,
        asset=asset,
        info=await probe(folder / "clip.mp4"),
        request_id=f"{name} {number}",
        cost_usd=PRICE,
        seconds=1.0,
        made_at=datetime.now(UTC),
    )
    await Results(store).put(result)
    said = json.dumps({"version": 1, "flaws": flaws_json(flaws)}).encode()
    await store.records.put_if_absent(f"flaws/{key}/{asset.sha256}.json", said)


def told(step: PlannedStep) -> tuple[StepState, Decimal, Decimal, bool]:
    return step.state, step.cost_usd, step.retakes_usd, step.upper_bound


async def test_all_retakes_are_in_the_cost(folder: Path, store: Store) -> None:
    step = await step_of(STEPS, folder, store)

    assert told(step) == ("buy", 3 * PRICE, 2 * PRICE, True)
    assert "$1.01 of this cost only for retakes" in step.note


async def test_each_take_with_faults_leaves_fewer(folder: Path, store: Store) -> None:
    await bought(store, folder, 0, BLACK)
    one = await step_of(STEPS, folder, store)
    await bought(store, folder, 1, BLACK)
    other = await step_of(STEPS, folder, store)

    assert told(one) == ("buy", 2 * PRICE, PRICE, True)
    assert told(other) == ("buy", PRICE, Decimal(0), False)
    assert "taken again, because of faults: from 0 s to 1 s: the picture is black" in other.note
    assert "$0.50 of this cost only for more retakes, if this one has faults too" in one.note
    assert "only for" not in other.note


@pytest.mark.parametrize(
    ("takes", "why"),
    [
        ([], "never bought"),
        ([(BLACK,)], "bought, and has faults"),
        ([(BLACK,), (BLACK,)], "2 takes bought, all have faults"),
        ([()], "another take: $0.504"),
        ([(BLACK,), (BLACK,), (BLACK,)], "another take: $0.504"),
    ],
)
async def test_why_a_step_is_to_be_bought(
    takes: list[tuple[Flaw, ...]], why: str, folder: Path, store: Store
) -> None:
    for number, flaws in enumerate(takes):
        await bought(store, folder, number, *flaws)
    plan = await plan_of(STEPS, folder, store)
    (step,) = with_reasons(plan, graph_of(STEPS, folder), None).steps
    assert step.why == why


@pytest.mark.parametrize("number", [0, 2])
async def test_a_take_without_faults_is_there(number: int, folder: Path, store: Store) -> None:
    for before in range(number):
        await bought(store, folder, before, BLACK)
    await bought(store, folder, number)

    step = await step_of(STEPS, folder, store)

    job = job_of(STEPS, folder, store)
    assert isinstance(job, Job)
    assert told(step) == ("have", Decimal(0), Decimal(0), False)
    assert step.key == retake_of(job, number).key


async def test_of_takes_that_all_have_faults_the_best_is_there(folder: Path, store: Store) -> None:
    await bought(store, folder, 0, BLACK, BLACK)
    await bought(store, folder, 1, BLACK)
    await bought(store, folder, 2, BLACK)

    step = await step_of(STEPS, folder, store)

    assert (await LookedAt(store).known(step.key or "")) == (BLACK,)  # type: ignore[arg-type]
    assert step.state == "have"


async def test_without_a_key_the_worst_case_is_all_of_it(folder: Path, store: Store) -> None:
    chained = STEPS.replace("film:", "dusk:") + (
        "  film:\n    edit: {video: $dusk, prompt: at dawn}\n    check: retake\n"
    )
    step = await step_of(chained, folder, store)

    assert told(step)[1:] == (2 * PRICE, PRICE, True)


async def test_takes_of_which_the_best_goes_on(folder: Path, store: Store) -> None:
    film = """
  film:
    edit: {video: clip.mp4, prompt: at dusk}
    takes: 3
    pick: best
"""
    before = await step_of(film, folder, store)
    assert (before.state, before.picked) == ("local", None)
    for take, flaws in enumerate([(BLACK,), (), ()], start=1):
        await bought(store, folder, 0, *flaws, steps=film, name=f"film take {take}")

    step = await step_of(film, folder, store)

    assert (step.state, step.picked) == ("have", 2)
