"""`map`: a clip that a task made is one thing, and a list is many; counted at fal."""

from pathlib import Path
from typing import Any

import pytest
from prefect import allow_failure, flow, task, unmapped

import shotgraph.tasks
from shotgraph.tasks import Made, RunSettings, concat, edit, trim
from shotgraph.tasks.policy import PLAIN_JSON
from tests.rehearsal.client import Client

pytestmark = pytest.mark.usefixtures("prefect_server")

SETTINGS = RunSettings()


@task(result_serializer=PLAIN_JSON)
def both(one: Made, other: Made) -> list[Made]:
    """A list that somebody's own task returns."""
    return [one, other]


def keys(made: Any) -> list[str]:
    return [one["key"] for one in made]


async def submits(at_fal: Client) -> int:
    return int((await at_fal.book())["counts"].get("submits", 0))


@pytest.mark.prefect
async def test_lists_paths_and_clips_that_tasks_made(at_fal: Client, shot: Path) -> None:
    @flow(result_serializer=PLAIN_JSON)
    def maps() -> dict[str, Any]:
        short = trim.submit(str(shot), seconds=3, settings=SETTINGS)
        cut = trim.map(str(shot), start=["0", "1/2"], seconds="3", settings=SETTINGS)
        # Clips that tasks made, beside a path; and a list that a task returned, as a future.
        mixed = edit.map([*cut, str(shot), shot], prompt="rain", settings=SETTINGS).result()
        listed = edit.map(both.submit(*cut), prompt="rain", settings=SETTINGS).result()
        # One clip, in any of its forms, and a list of words.
        words = ["ink", "chalk"]
        looks = [
            edit.map(clip, prompt=words, settings=SETTINGS).result()
            for clip in (short, short.result(), allow_failure(short), unmapped(short), short.state)
        ]
        joined = concat.map([[looks[0][0], looks[0][1]], cut], transition=None).result()
        named = edit.with_options(name="mine").map(looks[0][0], prompt=["snow"]).result()
        return {"mixed": mixed, "listed": listed, "looks": looks, "joined": joined, "named": named}

    found = maps()
    # Two pieces, and one shot by two names of the same file; then the same pieces again.
    assert len(set(keys(found["mixed"]))) == 3
    assert keys(found["listed"]) == keys(found["mixed"])[:2]
    first = keys(found["looks"][0])
    assert len(set(first)) == 2
    assert all(keys(looks) == first for looks in found["looks"])
    assert [one["duration_s"] for one in found["joined"]] == ["6", "6"]
    assert len(found["named"]) == 1
    assert await submits(at_fal) == 3 + 2 + 1
    print("\nprefect: map over paths, clips, lists and words: 6 submits, ideal 6")


@pytest.mark.slow
async def test_a_flow_that_is_async_maps_too(at_fal: Client, shot: Path) -> None:
    @flow(result_serializer=PLAIN_JSON)
    async def maps() -> tuple[list[Any], list[Any]]:
        short = await trim(str(shot), seconds=3)
        cut = trim.submit(str(shot), seconds=3)
        made = edit.map(short, prompt=["ink", "chalk"], images=unmapped(None)).result()
        cut.wait()
        again = edit.map(cut.state, prompt=["ink", "chalk"], return_state=True)
        return made, [state.name for state in again]

    made, again = await maps()
    assert len(set(keys(made))) == 2
    assert again == ["Cached", "Cached"]
    assert await submits(at_fal) == 2


async def test_a_kind_without_a_function_maps_too(shot: Path) -> None:
    assert {type(getattr(shotgraph.tasks, name)) for name in shotgraph.tasks.__all__[4:]} == {
        type(edit)
    }
    assert type(edit.with_options(retries=0)) is type(edit)
    assert edit.with_options(name="mine").name == "mine"


async def test_one_that_failed_is_no_list(fal_env: dict[str, str], shot: Path) -> None:
    @flow(result_serializer=PLAIN_JSON)
    def maps() -> list[str]:
        wrong = trim.with_options(retries=0).submit(str(shot), start=99)
        made = edit.map(allow_failure(wrong), prompt=["ink", "chalk"])
        made.wait()
        return [str(one.state.name) for one in made]

    assert maps() == ["Failed", "Failed"]
