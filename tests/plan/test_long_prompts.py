"""A prompt that Kling may refuse for its length is a warning, at its place, and no error."""

from pathlib import Path

import pytest

from shotgraph.endpoints.arguments import LONG_PROMPT
from shotgraph.graph import Graph
from shotgraph.store import Store
from tests.graph.films import graph_of
from tests.plan.films import plan_of

O1 = "fal-ai/kling-video/o1/standard/image-to-video"
O3 = "fal-ai/kling-video/o3/standard/image-to-video"


def said_of(graph: Graph) -> list[str]:
    return [
        str(one.location) + " " + one.what for one in graph.warnings if "characters" in one.what
    ]


@pytest.mark.parametrize(
    "step",
    [
        "edit: {video: clip.mp4, prompt: %s}",
        "image_to_video: {start_image: still.png, prompt: %s}",
        f"fal: {{endpoint: {O1}, arguments: {{start_image_url: still.png, prompt: %s}}}}",
        f"fal: {{endpoint: {O3}, price_usd: 1, arguments: {{prompt: %s}}}}",
    ],
)
async def test_it_is_said_by_validate_and_by_plan(step: str, folder: Path, store: Store) -> None:
    steps = f"film: {{{step}}}"
    place = f"film.yaml:4:{len('  ') + steps.index('%s') + 1}"
    assert said_of(graph_of(steps % ("x" * LONG_PROMPT), folder)) == []
    (said,) = said_of(graph_of(steps % ("é" * (LONG_PROMPT + 1)), folder))
    assert said.startswith(f"{place} ")
    assert "the prompt has 2,501 characters" in said
    plan = await plan_of(steps % ("x" * (LONG_PROMPT + 1)), folder, store)
    (told,) = (line for line in plan.warnings if "2,501 characters" in line)
    assert told.startswith(f"{place}: ")


async def test_what_a_parameter_brings_counts_and_one_place_is_said_once(
    folder: Path, store: Store
) -> None:
    steps = """
film:
  for_each: {look: [a, b, c]}
  edit: {video: clip.mp4, prompt: "$words $look"}
"""
    params = "{words: {type: text, default: x}}"
    long = {"words": "x" * LONG_PROMPT}
    assert len(said_of(graph_of(steps, folder, params=params, given=long))) == 1
    plan = await plan_of(steps, folder, store, params=params, given=long)
    assert len([line for line in plan.warnings if "characters" in line]) == 1


def test_other_models_have_other_limits(folder: Path) -> None:
    step = "film: {fal: {endpoint: fal-ai/some/model, price_usd: 1, arguments: {prompt: %s}}}"
    assert said_of(graph_of(step % ("x" * 9_000), folder)) == []
