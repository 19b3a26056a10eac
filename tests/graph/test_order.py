"""Every step comes after all that it takes and all that it needs."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.films import graph_of, problems_of

TRIM = "{name}: {{trim: {{video: {video}, seconds: 1}}, needs: [{needs}]}}"


def test_a_step_comes_after_its_inputs_and_its_needs(folder: Path) -> None:
    steps = """
film: {concat: {clips: [$dusk, $piece]}, needs: [still]}
piece: {trim: {video: $dusk, seconds: 1}}
still: {frame: {video: a.mp4}, needs: [piece]}
dusk: {edit: {video: a.mp4, prompt: Paint it}}
"""
    graph = graph_of(steps, folder)
    assert list(graph.nodes) == ["dusk", "piece", "still", "film"]
    assert graph.output == "film"
    assert {name: node.upstream() for name, node in graph.nodes.items()} == {
        "dusk": set(),
        "piece": {"dusk"},
        "still": {"piece"},
        "film": {"dusk", "piece", "still"},
    }


def test_an_input_deep_inside_counts(folder: Path) -> None:
    steps = """
film:
  edit:
    video: a.mp4
    prompt: Put @Element1 into it
    elements: [{frontal_image: one.png, reference_images: [two.png, $still]}]
still: {frame: {video: a.mp4}}
"""
    graph = graph_of(steps, folder)
    assert graph.nodes["film"].upstream() == {"still"}
    assert [path for path, _, _ in graph.nodes["film"].media()] == [
        ("video",),
        ("elements", 0, "frontal_image"),
        ("elements", 0, "reference_images", 0),
        ("elements", 0, "reference_images", 1),
    ]


def test_takes_are_jobs_of_their_own_and_the_first_is_what_others_take(folder: Path) -> None:
    steps = """
still: {frame: {video: a.mp4}, needs: [dusk]}
dusk: {edit: {video: a.mp4, prompt: Paint it}, takes: 3}
film: {concat: {clips: [$dusk, a.mp4]}}
"""
    graph = graph_of(steps, folder)
    takes = ["dusk", "dusk take 2", "dusk take 3"]
    assert [node.name for node in graph.in_file_order()] == ["still", *takes, "film"]
    assert [graph.nodes[name].take for name in takes] == [1, 2, 3]
    assert {graph.nodes[name].step for name in takes} == {"dusk"}
    assert graph.nodes["film"].upstream() == {"dusk"}
    assert graph.nodes["still"].upstream() == set(takes)


@st.composite
def webs(draw: st.DrawFn) -> dict[str, tuple[str | None, list[str]]]:
    """Steps without a cycle, in any order: the step that each takes, and those it needs."""
    web: dict[str, tuple[str | None, list[str]]] = {"s0": (None, [])}
    for number in range(1, draw(st.integers(1, 8))):
        before = st.sampled_from(sorted(web))
        web[f"s{number}"] = (draw(st.none() | before), draw(st.lists(before, max_size=3)))
    return {name: web[name] for name in draw(st.permutations(sorted(web)))}


@settings(max_examples=30)
@given(web=webs())
def test_any_web_is_put_in_order(
    web: dict[str, tuple[str | None, list[str]]], folder: Path
) -> None:
    steps = "\n".join(
        TRIM.format(name=name, video=f"${taken}" if taken else "a.mp4", needs=", ".join(needs))
        for name, (taken, needs) in web.items()
    )
    graph = graph_of(steps, folder, output=f"${min(web)}")
    assert sorted(graph.nodes) == sorted(web)
    done: set[str] = set()
    for name, node in graph.nodes.items():
        taken, needs = web[name]
        assert node.upstream() == {*needs, *([taken] if taken else [])}
        assert node.upstream() <= done
        done.add(name)


def test_the_order_is_the_same_each_time(folder: Path) -> None:
    steps = "\n".join(TRIM.format(name=name, video="a.mp4", needs="") for name in "zyxwvutsra")
    orders = {tuple(graph_of(steps, folder, output="$z").nodes) for _ in range(5)}
    assert orders == {tuple("zyxwvutsra")}


@pytest.mark.parametrize("length", [1, 2, 3, 6])
def test_a_cycle_is_named_step_by_step(length: int, folder: Path) -> None:
    ring = [f"s{number}" for number in range(length)]
    steps = "\n".join(
        TRIM.format(name=name, video=f"${ring[number - 1]}", needs="")
        for number, name in enumerate(ring)
    )
    (problem,) = problems_of(steps, folder, output="$s0")
    path = problem.split("wait for each other: ")[1].split(" → ")
    assert path[0] == path[-1]
    assert sorted(path[1:]) == [f"${name}" for name in ring]
    for name, taken in pairwise(path):
        assert taken == f"${ring[ring.index(name[1:]) - 1]}"


def test_a_step_that_nothing_takes_is_run_too(folder: Path) -> None:
    graph = graph_of("extra: {frame: {video: a.mp4}}\nfilm: {concat: {clips: [a.mp4]}}", folder)
    assert set(graph.nodes) == {"extra", "film"}
