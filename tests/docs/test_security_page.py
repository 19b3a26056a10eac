"""The page of what is defended names tests that are there, and the rows of `make security`."""

import re

from tests.security.conftest import BOARD

from .pages import ROOT

PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
DEFENDED = PAGE.partition("## What it does not")[0]
ROWS = [line for line in DEFENDED.splitlines() if line.startswith("| ") and "---" not in line][1:]
TEST = re.compile(r"\((tests/[\w/]+/test_\w+\.py|tests/test_\w+\.py)\)")


def test_each_row_names_tests_that_are_there() -> None:
    assert len(ROWS) > 10
    for row in ROWS:
        cells = row.strip("| ").split(" | ")
        assert len(cells) == 3, row
        named = TEST.findall(cells[2])
        assert named, row
        assert [path for path in named if not (ROOT / path).is_file()] == []


def test_each_row_of_figures_is_on_the_page() -> None:
    numbers = re.findall(r"; rows? ([\d, ]+) \|$", DEFENDED, re.MULTILINE)
    named = {int(number) for found in numbers for number in found.split(",")}
    assert named == set(BOARD.kinds)


def test_each_attack_is_in_a_row() -> None:
    attacks = {str(path.relative_to(ROOT)) for path in (ROOT / "tests/security").rglob("test_*.py")}
    assert attacks - set(TEST.findall(DEFENDED)) == set()
