"""What is allowed in a file and probably not meant is said, and what is meant is not."""

from pathlib import Path

import pytest

from shotgraph.graph import check
from shotgraph.spec import read_draft
from shotgraph.spec.document import QUOTES
from tests.graph.films import graph_of, problems_of

PARAMS = "{look: {type: text, default: dusk}}"


def doubts(steps: str, folder: Path, *, params: str = PARAMS) -> list[tuple[str, str]]:
    """Say what is doubted in a film, and what was probably meant."""
    graph = graph_of(steps, folder, params=params)
    return [(one.what, one.nearest) for one in graph.warnings if "no step uses" not in one.what]


def of_prompt(line: str, folder: Path) -> list[tuple[str, str]]:
    return doubts(f"film:\n  edit:\n    video: a.mp4\n    prompt: {line}", folder)


@pytest.mark.parametrize(
    ("line", "comment"),
    [
        ("Paint it #1 of the list", "#1 of the list"),
        ("Paint it, and\n      then #2", "#2"),
    ],
)
def test_a_prompt_that_yaml_cuts_is_refused(line: str, comment: str, folder: Path) -> None:
    said = f'the text ends before "{comment}", which is a comment to YAML'
    steps = f"film:\n  edit:\n    video: a.mp4\n    prompt: {line}"
    assert problems_of(steps, folder) == [f"steps.film.edit.prompt: {said}"]


def test_a_prompt_that_yaml_may_cut_is_doubted(folder: Path) -> None:
    said = 'the text ends before "# 1 of the list", which is a comment to YAML'
    assert of_prompt("Paint it # 1 of the list", folder) == [(said, "")]


@pytest.mark.parametrize(
    "line",
    [
        "Paint it  # a comment, two spaces apart",
        '"Paint it" # a comment behind quotes',
        "Paint it#1",
        "'Paint it #1'",
        "|\n      Paint it #1",
        "Paint it\n    # a comment of its own",
        "Paint $${look} and $look, @Video1; mail me@video.example, @instagram",
        "{a}, {{b}}, ${look}",
        "“Hello”, she says",
        '"“Hello”"',
        "the boats’",
        "a “boat”",
        "|\n      “Hello”",
    ],
)
def test_a_prompt_that_is_meant(line: str, folder: Path) -> None:
    quoted = line if line[0] not in "{" else f"'{line}'"
    assert of_prompt(quoted, folder) == []


@pytest.mark.parametrize(
    ("line", "said", "nearest"),
    [
        ("'Like {look}'", "{look} stays in the text as it is", "${look}"),
        ("'Like {{ look }}'", "{{ look }} stays in the text as it is", "${look}"),
        ("'Like {{ params.look }}'", "{{ params.look }} stays in the text as it is", "${look}"),
        ("'Like %look%'", "%look% stays in the text as it is", "${look}"),
        ("Fog &amp; rain", "&amp; stays in the text as it is", "&"),
        ("'Like @Video 1'", "@Video 1 is no tag", "@Video1"),
        ("'Like @video-1'", "@video-1 is no tag", "@Video1"),
        ("'Like @Video, but wet'", "@Video is no tag: it has no number", "@Video1"),
        ("“Like this”", f"“ and ” are part of the text; {QUOTES}", '"Like this"'),
        ("“Like this", f"“ is part of the text; {QUOTES}", '"Like this"'),
        ("Like this”", f"” is part of the text; {QUOTES}", '"Like this"'),
        ("„Wie dies“", f"„ and “ are part of the text; {QUOTES}", '"Wie dies"'),
        ("‘It’s this’", f"‘ and ’ are part of the text; {QUOTES}", '"It’s this"'),
        ('“Like this"', f'“ and " are part of the text; {QUOTES}', '"Like this"'),
    ],
)
def test_a_prompt_in_the_words_of_others(line: str, said: str, nearest: str, folder: Path) -> None:
    assert of_prompt(line, folder) == [(said, nearest)]


def test_a_default_that_yaml_cuts(folder: Path) -> None:
    steps = 'film: {edit: {video: a.mp4, prompt: "$look, $size"}}'
    params = "{look: {type: text, default: dusk}, size: {type: text, default: big}}"
    text = params.replace("default: big}", "default: big # 3\n  }")
    (said,) = doubts(steps, folder, params=text)
    assert said == ('the text ends before "# 3", which is a comment to YAML', "")


def test_a_default_in_typographic_quotes(folder: Path) -> None:
    steps = 'film: {edit: {video: a.mp4, prompt: "In $look"}}'
    (said,) = doubts(steps, folder, params="{look: {type: text, default: “oil”}}")
    assert said == (f"“ and ” are part of the text; {QUOTES}", '"oil"')


def test_a_url_that_ends_like_another_kind(folder: Path) -> None:
    steps = """
film:
  edit:
    video: https://example.com/a.png?x=1
    prompt: Paint it
    images: [https://example.com/a.png, https://example.com/b]
"""
    assert doubts(steps, folder) == [
        ("the URL ends like the URL of an image, but the field needs a video", "")
    ]


def test_of_a_file_with_problems_nothing_is_doubted(folder: Path) -> None:
    text = """name: film
params: {look: {type: text, default: dusk}}
steps:
  film: {fal: {endpoint: *model, price_usd: 1}}
output: $film
"""
    checked = check(read_draft(text, folder=folder))
    assert [one.what for one in checked.problems] == ["an alias (*model)"]
    assert checked.graph.warnings == ()
    assert checked.unsure == {"film"}


@pytest.mark.parametrize(("given", "is_doubted"), [
    ("", True),
    (", images: []", True),
    (", images: [one.png]", False),
])  # fmt: skip
def test_a_shot_that_keeps_to_no_picture_is_doubted(
    given: str, is_doubted: bool, folder: Path
) -> None:
    found = doubts(f"film: {{reference_to_video: {{prompt: Dawn{given}}}}}", folder)
    said = "the step has neither images nor elements as references, and is paid for all the same"
    assert found == ([(said, "")] if is_doubted else [])
