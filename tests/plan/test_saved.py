"""What is there, and what it would cost to buy again."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from shotgraph.making.step_jobs import LocalJob
from shotgraph.money.prices import ApiAnswer, ApiPrice, Prices
from shotgraph.plan import make_plan
from shotgraph.store import Store
from tests.graph.films import graph_of
from tests.plan.films import job_of, paid_job_of, plan_of
from tests.plan.records import AT, put_result

EDIT = "film: {edit: {video: clip.mp4, prompt: Paint it}}"


async def test_it_is_priced_as_it_would_be_bought(folder: Path, store: Store) -> None:
    job = paid_job_of(EDIT, folder, store)
    await put_result(store, job, folder / "clip.mp4")
    plan = await plan_of(EDIT, folder, store)
    assert (plan.cost_usd, plan.saved_usd) == (Decimal(0), Decimal("0.504"))
    price = ApiPrice(endpoint_id=job.endpoint.id, unit_price="0.2", unit="seconds", currency="USD")
    prices = Prices(ApiAnswer(asked_at=AT, prices=(price,)))
    plan = await make_plan(graph_of(EDIT, folder), store, backend="fal", prices=prices)
    assert plan.saved_usd == Decimal("0.8")


async def test_what_was_bought_in_pieces_counts_as_it_was_paid(folder: Path, store: Store) -> None:
    steps = "film: {edit: {video: short.mp4, prompt: Paint it}}"
    await put_result(store, paid_job_of(steps, folder, store), folder / "short.mp4")
    assert (await plan_of(steps, folder, store)).saved_usd == Decimal("0.63")


async def test_equal_steps_are_saved_once_and_local_steps_save_nothing(
    folder: Path, store: Store
) -> None:
    steps = """
one: {edit: {video: clip.mp4, prompt: Paint it}}
two: {edit: {video: clip.mp4, prompt: Paint it}}
film: {trim: {video: $one, seconds: 1}}
"""
    made = (await put_result(store, paid_job_of(EDIT, folder, store), folder / "clip.mp4")).asset
    trim = job_of(steps, folder, store, made={"one": made})
    await put_result(store, trim, folder / "short.mp4")
    plan = await plan_of(steps, folder, store)
    assert [step.state for step in plan.steps] == ["have", "have", "have"]
    assert [step.saved_usd for step in plan.steps] == [Decimal("0.504"), 0, 0]


async def test_a_film_of_the_usual_coding_is_there(folder: Path, store: Store) -> None:
    steps = "film: {trim: {video: clip.mp4, seconds: 1}}"
    job = job_of(steps, folder, store)
    assert isinstance(job, LocalJob)
    await put_result(store, replace(job, is_final=False), folder / "short.mp4")
    plan = await plan_of(steps, folder, store)
    assert [step.state for step in plan.steps] == ["have"]
    await put_result(store, replace(job, is_final=True), folder / "clip.mp4")
    plan = await plan_of(steps, folder, store)
    assert [step.key for step in plan.steps] == [replace(job, is_final=True).key]
