"""What a step is run for: each of a list, every combination of several, round after round."""

from pathlib import Path

import pytest

from shotgraph.graph import Graph
from shotgraph.model.references import LocalFile, StepOutput
from tests.graph.films import graph_of, problems_of

PARAMS = """{shot: {type: video, default: a.mp4}, shots: {list: video, default: [a.mp4, b.mp4]},
  looks: {list: text, default: [dusk, rain]}, rounds: {type: integer, default: 2}}"""


def clips_of(graph: Graph, name: str) -> list[str]:
    """What a node takes, in order: names of nodes, or of files."""
    refs = [ref for _, _, ref in graph.nodes[name].media()]
    return [
        ref.step if isinstance(ref, StepOutput) else ref.file.name
        for ref in refs
        if isinstance(ref, StepOutput | LocalFile)
    ]


def prompts_of(graph: Graph) -> dict[str, str]:
    return {
        name: getattr(node.arguments, "prompt", "")
        for name, node in graph.nodes.items()
        if hasattr(node.arguments, "prompt")
    }


def test_each_item_has_a_run_and_the_output_is_their_list(folder: Path) -> None:
    graph = graph_of(
        """
dusk:
  for_each: {one: $shots}
  edit: {video: $one, prompt: Paint it}
film: {concat: {clips: $dusk}}
""",
        folder,
        params=PARAMS,
    )
    assert graph.file_order == ("dusk[1]", "dusk[2]", "film")
    assert clips_of(graph, "dusk[2]") == ["b.mp4"]
    assert clips_of(graph, "film") == ["dusk[1]", "dusk[2]"]
    assert [film.step for film in graph.films] == ["film"]


def test_of_several_names_every_combination_is_run_the_last_fastest(folder: Path) -> None:
    graph = graph_of(
        """
film:
  for_each: {one: $shots, look: $looks}
  edit: {video: $one, prompt: "Paint ${look}"}
""",
        folder,
        params=PARAMS,
    )
    assert {name: (clips_of(graph, name), said) for name, said in prompts_of(graph).items()} == {
        "film[1,1]": (["a.mp4"], "Paint dusk"),
        "film[1,2]": (["a.mp4"], "Paint rain"),
        "film[2,1]": (["b.mp4"], "Paint dusk"),
        "film[2,2]": (["b.mp4"], "Paint rain"),
    }
    assert [film.step for film in graph.films] == list(graph.file_order)


def test_a_list_goes_from_step_to_step_item_by_item(folder: Path) -> None:
    graph = graph_of(
        """
film: {concat: {clips: $rain}}
rain:
  for_each: {painted: $dusk}
  edit: {video: $painted, prompt: Let it rain}
dusk:
  for_each: {one: $shots}
  edit: {video: $one, prompt: Paint it}
""",
        folder,
        params=PARAMS,
    )
    assert clips_of(graph, "rain[2]") == ["dusk[2]"]
    assert graph.nodes["rain[2]"].upstream() == {"dusk[2]"}


def test_an_inline_list_holds_texts_paths_and_references(folder: Path) -> None:
    graph = graph_of(
        """
film:
  for_each: {one: [c.mp4, $shot, $shots], mood: [calm, 5]}
  edit: {video: $one, prompt: "Make it ${mood}"}
""",
        folder,
        params=PARAMS,
    )
    videos = [clips_of(graph, name)[0] for name in graph.file_order]
    assert videos[::2] == ["c.mp4", "a.mp4", "a.mp4", "b.mp4"]
    assert list(prompts_of(graph).values())[:2] == [
        "Make it calm",
        "Make it 5",
    ]


def test_a_list_inside_of_a_list_becomes_part_of_it(folder: Path) -> None:
    graph = graph_of("film: {concat: {clips: [c.mp4, $shots, c.mp4]}}", folder, params=PARAMS)
    assert clips_of(graph, "film") == ["c.mp4", "a.mp4", "b.mp4", "c.mp4"]


@pytest.mark.parametrize("times", ["2", "$rounds"])
def test_each_round_takes_what_the_last_one_made(times: str, folder: Path) -> None:
    graph = graph_of(
        f"""
chain:
  repeat: {{times: {times}, from: $shot, as: previous}}
  reference: {{video: $previous, prompt: Go on}}
film: {{concat: {{clips: [$shot, $chain]}}}}
""",
        folder,
        params=PARAMS,
    )
    assert clips_of(graph, "chain[1]") == ["a.mp4"]
    assert clips_of(graph, "chain[2]") == ["chain[1]"]
    assert clips_of(graph, "film") == ["a.mp4", "chain[1]", "chain[2]"]


@pytest.mark.parametrize(
    ("written", "taken"), [("$chain", "chain[2]"), ("$chain.first", "chain[1]")]
)
def test_where_one_is_wanted_a_chain_is_its_last_round(
    written: str, taken: str, folder: Path
) -> None:
    graph = graph_of(
        f"""
chain:
  repeat: {{times: 2, from: $shot, as: previous}}
  reference: {{video: $previous, prompt: Go on}}
film: {{edit: {{video: {written}, prompt: Paint it}}}}
""",
        folder,
        params=PARAMS,
    )
    assert clips_of(graph, "film") == [taken]


def test_each_item_has_a_chain_of_its_own(folder: Path) -> None:
    graph = graph_of(
        """
film:
  for_each: {one: $shots}
  repeat: {times: 2, from: $one, as: previous}
  reference: {video: $previous, prompt: Go on}
""",
        folder,
        params=PARAMS,
    )
    assert [clips_of(graph, name) for name in ("film[2,1]", "film[2,2]")] == [
        ["b.mp4"],
        ["film[2,1]"],
    ]
    assert len(graph.films) == 4


def test_takes_and_needs_hold_for_each_run(folder: Path) -> None:
    graph = graph_of(
        """
dusk:
  for_each: {one: $shots}
  takes: 2
  edit: {video: $one, prompt: Paint it}
film:
  needs: [dusk]
  concat: {clips: $dusk}
""",
        folder,
        params=PARAMS,
    )
    names = ["dusk[1]", "dusk[1] take 2", "dusk[2]", "dusk[2] take 2"]
    assert graph.file_order == (*names, "film")
    assert clips_of(graph, "film") == ["dusk[1]", "dusk[2]"]
    assert graph.nodes["film"].upstream() == set(names)


def test_a_person_picks_among_takes_before_others_take_one(folder: Path) -> None:
    graph = graph_of(
        """
dusk:
  takes: 3
  pick: ask
  edit: {video: $shot, prompt: Paint it}
seen: {approve: {video: $dusk, message: Right?}}
film: {concat: {clips: [$seen]}}
""",
        folder,
        params=PARAMS,
    )
    takes = ["dusk take 1", "dusk take 2", "dusk take 3"]
    assert [graph.nodes[name].take for name in takes] == [1, 2, 3]
    assert (graph.nodes["dusk"].kind.name, clips_of(graph, "dusk")) == ("pick", takes)
    assert clips_of(graph, "seen") == ["dusk"]
    assert graph.nodes["film"].upstream() == {"seen"}


def test_defaults_hold_for_every_step_of_the_kind_that_says_nothing_else(folder: Path) -> None:
    graph = graph_of(
        """
one: {edit: {video: $shot, prompt: Paint it}}
film: {edit: {video: $one, prompt: Paint it, tier: standard}}
output: $film
""".replace("output: $film\n", ""),
        folder,
        params=f"{PARAMS}\ndefaults: {{edit: {{tier: pro, keep_audio: true}}}}",
    )
    tiers = {name: node.endpoint.tier for name, node in graph.nodes.items() if node.endpoint}
    assert tiers == {"one": "pro", "film": "standard"}
    assert all(getattr(node.arguments, "keep_audio", None) for node in graph.nodes.values())


def test_a_wrong_default_is_said_once_at_its_own_place(folder: Path) -> None:
    steps = "one: {edit: {video: $shot, prompt: x}}\nfilm: {edit: {video: $one, prompt: x}}"
    params = f"{PARAMS}\ndefaults: {{edit: {{keep_audio: maybe}}}}"
    assert problems_of(steps, folder, params=params) == [
        'steps.one.edit.keep_audio: "maybe" is given'
    ]


def test_what_nobody_takes_is_warned_of(folder: Path) -> None:
    graph = graph_of(
        "lost: {edit: {video: $shot, prompt: x}}\nfilm: {concat: {clips: $shots}}",
        folder,
        params=PARAMS,
    )
    assert [f"{one.where}: {one.what}" for one in graph.warnings] == [
        "steps.lost: no step uses the output of $lost, and the output is paid for",
        "params.looks: no step uses $looks",
        "params.rounds: no step uses $rounds",
    ]


def test_how_long_a_list_is_that_is_to_be_given_is_not_known(folder: Path) -> None:
    steps = """
stills: {for_each: {one: $shots}, frame: {video: $one}}
film: {edit: {video: a.mp4, images: $stills, prompt: Like @Image3}}
"""
    params = "{shots: {list: video}}"
    assert problems_of(steps, folder, params=params, placeholders=True) == []
