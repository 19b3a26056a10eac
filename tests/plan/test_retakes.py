"""What people wanted to have done again is in the graph before anything is planned."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shotgraph.clock import SystemClock
from shotgraph.errors import InvalidInput, Terminal
from shotgraph.graph.takes import prompt_of
from shotgraph.money.decisions import Again, Decision, Decisions
from shotgraph.money.job import Job
from shotgraph.plan.retakes import Followed, follow_retakes
from shotgraph.store import Store
from tests.graph.films import graph_of

from .films import paid_job_of
from .records import put_result

STEPS = """
dawn: {edit: {video: clip.mp4, prompt: Dawn}}
seen: {approve: {video: $dawn, message: "Early?"}}
film: {edit: {video: $seen, prompt: Rain}}
"""


async def planned(folder: Path, store: Store) -> Followed:
    return await follow_retakes(graph_of(STEPS, folder), store, backend="fal")


def dawn(folder: Path, store: Store, take: int, prompt: str = "Dawn") -> Job:
    job = paid_job_of(STEPS.replace("Dawn", prompt), folder, store, "dawn")
    return replace(job, take=take)


async def decide(followed: Followed, store: Store, decided: int | Again) -> None:
    (gate,) = followed.waiting
    await Decisions(store, SystemClock()).note(gate.key, decided)


async def test_a_second_run_walks_the_same_way(folder: Path, store: Store) -> None:
    assert (await planned(folder, store)).waiting == [], "there is nothing to be seen yet"
    await put_result(store, dawn(folder, store, 1), folder / "clip.mp4")
    first = await planned(folder, store)
    target = first.graph.nodes["dawn"]
    again = first.again(target, None)
    assert again == Again(step="dawn", take=2)
    await decide(first, store, again)

    second = await planned(folder, store)
    assert (second.graph.nodes["dawn"].take, second.waiting) == (2, [])
    states = {step.name: step.state for step in second.plan.steps}
    assert states["dawn"] == "buy"
    await put_result(store, dawn(folder, store, 2), folder / "short.mp4")
    second = await planned(folder, store)
    target = second.graph.nodes["dawn"]
    assert second.again(target, "Dawn") == Again(step="dawn", take=3), "the same words"
    words = second.again(target, "Before dawn")
    assert words == Again(step="dawn", take=1, prompt="Before dawn")
    await decide(second, store, words)

    await put_result(store, dawn(folder, store, 1, "Before dawn"), folder / "slow.mp4")
    third = await planned(folder, store)
    target = third.graph.nodes["dawn"]
    assert prompt_of(third.graph, target) == "Before dawn"
    back = third.again(target, "Dawn")
    assert back == Again(step="dawn", take=3, prompt="Dawn"), "never one that was seen before"
    await decide(third, store, 1)
    done = await planned(folder, store)
    assert done.waiting == []
    states = {step.name: step.state for step in done.plan.steps}
    assert states == {"dawn": "have", "seen": "have", "film": "buy"}


async def test_what_was_decided_of_another_step_is_asked_anew(folder: Path, store: Store) -> None:
    await put_result(store, dawn(folder, store, 1), folder / "clip.mp4")
    first = await planned(folder, store)
    await decide(first, store, Again(step="gone", take=2))
    assert [gate.node.name for gate in (await planned(folder, store)).waiting] == ["seen"]
    await decide(first, store, Again(step="dawn", take=1, prompt="Like @Image1"))
    assert [gate.node.name for gate in (await planned(folder, store)).waiting] == ["seen"]


async def test_a_ring_of_retakes_ends(folder: Path, store: Store) -> None:
    await put_result(store, dawn(folder, store, 1), folder / "clip.mp4")
    await put_result(store, dawn(folder, store, 2), folder / "short.mp4")
    await decide(await planned(folder, store), store, Again(step="dawn", take=2))
    await decide(await planned(folder, store), store, Again(step="dawn", take=1))
    assert [gate.node.name for gate in (await planned(folder, store)).waiting] == ["seen"]


async def test_words_that_are_refused_are_no_decision(folder: Path, store: Store) -> None:
    await put_result(store, dawn(folder, store, 1), folder / "clip.mp4")
    first = await planned(folder, store)
    with pytest.raises(InvalidInput, match="does not accept these words"):
        first.again(first.graph.nodes["dawn"], "Like @Video2")


async def test_a_decision_as_it_was_written_before_is_read(folder: Path, store: Store) -> None:
    await put_result(store, dawn(folder, store, 1), folder / "clip.mp4")
    (gate,) = (await planned(folder, store)).waiting
    name = f"decisions/{gate.key}/000001.json"
    at = datetime(2026, 11, 23, tzinfo=UTC)
    await store.records.put_if_absent(name, b'{"chosen": 1, "at": "2026-11-23T00:00:00+00:00"}')
    found = await Decisions(store, SystemClock()).latest(gate.key)
    assert found == Decision(chosen=1, at=at)
    await store.records.put_if_absent(f"decisions/{gate.key}/000002.json", b"{}")
    with pytest.raises(Terminal, match="so the decision is not known"):
        await Decisions(store, SystemClock()).latest(gate.key)
