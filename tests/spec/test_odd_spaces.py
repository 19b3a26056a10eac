"""A space that is none to YAML is named, and hides no other part of the file."""

import pytest

from shotgraph.spec import InvalidPipeline, read_pipeline

FILM = """name: film
params:
  shot: {type: video, default: a.mp4}
steps:
  next:
    reference:
      video: $shot
      prompt: Based on @Video1, next
  film:
    concat: {clips: [$shot, $next]}
output: $film
"""
ODD = ["\u00a0", "\u2007", "\u202f", "\u3000", "\u200b", "\u2060"]


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(InvalidPipeline) as raised:
        read_pipeline(text, file="film.yaml")
    return [(one.location.line, one.what) for one in raised.value.problems]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: f"U+{ord(odd):04X}")
@pytest.mark.parametrize("line", FILM.splitlines()[4:10], ids=str.strip)
@pytest.mark.parametrize("place", [0, 1])
def test_in_an_indentation_it_is_the_only_problem(odd: str, line: str, place: int) -> None:
    wrong = line[:place] + odd + line[place + 1 :]
    (only,) = problems(FILM.replace(line, wrong))
    said = (
        f"this is not YAML: a space that YAML does not know (U+{ord(odd):04X}) in the indentation"
    )
    assert only == (FILM.splitlines().index(line) + 1, said)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: f"U+{ord(odd):04X}")
def test_behind_a_colon_it_is_named(odd: str) -> None:
    (only,) = problems(FILM.replace("video: $shot", f"video:{odd}$shot"))
    said = f"this is not YAML: a space that YAML does not know (U+{ord(odd):04X}) beside a colon"
    assert only == (7, said)


def test_inside_of_a_text_of_lines_it_is_no_problem() -> None:
    text = FILM.replace(
        "Based on @Video1, next", "|\n        Based on @Video1,\n        \u00a0next"
    )
    step = read_pipeline(text).steps["next"]
    assert step.body["prompt"] == "Based on @Video1,\n\u00a0next\n"
