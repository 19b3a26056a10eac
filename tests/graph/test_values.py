"""The values of one run: given, default, or made up for a check."""

from pathlib import Path

import pytest

from shotgraph.errors import InvalidInput
from shotgraph.graph.bind import settings
from shotgraph.model.references import LocalFile
from tests.graph.films import graph_of, problems_of

EDIT = 'film: {edit: {video: $shot, prompt: "As ${look}"}}'
PARAMS = "{shot: {type: video}, look: {type: text, default: dusk}}"


def test_what_is_given_comes_before_the_default(folder: Path) -> None:
    given = {"shot": "b.mp4", "look": "dawn"}
    node = graph_of(EDIT, folder, params=PARAMS, given=given).nodes["film"]
    assert node.arguments.model_dump(exclude_unset=True) == {
        "video": {"file": folder / "b.mp4"},
        "prompt": "As dawn",
    }


def test_what_is_given_may_lie_outside_of_the_folder(folder: Path, tmp_path: Path) -> None:
    outside = (tmp_path / "outside.mp4").resolve()
    outside.touch()
    graph = graph_of(EDIT, folder, params=PARAMS, given={"shot": str(outside)})
    assert [ref for _, _, ref in graph.nodes["film"].media()] == [LocalFile(file=outside)]


def test_a_run_needs_every_value(folder: Path) -> None:
    said = "params.shot: it has no default, and this run gives it no value"
    assert problems_of(EDIT, folder, params=PARAMS) == [said]


def test_a_check_does_not(folder: Path) -> None:
    assert problems_of(EDIT, folder, params=PARAMS, placeholders=True) == []


@pytest.mark.parametrize(
    ("params", "step"),
    [
        ("{a: {type: integer}}", "reference: {video: a.mp4, prompt: Go on, duration: $a}"),
        ("{a: {type: text}}", "reference: {video: a.mp4, prompt: Go on, aspect_ratio: $a}"),
        ("{a: {type: text}}", "reference: {video: a.mp4, prompt: $a}"),
        ("{a: {type: text}}", "trim: {video: a.mp4, seconds: $a}"),
        ("{a: {type: number}}", "trim: {video: a.mp4, start: $a, end: 1}"),
        ("{a: {type: number}}", "trim: {video: a.mp4, start: 2, end: $a}"),
        ("{a: {type: number}}", "concat: {clips: [a.mp4], transition: {seconds: $a}}"),
        ("{a: {type: text}}", "concat: {clips: [a.mp4], transition: {kind: $a}}"),
        ("{a: {list: image}}", 'edit: {video: a.mp4, prompt: "@Image2 here", images: $a}'),
        ("{a: {list: video}}", "concat: {clips: $a}"),
        ("{a: {type: boolean}}", "edit: {video: a.mp4, prompt: Paint it, keep_audio: $a}"),
        ("{a: {type: integer}}", "frame: {video: a.mp4, at: $a}"),
        ("{a: {type: choice, choices: [x, first]}}", "frame: {video: a.mp4, at: $a}"),
    ],
)
def test_a_check_makes_nothing_of_made_up_values(params: str, step: str, folder: Path) -> None:
    steps = f"film: {{{step}}}"
    assert problems_of(steps, folder, params=params, placeholders=True) == []
    graph = graph_of(steps, folder, params=params, placeholders=True)
    assert list(graph.nodes) == ["film"]
    missing = "params.a: it has no default, and this run gives it no value"
    assert problems_of(steps, folder, params=params) == [missing]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("edit: {video: $shot, prompt: '@Image1'}", "steps.film.edit.prompt: the prompt names"),
        ("trim: {video: $shot, start: 3, end: 1}", "steps.film.trim.end: the piece starts"),
        ("trim: {video: $shot, start: $n, seconds: x}", 'steps.film.trim.seconds: "x" is not'),
        ("edit: {video: $n, prompt: Paint it}", "steps.film.edit.video: $n is of type number"),
        ("edit: {video: $shot}", 'steps.film.edit: "prompt" is missing'),
    ],
)
def test_a_check_finds_what_no_value_would_mend(step: str, said: str, folder: Path) -> None:
    params = "{shot: {type: video}, n: {type: number}}"
    (problem,) = problems_of(f"film: {{{step}}}", folder, params=params, placeholders=True)
    assert problem.startswith(said)


def test_a_wrong_value_is_said_once(folder: Path) -> None:
    params = "{length: {type: integer, default: 5}}"
    steps = "film: {reference: {video: a.mp4, prompt: Go on, duration: $length}}"
    found = problems_of(steps, folder, params=params, given={"length": "long"})
    assert found == ['params.length: for this run, "long" is given']


def test_every_unknown_name_is_said(folder: Path) -> None:
    found = problems_of(EDIT, folder, params=PARAMS, given={"shto": "a.mp4", "shot": "a.mp4"})
    assert found == ['params: a value is given for "shto", and there is no such parameter']


def test_reads_settings_of_a_command_line() -> None:
    pairs = ["a=1", "b=", "c==", "d=x=y", "e=$a"]
    assert settings(pairs) == {"a": "1", "b": "", "c": "=", "d": "x=y", "e": "$a"}


@pytest.mark.parametrize("pairs", [["a"], ["=1"], [""], ["a=1", "a=1"]])
def test_refuses_settings_that_name_nothing_or_one_thing_twice(pairs: list[str]) -> None:
    with pytest.raises(InvalidInput, match="--set"):
        settings(pairs)
