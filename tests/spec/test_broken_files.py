"""Every broken file is refused with exactly the words that stand beside it."""

from pathlib import Path

import pytest

from tests.spec.broken_files import BROKEN, FILES, problems_in, said_of


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_says_what_is_wrong_and_where(file: Path, folder: Path) -> None:
    assert said_of(file, folder) == file.with_suffix(".txt").read_text(encoding="utf-8")
    lines = file.read_text(encoding="utf-8").splitlines() or [""]
    for problem in problems_in(file, folder):
        assert problem.location.file == file.name
        assert 1 <= problem.location.line <= len(lines)
        assert 1 <= problem.location.column <= len(lines[problem.location.line - 1]) + 1


def test_every_text_belongs_to_a_file() -> None:
    assert {text.stem for text in BROKEN.glob("*.txt")} == {file.stem for file in FILES}
    assert len(FILES) >= 80
