"""How a problem is shown: its line, a caret below what it is about, the nearest right name."""

import pytest

from shotgraph.spec import Location, Problem
from shotgraph.spec.meant import MOST_GUESSES, few_guesses, nearest_name
from shotgraph.spec.problem import LONGEST_LINE, rendered


def shown(line: str, word: str) -> tuple[str, str]:
    """The line that is shown of a problem with a word, and what the carets stand below."""
    location = Location("film.yaml", 7, line.index(word) + 1, len(word))
    _, excerpt, carets = rendered(Problem(location, "", "wrong", line=line)).splitlines()
    assert excerpt.startswith("    7 | ")
    assert carets.startswith("      | ")
    begin, end = carets.index("^"), carets.rindex("^") + 1
    return excerpt.removeprefix("    7 | "), excerpt[begin:end]


@pytest.mark.parametrize("before", [0, 3, 60, 200, 1000])
@pytest.mark.parametrize("behind", [0, 3, 60, 200, 1000])
def test_of_a_long_line_the_part_is_shown_that_matters(before: int, behind: int) -> None:
    line = f"{'a ' * (before // 2)}WRONG{' z' * (behind // 2)}"
    excerpt, marked = shown(line, "WRONG")
    assert marked == "WRONG"
    assert len(excerpt) == min(len(line), LONGEST_LINE)
    if len(line) <= LONGEST_LINE:
        assert excerpt == line
    else:
        assert "…" in (excerpt[0], excerpt[-1])
        assert excerpt.strip("…") in line


def test_a_word_that_is_longer_than_the_part_is_marked_as_far_as_it_goes() -> None:
    excerpt, marked = shown(f"prompt: {'w' * 500}", "w" * 500)
    assert len(excerpt) == LONGEST_LINE
    assert excerpt.endswith(marked)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("OUTPUT", "output"),
        ("16/9", "16:9"),
        ("for-each", "for_each"),
        ("imageToVideo", "image_to_video"),
    ],
)
def test_the_letters_of_a_name_are_what_counts(wrong: str, right: str) -> None:
    assert nearest_name(wrong, ["other", right]) == right


def test_guesses_are_few_and_the_same_again_is_none() -> None:
    right = ["clip", "film"]
    with few_guesses():
        for _ in range(100):
            assert nearest_name("clpi", right) == "clip"
        found = [nearest_name(f"fil{number}", right) for number in range(MOST_GUESSES + 5)]
    assert found == ["film"] * (MOST_GUESSES - 1) + [""] * 6
    assert nearest_name("fil7", right) == "film"
