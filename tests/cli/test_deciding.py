"""Answers to a run that waits: on the command line, and at the terminal's question."""

import io
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shotgraph.cli.deciding import TerminalAnswers, ask, picks
from shotgraph.cli.main import app
from shotgraph.errors import Interrupted, InvalidInput, Terminal, Undecided

FILM = """\
name: film
params:
  words: {type: text, default: Dawn}
steps:
  close: {takes: 2, pick: ask, image_to_video: {start_image: still.png, prompt: $words}}
  film: {approve: {video: $close}}
output: $film
"""


class Typed(io.StringIO):
    """What a person types at a terminal; Ctrl-C where a line says so."""

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        line = super().readline()
        if line == "^C\n":
            raise KeyboardInterrupt
        return line


def waiting(clips: int) -> Undecided:
    error = Undecided("close waits for a person: Which take should the film use?")
    error.step, error.clips = "close", clips
    return error


def asked(
    monkeypatch: pytest.MonkeyPatch, clips: int, *lines: str
) -> tuple[bool, TerminalAnswers, str]:
    """Ask a person who types these lines: whether it goes on, the answers, and what was shown."""
    answers, shown = TerminalAnswers(), Typed()
    monkeypatch.setattr(sys, "stdin", Typed("".join(f"{line}\n" for line in lines)))
    monkeypatch.setattr(sys, "stderr", shown)
    return ask(waiting(clips), answers), answers, shown.getvalue()


@pytest.mark.parametrize("wrong", ["7", "-1", "close", "2.0", "²", "9" * 5000, "yes"])
def test_a_wrong_number_is_asked_again(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, answers, shown = asked(monkeypatch, 3, wrong, wrong, "2")
    assert (goes_on, answers.pick) == (True, {"close": 2})
    assert shown.count("Which take of close should the film use? (1 to 3, 0 for none) [0]: ") == 3
    assert shown.count("is not an answer: type a number from 1 to 3, or 0 for none") == 2


@pytest.mark.parametrize("lines", [("0",), ("",), ("7", "0"), (), ("7",)])
def test_none_of_them_ends_the_run(lines: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, answers, _ = asked(monkeypatch, 3, *lines)
    assert (goes_on, answers) == (False, TerminalAnswers())


@pytest.mark.parametrize(
    ("lines", "approve"),
    [(("y",), ["close"]), (("x", "YES"), ["close"]), (("n",), []), (("",), []), ((), [])],
)
def test_one_clip_is_a_yes_or_a_no(
    lines: tuple[str, ...], approve: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, answers, _ = asked(monkeypatch, 1, *lines)
    assert (goes_on, answers.approve) == (bool(approve), approve)


def test_ctrl_c_at_the_question_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Interrupted, match=r"was not answered\. Nothing is running") as stopped:
        asked(monkeypatch, 3, "7", "^C")
    assert stopped.value.exit_code == 130


def test_nobody_is_asked_where_nobody_sits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n"))
    assert not ask(waiting(2), TerminalAnswers())
    monkeypatch.setattr(sys, "stdin", Typed("1\n"))
    monkeypatch.setattr(sys, "stderr", Typed())
    assert not ask(Terminal("it failed"), TerminalAnswers())


def test_pairs_are_read() -> None:
    assert picks(["close=2", "looks[1]=1", "intro/dusk=3"]) == {
        "close": 2,
        "looks[1]": 1,
        "intro/dusk": 3,
    }
    wrong = ["close", "=2", "close=x", "close=-1", "close=²", f"close={'9' * 5000}"]
    with pytest.raises(InvalidInput) as error:
        picks([*wrong, "close=1", "close=2"])
    assert error.value.message.count("write --pick name=2") == len(wrong)
    assert '"close" is given twice' in error.value.message


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))
    (tmp_path / "still.png").touch()
    (tmp_path / "film.yaml").write_text(FILM, encoding="utf-8")
    return tmp_path


def refused(*options: str) -> str:
    """What is said of a command line before Prefect is loaded."""
    ran = CliRunner().invoke(app, ["run", "film.yaml", *options])
    assert isinstance(ran.exception, InvalidInput), ran.exception
    assert ran.exception.exit_code == 2
    return ran.exception.message


@pytest.mark.usefixtures("folder")
def test_options_that_name_nothing_are_said_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "shotgraph.cli.interruptible.prefect_api", lambda: pytest.fail("it started")
    )
    said = refused(
        "--set", "wordz=x", "--pick", "closee=1", "--pick", "close=9", "--approve", "nothing"
    )  # fmt: skip
    for part in (
        '"wordz", and there is no such parameter',
        "did you mean words?",
        '"closee", but no step of that name has takes to pick from',
        "did you mean close?",
        "take 9 is picked for this run, but there is no such take",
        "allowed: 1 to 2",
        '"nothing" is approved, but no step of that name waits for an approval',
        "allowed: film, all",
    ):
        assert part in said, part
    both = refused("--set", "words", "--set", "=x", "--pick", "close")
    assert both.count("--set") == 4
    assert both.count("--pick") == 2
