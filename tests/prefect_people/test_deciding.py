"""Runs of a deployment that wait for a person: what they show, hold, buy, and how they go on."""

import asyncio
from typing import Any

import pytest

from shotgraph.money.attempts import Ledger
from shotgraph.store import open_store

from .films import PICKED, GatedFilm
from .house import House, processes_of, until_gone

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(1800)]

MOST_BYTES = 300_000
ON_SERVE = pytest.mark.parametrize("host", ["serve"], indirect=True)
"""Where it makes no difference who carries the run out."""


async def test_another_take_after_everything_was_restarted(house: House) -> None:
    film = house.film("another")
    run_id = await house.begin(film)
    first = await house.asked(run_id)
    # The branch that does not wait was seen through; nothing was bought behind the gate.
    assert await house.prompts(film) == ["Repaint it at dawn", "Repaint it at dusk"]
    assert "Is it early enough?" in first.description
    assert first.description.count("data:image/webp;base64,") == 1
    assert len(first.description) < MOST_BYTES
    assert first.field("decision")["enum"] == ["approve", "take again", "stop"]
    assert first.field("prompt")["default"] == f"Repaint it at dawn, {film.name}"
    await until_gone(run_id)

    await asyncio.to_thread(house.host.kill)
    await asyncio.to_thread(house.server.kill)
    await asyncio.to_thread(house.server.start)
    await asyncio.to_thread(house.host.start)
    assert (await house.prefect.run(run_id))["state"]["name"] == "Suspended"

    assert (await house.answer(run_id, decision="take again"))["status"] == "ACCEPT"
    second = await house.asked(run_id, first)
    await until_gone(run_id)
    dawn = "Repaint it at dawn"
    assert await house.prompts(film) == [dawn, dawn, "Repaint it at dusk"]
    await house.answer(run_id, decision="approve")
    report = await house.prefect.completed(run_id)

    jobs = await house.jobs(film)
    takes = [job for job in jobs if job["input"]["prompt"].startswith(dawn)]
    (after,) = [job for job in jobs if job["input"]["prompt"].startswith("The next shot")]
    ids = {step["name"]: step["request_id"] for step in report["steps"]}
    assert (len(jobs), len(takes)) == (4, 2)
    assert ids["dawn"] == takes[1]["request_id"]
    assert ids["dawn (taken again)"] == takes[0]["request_id"]
    assert after["input"]["video_url"] == takes[1]["output"]["video"]["url"]
    booked_usd = sum(job["charged_usd"] for job in jobs)
    assert report["cost_usd"] == pytest.approx(booked_usd)
    assert f"${_spent(jobs[:2]):.2f}" in first.description
    assert f"${_spent([*takes, *_of(jobs, 'Repaint it at dusk')]):.2f}" in second.description

    log = await house.prefect.log_of(run_id)
    assert not [line for line in log if "was not written" in line]

    again = await house.prefect.completed(await house.begin(film))
    assert again["output"]["sha256"] == report["output"]["sha256"]
    assert again["cost_usd"] == 0
    assert len(await house.jobs(film)) == 4, "what was decided is not asked again, nor bought"
    print(f"\nprefect: a gate, {house.host.what}: 4 submits, ideal 4; asked twice in all")


@ON_SERVE
async def test_other_words_buy_that_step_anew(house: House) -> None:
    film = house.film("words")
    run_id = await house.begin(film)
    first = await house.asked(run_id)
    words = f"Repaint it before dawn, {film.name}"
    await house.answer(run_id, decision="take again", prompt=words)
    second = await house.asked(run_id, first)
    assert second.field("prompt")["default"] == words
    await house.answer(run_id, decision="approve", prompt=words)
    report = await house.prefect.completed(run_id)
    assert await house.prompts(film) == [
        "Repaint it at dawn",
        "Repaint it at dusk",
        "Repaint it before dawn",
        "The next shot of @Video1",
    ]
    assert report["cost_usd"] == pytest.approx(_spent(await house.jobs(film)))


@ON_SERVE
async def test_a_run_that_is_stopped_buys_nothing_more(house: House) -> None:
    film = house.film("stopped")
    run_id = await house.begin(film)
    await house.asked(run_id)
    await house.answer(run_id, decision="stop")
    state = await house.prefect.ended(run_id)
    assert state["type"] == "CANCELLED", state
    assert "a person stopped the run here" in state["message"]
    assert await house.prompts(film) == ["Repaint it at dawn", "Repaint it at dusk"]

    # Nothing was decided of the clip: whoever runs it again is asked.
    again = await house.begin(film)
    await house.asked(again)
    assert len(await house.jobs(film)) == 2
    await house.prefect.cancel(again, force=False)
    assert (await house.prefect.ended(again))["type"] == "CANCELLED"
    assert await _in_flight(film) == []
    assert all(job["status"] == "COMPLETED" for job in await house.jobs(film))


@ON_SERVE
async def test_two_gates_are_asked_in_a_row(house: House) -> None:
    film = house.film("two", PICKED)
    run_id = await house.begin(film)
    first = await house.asked(run_id)
    assert first.field("decision")["enum"] == ["take 1", "take 2", "take again", "stop"]
    assert first.description.count("data:image/webp;base64,") == 2
    assert len(first.description) < MOST_BYTES
    assert len(await house.jobs(film)) == 3

    assert (await house.answer(run_id))["status"] == "REJECT", "no answer is no yes"
    assert (await house.answer(run_id, decision="approve"))["status"] == "REJECT"
    await house.answer(run_id, decision="take again")
    second = await house.asked(run_id, first)
    assert f"{film.name}: seen" in second.description.replace("\\", "")
    assert len(await house.jobs(film)) == 3, "whoever has just answered is asked first"

    await house.answer(run_id, decision="approve")
    third = await house.asked(run_id, second)
    assert third.field("decision")["enum"][:3] == ["take 1", "take 2", "take 3"]
    assert len(await house.jobs(film)) == 4
    await house.answer(run_id, decision="take 3")
    report = await house.prefect.completed(run_id)
    assert len(await house.jobs(film)) == 4
    statuses = {step["name"]: step["status"] for step in report["steps"]}
    assert statuses["dawn take 3"] == "ran"


async def test_a_waiting_run_holds_no_slot(house: House) -> None:
    name = house.host.plain.name
    waiting = await house.begin(house.film("waiting"))
    await house.prefect.limit(name, 1)
    try:
        await house.asked(waiting)
        other = await house.begin(house.film("other"))
        await house.asked(other)
        assert not processes_of(waiting)
    finally:
        await house.prefect.limit(name, None)
    for run_id in (waiting, other):
        await house.prefect.cancel(run_id, force=False)


@ON_SERVE
async def test_the_budget_is_a_wall_for_another_take_too(house: House) -> None:
    # The film alone costs $1.55, and another take of dawn $0.50.
    film = house.film("dear", max_usd=1.6)
    run_id = await house.begin(film)
    first = await house.asked(run_id)
    await house.answer(run_id, decision="take again", prompt=f"Repaint it before dawn, {film.name}")
    second = await house.asked(run_id, first)
    said = second.description.replace("\\", "")
    assert "dawn is not taken again, because its cost is over the budget" in said
    assert "its --max-usd is $1.60" in said
    assert "is left, and $" in said
    assert await house.prompts(film) == ["Repaint it at dawn", "Repaint it at dusk"]
    await house.answer(run_id, decision="approve")
    report = await house.prefect.completed(run_id)
    assert report["cost_usd"] <= 1.6

    again = await house.prefect.completed(await house.begin(film))
    assert again["cost_usd"] == 0, "nobody buys what was refused"
    assert len(await house.jobs(film)) == 3


def _of(jobs: list[dict[str, Any]], words: str) -> list[dict[str, Any]]:
    return [job for job in jobs if job["input"]["prompt"].startswith(words)]


def _spent(jobs: list[dict[str, Any]]) -> float:
    return float(sum(job["charged_usd"] for job in jobs))


async def _in_flight(film: GatedFilm) -> list[str]:
    attempts = await Ledger(open_store(film.store).records).all_latest()
    return [attempt.key for attempt in attempts if attempt.state != "succeeded"]
