"""Tables that are no terminal's: a line for each row, whole."""

import io

import pytest

from shotgraph.cli.closing import to_go_on
from shotgraph.cli.printing import folded, print_table


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


@pytest.mark.parametrize("width", [80, 140])
def test_at_a_terminal_nothing_is_cut_and_what_is_copied_stays_in_one_piece(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    request, key = "a4ecd086-5e94-4861-b8a2-1234567890ab", "0123456789abcdef" * 4
    rows = [["a_long_name_of_a_step_in_the_night", "an edit " * 9, "$1.200", key, request]]
    print_table(["step", "said", "cost", "key", "request"], rows, {"cost"})
    said = capsys.readouterr().out
    assert "…" not in said
    assert request in said
    assert key in said
    assert "$1.200" in said
    assert "".join(said.split()).count("edit") == 9
    folded = [line for line in said.splitlines() if key not in line]
    assert max(map(len, folded)) <= width


def test_a_wait_for_a_person_ends_with_the_command() -> None:
    waits = [{"step": "seen", "clips": 1}, {"step": "looks/2", "clips": 3}]
    assert to_go_on({"waits_for": waits}, "shotgraph run film.yaml") == [
        "The run waits for a person. To continue:",
        "  shotgraph run film.yaml --approve seen --pick looks/2=1   (looks/2: 1 to 3)",
    ]
    assert to_go_on({"waits_for": []}, "shotgraph run film.yaml") == []


def test_messages_are_folded_at_words_and_commands_are_not() -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    command = "  shotgraph run film.yaml " + "--approve seen " * 9
    text = "this run would cost $2.69 " * 9 + f"\n{command}"
    lines = folded(text, Screen()).split("\n")
    assert max(len(line) for line in lines[:-1]) <= 80
    assert lines[-1] == command
    assert folded(text, io.StringIO()) == text
