"""What a run is told to decide names a step at which a person decides, and a take that is there."""

from pathlib import Path
from typing import Any

import pytest

from shotgraph.graph import build_graph
from shotgraph.graph.takes import GivenAnswers
from shotgraph.spec import InvalidPipeline, read_pipeline

FILM = """\
name: film
params:
  looks: {list: text, default: [oil, ink]}
steps:
  close: {takes: 3, pick: ask, edit: {video: a.mp4, prompt: Near}}
  wide:
    for_each: {look: $looks}
    takes: 2
    pick: ask
    edit: {video: a.mp4, prompt: $look}
  seen: {approve: {video: $close}}
  film: {concat: {clips: [$seen, $wide]}}
output: $film
"""
PICKS = "close, wide, wide[1], wide[2]"


def problems_of(
    folder: Path, text: str = FILM, given: dict[str, Any] | None = None, **answers: Any
) -> list[tuple[str, str, str]]:
    """Each problem: what it is, what is allowed, the nearest right name."""
    pipeline = read_pipeline(text, file="film.yaml", folder=folder)
    try:
        build_graph(pipeline, given, folder=folder, answers=GivenAnswers(**answers))
    except InvalidPipeline as error:
        return [(problem.what, problem.allowed, problem.nearest) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "answers",
    [
        {"pick": {"close": 3, "wide": 2}},
        {"pick": {"wide[2]": 1}, "approve": ["seen"]},
        {"approve": ["all"]},
        {"pick": {"close": 4}, "added": {"close": 1}},
    ],
)
def test_answers_that_decide_something(answers: dict[str, Any], folder: Path) -> None:
    assert problems_of(folder, **answers) == []


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        (
            {"pick": {"closee": 1}},
            (
                'a take is picked for "closee", but no step of that name has takes to pick from',
                PICKS,
                "close",
            ),
        ),
        (
            {"approve": ["sen"]},
            (
                '"sen" is approved, but no step of that name waits for an approval',
                "seen, all",
                "seen",
            ),
        ),
        (
            {"approve": ["close"]},
            (
                '"close" is approved, but no step of that name waits for an approval',
                "seen, all",
                "--pick close=1",
            ),
        ),
        (
            {"pick": {"seen": 1}},
            (
                'a take is picked for "seen", but no step of that name has takes to pick from',
                PICKS,
                "--approve seen",
            ),
        ),
        (
            {"pick": {"close": 4}},
            ("take 4 is picked for this run, but there is no such take", "1 to 3", ""),
        ),
        (
            {"pick": {"wide": 0}},
            ("take 0 is picked for this run, but there is no such take", "1 to 2", ""),
        ),
        (
            {"pick": {"close": 5}, "added": {"close": 1}},
            ("take 5 is picked for this run, but there is no such take", "1 to 4", ""),
        ),
    ],
)
def test_answers_that_decide_nothing(
    answers: dict[str, Any], problem: tuple[str, str, str], folder: Path
) -> None:
    assert problems_of(folder, **answers) == [problem]


def test_all_are_said_at_once_with_what_else_is_wrong(folder: Path) -> None:
    found = problems_of(
        folder,
        FILM.replace("prompt: Near", "promt: Near"),
        given={"lookz": "[a, b]"},
        pick={"closee": 1, "wide": 3},
        approve=["nothing"],
    )
    said = "\n".join(what for what, _, _ in found)
    for part in ("lookz", "promt", "closee", "nothing", "take 3"):
        assert part in said, part
    # A step that is wrong itself is there all the same.
    wrong = problems_of(folder, FILM.replace("prompt: Near", "promt: Near"), pick={"close": 2})
    assert not any("close" in what for what, _, _ in wrong)


def test_a_film_in_which_nobody_decides(folder: Path) -> None:
    text = "name: film\nsteps:\n  film: {edit: {video: a.mp4, prompt: Dawn}}\noutput: $film\n"
    assert [allowed for _, allowed, _ in problems_of(folder, text, pick={"film": 1})] == [
        "no steps"
    ]
    assert problems_of(folder, text, approve=["all"]) == []


def test_steps_of_another_file_are_named_as_they_are_run(tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "a.mp4").touch()
    inner = FILM.replace("name: film", "name: inner")
    (folder / "inner.yaml").write_text(inner, encoding="utf-8")
    text = (
        "name: film\nsteps:\n  intro: {use: {file: inner.yaml}}\n"
        "  film: {concat: {clips: [$intro, a.mp4]}}\noutput: $film\n"
    )
    assert problems_of(folder, text, pick={"intro/close": 3}, approve=["intro/seen"]) == []
    assert problems_of(folder, text, pick={"close": 3, "wide": 2}) == []
    ((_, allowed, nearest),) = problems_of(folder, text, pick={"intro/clos": 1})
    assert "intro/close" in allowed
    assert nearest == "intro/close"
    # Where the other file is missing, nobody can tell what is in it.
    (folder / "inner.yaml").unlink()
    assert len(problems_of(folder, text, pick={"intro/close": 3})) == 1
