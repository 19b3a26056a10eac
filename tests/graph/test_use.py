"""A pipeline file as a step of another."""

from pathlib import Path

import pytest

from shotgraph.model.references import StepOutput
from shotgraph.spec import InvalidPipeline
from tests.graph.films import graph_of, problems_of
from tests.graph.test_loops import clips_of, prompts_of

INNER = """
name: title
params:
  shot: {type: video}
  look: {type: text, default: dusk}
  more: {list: video, default: []}
steps:
  painted: {edit: {video: $shot, prompt: "Paint it at ${look}"}}
  card: {concat: {clips: [$painted, $more]}}
output: $card
"""


@pytest.fixture
def home(tmp_path: Path, folder: Path) -> Path:
    """A folder with a file that others use, and some clips."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "title.yaml").write_text(INNER, encoding="utf-8")
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).touch()
    return tmp_path


def test_its_steps_are_inside_and_its_output_is_the_steps(home: Path) -> None:
    graph = graph_of(
        """
first: {edit: {video: a.mp4, prompt: Paint it}}
title:
  use:
    file: parts/title.yaml
    params: {shot: $first, look: "${look} rain", more: [b.mp4, $first]}
film: {concat: {clips: [$title, a.mp4]}}
""",
        home,
        params="{look: {type: text, default: night}}",
    )
    assert graph.file_order == ("first", "title/painted", "title/card", "film")
    assert clips_of(graph, "title/painted") == ["first"]
    assert prompts_of(graph)["title/painted"] == "Paint it at night rain"
    assert clips_of(graph, "title/card") == ["title/painted", "b.mp4", "first"]
    assert clips_of(graph, "film") == ["title/card", "a.mp4"]


def test_it_is_used_for_each_item(home: Path) -> None:
    graph = graph_of(
        """
film:
  for_each: {one: [a.mp4, b.mp4], look: [dusk, rain]}
  use: {file: parts/title.yaml, params: {shot: $one, look: $look}}
""",
        home,
    )
    assert prompts_of(graph)["film[2,1]/painted"] == "Paint it at dusk"
    assert [film.step for film in graph.films] == [
        f"film[{one},{look}]/card" for one in (1, 2) for look in (1, 2)
    ]


def test_rounds_of_it_take_what_the_last_one_made(home: Path) -> None:
    graph = graph_of(
        """
film:
  repeat: {times: 2, from: a.mp4, as: previous}
  use: {file: parts/title.yaml, params: {shot: $previous}}
""",
        home,
    )
    assert clips_of(graph, "film[2]/painted") == ["film[1]/card"]
    assert graph.films == (StepOutput(step="film[2]/card", kind="video"),)


def test_what_needs_it_waits_for_all_of_it(home: Path) -> None:
    graph = graph_of(
        """
title: {use: {file: parts/title.yaml, params: {shot: a.mp4}}, needs: [first]}
first: {edit: {video: a.mp4, prompt: Paint it}}
film: {concat: {clips: [b.mp4]}, needs: [title]}
""",
        home,
    )
    assert graph.nodes["film"].upstream() == {"title/painted", "title/card"}
    assert graph.nodes["title/painted"].upstream() == {"first"}


def test_what_is_wrong_inside_is_said_with_its_own_line(home: Path) -> None:
    wrong = INNER.replace("$shot, prompt", "$shto, prompt")
    (home / "parts" / "title.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(InvalidPipeline) as caught:
        graph_of("film: {use: {file: parts/title.yaml, params: {shot: a.mp4}}}", home)
    (problem,) = caught.value.problems
    assert problem.location.file == "parts/title.yaml"
    assert 'there is no step or parameter "shto"' in str(caught.value)
    assert "   8 |   painted: {edit: {video: $shto" in str(caught.value)


def test_what_is_wrong_in_both_files_is_said_at_once(home: Path) -> None:
    wrong = INNER.replace("$shot, prompt", "$shto, promt")
    (home / "parts" / "title.yaml").write_text(f"colour: red\n{wrong}", encoding="utf-8")
    steps = """
title: {use: {file: parts/title.yaml, params: {shot: nowhere.mp4, look: [x], lok: y}}}
film: {concat: {clips: [$title, $nothing], loudness: 1}}
"""
    assert [one.rpartition(": ")[2] for one in problems_of(steps, home)] == [
        f"there is no file {home.resolve()}/nowhere.mp4",
        "that is a list",
        'parts/title.yaml has no parameter "lok"',
        'there is no step or parameter "nothing"',
        "1 is given",
        'unknown key "colour"',
        'there is no step or parameter "shto"',
        'unknown key "promt"',
    ]


def test_a_value_that_is_missing_hides_nothing_inside(home: Path) -> None:
    wrong = INNER.replace("$shot, prompt", "$shto, prompt")
    (home / "parts" / "title.yaml").write_text(wrong, encoding="utf-8")
    assert problems_of("film: {use: {file: parts/title.yaml}}", home) == [
        'steps.film.use: "shot" has no default in parts/title.yaml, and gets no value here',
        'steps.painted.edit.video: there is no step or parameter "shto"',
    ]


def test_a_file_that_is_no_pipeline_is_said_with_its_own_line(home: Path) -> None:
    (home / "parts" / "title.yaml").write_text("name: [\n", encoding="utf-8")
    with pytest.raises(InvalidPipeline) as caught:
        graph_of("film: {use: {file: parts/title.yaml}}", home)
    assert caught.value.problems[0].location.file == "parts/title.yaml"


@pytest.mark.parametrize("through", ["round.yaml", "other.yaml"])
def test_files_do_not_use_themselves(through: str, home: Path) -> None:
    text = "name: round\nsteps:\n  again: {use: {file: %s}}\noutput: $again\n"
    (home / "round.yaml").write_text(text % through, encoding="utf-8")
    (home / "other.yaml").write_text(text % "round.yaml", encoding="utf-8")
    (problem,) = problems_of("film: {use: {file: round.yaml}}", home)
    assert problem.endswith("uses itself")


def test_a_link_leads_to_no_file_outside(
    home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "title.yaml"
    outside.write_text(INNER, encoding="utf-8")
    (home / "link.yaml").symlink_to(outside)
    (problem,) = problems_of("film: {use: {file: link.yaml, params: {shot: a.mp4}}}", home)
    assert problem.endswith("is outside of the pipeline's folder")
    assert f'the link "link.yaml" leads to "{outside}"' in problem
