"""What a plan says below its table."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shotgraph.cli.main import app
from shotgraph.cli.show_plan import print_plan
from shotgraph.plan import Plan, PlannedStep
from tests.media.coded_clips import write_clip


def test_a_step_that_continues_says_that_frames_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    does = ("up to 3 frames less",)
    steps = [
        PlannedStep("next", "continued", "local", Decimal(0), 1, does=does),
        PlannedStep("plain", "trim", "local", Decimal(0), 1, does=("1280 x 720 px",)),
    ]
    print_plan(Plan(steps))
    said = capsys.readouterr().out
    assert "next: up to 3 frames less." in said
    assert "plain: " not in said


def test_the_plan_of_a_rehearsal_says_that_nothing_is_paid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))
    write_clip(tmp_path / "a.mp4", clip=1, frames=72, rate=24, size=(720, 720))
    file = tmp_path / "film.yaml"
    file.write_text(
        "name: dusk\nsteps:\n  film: {edit: {video: a.mp4, prompt: Rain}}\noutput: $film\n"
    )

    def said(*options: str) -> str:
        ran = CliRunner().invoke(app, ["plan", str(file), "--rehearse", *options])
        assert ran.exit_code == 0
        return ran.stdout

    for text in (said(), said("--diff")):
        assert text.startswith("A rehearsal: nothing is paid. ")
    text = said("--markdown")
    assert "### The plan of a rehearsal of dusk\n\n**A rehearsal: nothing is paid.** It" in text
    assert "1 shot, which would cost at most $0.378" in text
    for plan in (text, said()):
        assert "to draw" in plan
        assert "buy" not in plan


@pytest.mark.parametrize(
    ("undecoded", "line"),
    [
        (0, ""),
        (1, "1 given file was not decoded yet; a run first checks such files for damage.\n"),
        (2, "2 given files were not decoded yet; a run first checks such files for damage.\n"),
    ],
)
def test_files_that_were_not_decoded_yet_are_counted(
    undecoded: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Plan([PlannedStep("plain", "trim", "local", Decimal(0), 1)], undecoded=undecoded)
    print_plan(made)
    assert capsys.readouterr().out.partition("are in the store.\n")[2] == line
    assert made.as_json().get("files_not_decoded", 0) == undecoded


@pytest.mark.parametrize(
    ("length_s", "said"),
    [(Fraction(121, 24), "5.04 s"), (Fraction(1250), "1,250 s"), (Fraction(999, 10), "99.9 s")],
)
def test_the_length_of_a_long_film_is_written_out(
    length_s: Fraction, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    film = PlannedStep("film", "concat", "local", Decimal(0), 5, length_s=length_s)
    print_plan(Plan([film]))
    assert f" {said} " in capsys.readouterr().out
