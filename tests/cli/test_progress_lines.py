"""Which progress a run shows where, and its lines: short for people, whole for machines."""

import io
import json
import logging
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from prefect.events.worker import EventsWorker

from shotgraph.cli.printing import Mode, mode_for
from shotgraph.cli.progress_lines import JsonLines, PlainLines, Presenter, Quiet
from shotgraph.cli.run_board import Row, RunBoard
from shotgraph.cli.run_progress import NOT_LIVE, RunProgress, progress_shown
from shotgraph.money.job_progress import ProgressAtFal
from shotgraph.plan import Plan, PlannedStep
from shotgraph.report import StepReport
from shotgraph.report.run_watch import run_watch, watched_by
from tests.graph.films import graph_of
from tests.machine.hand_clock import HandClock, ProcessClock


class Screen(io.StringIO):
    encoding = "utf-8"

    def __init__(self, *, is_tty: bool = True) -> None:
        super().__init__()
        self._is_tty = is_tty

    def isatty(self) -> bool:
        return self._is_tty


@pytest.mark.parametrize(
    ("env", "is_tty", "verbose", "mode"),
    [
        ({"TERM": "xterm-256color"}, True, False, Mode.LIVE),
        ({"TERM": "xterm-256color"}, False, False, Mode.PLAIN),
        ({"TERM": "xterm-256color"}, True, True, Mode.PLAIN),
        ({"TERM": "dumb"}, True, False, Mode.PLAIN),
        ({}, True, False, Mode.PLAIN),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False, Mode.PLAIN),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, False, Mode.LIVE),
        ({"TERM": "xterm", "CI": "true"}, True, False, Mode.PLAIN),
    ],
)
def test_auto_is_live_only_at_a_terminal_that_can(
    env: dict[str, str], is_tty: bool, verbose: bool, mode: Mode
) -> None:
    assert mode_for(Mode.AUTO, Screen(is_tty=is_tty), env, verbose=verbose) is mode
    assert mode_for(Mode.JSON, Screen(is_tty=is_tty), env, verbose=verbose) is Mode.JSON


@pytest.mark.parametrize(
    ("env", "is_tty", "mode"),
    [
        ({"TERM": "xterm", "NO_COLOR": "1", "CI": "1"}, True, Mode.LIVE),
        ({"TERM": "xterm"}, False, Mode.PLAIN),
        ({"TERM": "dumb"}, True, Mode.PLAIN),
    ],
)
def test_live_without_a_terminal_is_plain_and_says_so(
    env: dict[str, str], is_tty: bool, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen(is_tty=is_tty)
    assert mode_for(Mode.LIVE, screen, env, verbose=False) is mode
    monkeypatch.setattr("sys.stderr", screen)
    for name in ("TERM", "NO_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with progress_shown(Mode.LIVE, is_rehearsal=True) as progress:
        assert progress is not None
        progress.board.film, progress.board.rows = "harbour", {"dawn": Row("dawn", "trim")}
        progress.begun("dawn")
        progress.ended(StepReport("dawn", "trim", "ran"))
    assert (NOT_LIVE in screen.getvalue()) is (mode is Mode.PLAIN)
    assert ("dawn: done" in screen.getvalue()) is (mode is Mode.PLAIN)
    assert screen.getvalue()


@pytest.fixture
def board() -> RunBoard:
    board = RunBoard(ProcessClock(HandClock(), 0.0, lambda _: None))
    board.film = "harbour"
    board.rows = {name: Row(name, "edit", paid=True) for name in ("dawn", "dusk")}
    return board


def told(progress: RunProgress) -> None:
    """What a run of two steps tells."""
    with watched_by(progress):
        watch = run_watch()
        for name in ("dawn", "dusk"):
            watch.begun(name)
        progress.logged("dawn", logging.INFO, "dawn: accepted by fal as request 1", is_detail=False)
        progress.logged("dawn", logging.INFO, "dawn: fal says: hello", is_detail=True)
        watch.at_fal("dawn", ProgressAtFal("dawn", "drawing", percent=50.0))
        progress.logged("", logging.WARNING, "the store\nis slow", is_detail=False)
        watch.ended(StepReport("dawn", "edit", "ran", Decimal("0.84"), "1"))
        watch.ended(StepReport("dusk", "edit", "cached"))


def test_plain_lines_are_short(board: RunBoard) -> None:
    said = list[str]()
    plain = PlainLines(board, said.append)
    told(RunProgress(board, plain))
    assert [line.split("  ", 1)[1] for line in said] == [
        "dawn: accepted by fal as request 1\n",
        "warning: the store is slow\n",
        "dawn: done in 0 s, $0.840\n",
    ]
    board.rows["dusk"].report = None
    said.clear()
    plain.beat()
    assert said[0].endswith("1 of 2 steps are finished, $0.84 so far. dusk being sent to fal\n")


def test_where_no_step_runs_a_line_says_what_the_run_is_at(board: RunBoard) -> None:
    said = list[str]()
    plain = PlainLines(board, said.append)
    plain.beat()
    board.ended(StepReport("dawn", "edit", "ran", Decimal("0.84"), "1"))
    plain.beat()
    board.ended(StepReport("dusk", "edit", "cached"))
    plain.beat()
    assert [line.split("  ", 1)[1] for line in said] == [
        "Prefect is starting\n",
        "1 of 2 steps are finished, $0.84 so far. The next steps begin\n",
        "2 of 2 steps are finished, $0.84 so far. The film and its pages are written\n",
    ]


def test_after_the_last_line_of_a_run_there_is_no_other(board: RunBoard) -> None:
    said = list[str]()
    plain = PlainLines(board, said.append)
    progress = RunProgress(board, plain)
    with watched_by(progress):
        run_watch().ended(StepReport("dusk", "edit", "ran", Decimal("0.63"), "1"))
        run_watch().over()
    said.clear()
    plain.beat()
    assert said == []
    # After a person's answer the same run goes on, and finds what it bought before.
    board.is_over = False
    board.ended(StepReport("dusk", "edit", "cached"))
    plain.beat()
    assert "$0.63 so far" in said[0]


@pytest.mark.parametrize(("has_server", "said"), [
    (True, "Prefect's server is asked"),
    (False, "Prefect is starting"),
])  # fmt: skip
def test_only_a_server_that_is_started_is_said_to_start(has_server: bool, said: str) -> None:
    lines = list[str]()
    clock = ProcessClock(HandClock(), 0.0, lambda _: None)
    PlainLines(RunBoard(clock, has_server=has_server), lines.append).beat()
    assert said in lines[0]


def test_json_lines_are_one_object_each(board: RunBoard) -> None:
    said = list[str]()
    told(RunProgress(board, JsonLines(board, said.append)))
    events = [json.loads(line) for line in said]
    assert [one["event"] for one in events] == [
        *["begun"] * 2, "said", "said", "at_fal", "said", "ended", "ended",
    ]  # fmt: skip
    assert events[4] | {"at": ""} == {
        "at": "", "event": "at_fal", "step": "dawn", "job": "dawn", "state": "drawing",
        "queue_position": None, "percent": 50.0,
    }  # fmt: skip
    assert events[-2]["cost_usd"] == 0.84


def test_quiet_says_warnings_and_what_a_stop_does(board: RunBoard) -> None:
    said = list[str]()
    progress = RunProgress(board, Quiet(board, said.append))
    told(progress)
    assert said == ["warning: the store is slow\n"]
    board.rows["dusk"].report = None
    progress.stopping(True)
    assert said[1:] == ["dusk: being sent to fal; fal's answer is put on record first\n"]


def test_a_view_that_breaks_breaks_no_run(board: RunBoard) -> None:
    def broken(line: str) -> None:
        raise OSError("the terminal is gone")

    progress = RunProgress(board, JsonLines(board, broken))
    with watched_by(progress):
        run_watch().begun("dawn")
    assert board.rows["dawn"].state == "runs"


@pytest.mark.parametrize("presenter", [PlainLines, JsonLines, Quiet])
def test_that_nobody_was_asked_is_said_when_the_run_begins_to_buy(
    presenter: Callable[[RunBoard, Callable[[str], None]], Presenter], board: RunBoard
) -> None:
    said = list[str]()
    progress = RunProgress(board, presenter(board, said.append), "This run buys 2 shots")
    steps = """
film: {trim: {video: "https://host/a.mp4", seconds: 1}}
dawn: {edit: {video: $film, prompt: Dawn}}
dusk: {edit: {video: $film, prompt: Dusk}}
"""
    free = PlannedStep("film", "trim", "local", Decimal(0), 0)
    bought = [PlannedStep(name, "edit", "buy", Decimal("0.84"), 60) for name in ("dawn", "dusk")]
    progress.planned(graph_of(steps, Path()), Plan([free, *bought]), None)
    progress.begun("film")
    assert "This run buys" not in "".join(said)
    progress.begun("dawn")
    progress.begun("dusk")
    assert "".join(said).count("This run buys 2 shots") == 1


def test_prefects_thread_for_events_is_not_heard_when_the_process_ends() -> None:
    """Its logger has its class's name, and its line comes after the run."""
    board = RunBoard(ProcessClock(HandClock(), 0.0, lambda _: None))
    said, heard = list[str](), logging.StreamHandler(found := io.StringIO())
    logging.getLogger().addHandler(heard)
    try:
        with RunProgress(board, Quiet(board, said.append)).hearing_the_log():
            pass
        logging.getLogger(EventsWorker.__name__).warning("Still processing items: 2 items")
        assert (found.getvalue(), said) == ("", [])
    finally:
        logging.getLogger().removeHandler(heard)
