"""A run that asks at the terminal and goes on is one run: one account, and one budget."""

from pathlib import Path
from typing import Any

import pytest

from shotgraph.cli import run as command
from shotgraph.cli.run import Ran, run
from shotgraph.errors import Interrupted, ShotgraphError, Undecided


def test_each_part_after_a_question_is_told_of_the_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str | None] = []
    waits = Undecided("seen waits for a person")

    def run_file(file: Path, values: list[str], *, continues: str | None, **given: Any) -> Ran:
        told.append(continues)
        report = {
            "run_id": f"run {len(told)}", "status": "done", "output": None, "cost_usd": 1.89,
            "steps": [{
                "name": "dusk", "kind": "edit", "status": "ran", "cost_usd": 1.89,
                "may_be_billed_usd": 0.63, "request_id": None, "estimate_usd": 1.89,
            }],
            "may_be_billed_usd": 0.63, "film_cost_usd": 5.67, "film_may_be_billed_usd": 0.63,
            "error": None,
        }  # fmt: skip
        return Ran(report, None if len(told) == 3 else waits)

    def ask(error: ShotgraphError | None, answers: object) -> bool:
        return error is waits

    monkeypatch.setattr(command, "run_file", run_file)
    monkeypatch.setattr(command, "ask", ask)
    run(Path("film.yaml"))
    assert told == [None, "run 1", "run 1"]
    said = capsys.readouterr().out
    assert "$1.890 + $0.630?" in said
    assert "This run cost $1.89.\nUp to $0.63 more may be billed for it" in said
    assert "The film has cost $5.67 in all its runs, and up to $0.63 more is not known yet." in said


def test_ctrl_c_at_the_question_ends_with_the_sum_of_what_was_bought(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = {
        "run_id": "run 1", "status": "failed", "output": None, "cost_usd": 1.26,
        "steps": [{
            "name": "dusk", "kind": "edit", "status": "ran", "cost_usd": 1.26,
            "may_be_billed_usd": 0, "request_id": None, "estimate_usd": 1.26,
        }],
        "may_be_billed_usd": 0, "film_cost_usd": 1.26, "film_may_be_billed_usd": 0, "error": None,
    }  # fmt: skip

    def ask(error: ShotgraphError | None, answers: object) -> bool:
        raise Interrupted("the question was not answered")

    monkeypatch.setattr(command, "run_file", lambda *_, **__: Ran(report, Undecided("seen waits")))
    monkeypatch.setattr(command, "ask", ask)
    with pytest.raises(SystemExit) as ended:
        run(Path("film.yaml"))
    assert ended.value.code == Interrupted.exit_code
    said = capsys.readouterr()
    assert "This run cost $1.26." in said.out
    assert said.err == "the question was not answered\n"
