"""Tables that are no terminal's: a line for each row, whole."""

import pytest

from shotgraph.cli.printing import print_table


def test_a_row_is_one_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    note = "the same job as $dusk, " * 20
    rows = [["dusk", "$0.504", note.strip()], ["a longer name", "$10.000", ""]]
    print_table(["step", "cost", ""], rows, {"cost"})
    assert capsys.readouterr().out.splitlines() == [
        "step              cost",
        f"dusk            $0.504  {note.strip()}",
        "a longer name  $10.000",
    ]


def test_a_table_without_rows_has_its_headings(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["step", "cost"], [], {"cost"})
    assert capsys.readouterr().out == "step  cost\n"
