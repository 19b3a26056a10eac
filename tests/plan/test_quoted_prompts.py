"""A prompt in typographic quotes is said by `plan` too: they would be bought with it."""

from pathlib import Path

from shotgraph.store import Store
from tests.plan.films import plan_of

SAID = "“ and ” are part of the text"


async def test_it_is_said_at_its_place(folder: Path, store: Store) -> None:
    plan = await plan_of("film: {edit: {video: clip.mp4, prompt: “a boat”}}", folder, store)
    (said,) = [line for line in plan.warnings if SAID in line]
    assert said.startswith("film.yaml:4:42: steps.film.edit.prompt: ")


async def test_a_value_of_the_run_counts_too(folder: Path, store: Store) -> None:
    steps = "film: {edit: {video: clip.mp4, prompt: $look}}"
    params = "{look: {type: text, default: dusk}}"
    for look, times in (("“oil”", 1), ("“Go”, she says", 0), ("dusk", 0)):
        plan = await plan_of(steps, folder, store, params=params, given={"look": look})
        assert len([line for line in plan.warnings if SAID in line]) == times


async def test_quotes_inside_of_quotes_are_meant(folder: Path, store: Store) -> None:
    plan = await plan_of('film: {edit: {video: clip.mp4, prompt: "“Go”"}}', folder, store)
    assert not [line for line in plan.warnings if SAID in line]
