"""A step that is done once more: what can be, and what becomes of the graph."""

from pathlib import Path

import pytest

from shotgraph.errors import InvalidInput
from shotgraph.graph import Graph
from shotgraph.graph.takes import behind, prompt_of, retaken, takes_of, to_retake

from .films import graph_of

STEPS = """
dawn: {edit: {video: a.mp4, prompt: Dawn}}
short: {trim: {video: $dawn, seconds: 1}}
dusk:
  takes: 2
  pick: ask
  edit: {video: a.mp4, prompt: Dusk}
both: {concat: {clips: [$short, $dusk]}}
sound:
  fal:
    endpoint: fal-ai/any/music
    arguments: {prompt: A waltz, seconds: 3}
    output: audio.url
    price_usd: "0.05"
still: {frame: {video: $dawn, at: last}}
seen: {approve: {video: $short}}
picked: {approve: {video: $dusk}}
joined: {approve: {video: $both}}
pictured: {approve: {image: $still}}
film: {concat: {clips: [$seen, $picked, $joined]}}
"""


@pytest.fixture(scope="module")
def graph(folder: Path) -> Graph:
    return graph_of(STEPS, folder)


@pytest.mark.parametrize(
    ("gate", "found"),
    [
        ("seen", ["dawn"]),
        ("pictured", ["dawn"]),
        ("dusk", ["dusk"]),
        ("picked", ["dusk"]),
        ("joined", ["dawn", "dusk"]),
    ],
)
def test_what_is_nearest_behind_a_gate_can_be_done_again(
    graph: Graph, gate: str, found: list[str]
) -> None:
    assert [node.name for node in to_retake(graph, graph.nodes[gate])] == found


def test_only_the_step_itself_is_another_one(graph: Graph) -> None:
    again = retaken(graph, "dawn", take=3, prompt="Before dawn")
    changed = {name for name, node in again.nodes.items() if node != graph.nodes[name]}
    assert changed == {"dawn"}
    assert again.nodes["dawn"].take == 3
    assert prompt_of(again, again.nodes["dawn"]) == "Before dawn"
    assert list(again.nodes) == list(graph.nodes)
    same = retaken(graph, "dawn", take=2)
    assert prompt_of(same, same.nodes["dawn"]) == "Dawn"


def test_a_pick_gets_one_more_to_choose_from(graph: Graph) -> None:
    dusk = graph.nodes["dusk"]
    assert [node.take for node in takes_of(graph, dusk)] == [1, 2]
    assert prompt_of(graph, dusk) == "Dusk"
    again = retaken(graph, "dusk", take=3)
    assert again.nodes["dusk"].upstream() == {"dusk take 1", "dusk take 2", "dusk take 3"}
    assert again.nodes["dusk take 3"].take == 3
    order = list(again.nodes)
    assert order.index("dusk take 3") < order.index("dusk")
    assert set(again.file_order) == set(order)
    words = retaken(again, "dusk", take=1, prompt="Later")
    assert prompt_of(words, words.nodes["dusk take 4"]) == "Later"
    assert prompt_of(words, words.nodes["dusk take 3"]) == "Dusk"


def test_a_fal_step_has_its_words_among_its_arguments(graph: Graph) -> None:
    assert prompt_of(graph, graph.nodes["sound"]) == "A waltz"
    again = retaken(graph, "sound", take=1, prompt="A march").nodes["sound"]
    assert again.arguments.model_dump()["arguments"] == {"prompt": "A march", "seconds": 3}


def test_words_that_the_step_does_not_accept_are_refused(graph: Graph) -> None:
    with pytest.raises(InvalidInput, match=r"dawn does not accept these words: .*@Image1"):
        retaken(graph, "dawn", take=1, prompt="Like @Image1")


def test_all_that_lies_behind(graph: Graph) -> None:
    assert behind(graph, graph.nodes["seen"]) == {"short", "dawn"}
    assert behind(graph, graph.nodes["dawn"]) == set()


@pytest.mark.parametrize(("pick", "mode"), [("ask", "warn"), ("best", "warn"), ("first", "stop")])
def test_a_take_stops_by_itself_only_where_none_is_chosen(
    pick: str, mode: str, folder: Path
) -> None:
    steps = f"film: {{takes: 2, pick: {pick}, check: stop, edit: {{video: a.mp4, prompt: Dusk}}}}\n"
    drawn = [node for node in graph_of(steps, folder).nodes.values() if node.endpoint is not None]
    assert [node.checking.mode for node in drawn] == [mode, mode]
