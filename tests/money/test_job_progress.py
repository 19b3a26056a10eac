"""What is said of a job while fal has it: each change that is worth reading, once."""

from datetime import timedelta

import pytest
from fal_client import Completed, InProgress, Queued

from shotgraph.money.job_progress import LINE_CHARS, MOST_LINES, JobProgress, ProgressAtFal
from tests.money.clocks import SteppingClock


class Heard:
    """What one job's news said and showed."""

    def __init__(self, clock: SteppingClock) -> None:
        self.said: list[str] = []
        self.shown: list[ProgressAtFal] = []
        self.progress = JobProgress("dusk", self.said.append, self.shown.append, clock)
        self._log: list[str] = []

    def log(self, *lines: str, done: bool = False) -> None:
        """Read a status with the whole log, as fal sends it."""
        self._log += lines
        logs = [{"message": line} for line in self._log]
        status = Completed(logs=logs, metrics={}) if done else InProgress(logs=logs)
        self.progress.read(status)

    @property
    def fal_said(self) -> list[str]:
        """What was said in fal's own words."""
        start = "dusk: fal says: "
        return [line.removeprefix(start) for line in self.said if line.startswith(start)]


@pytest.fixture
def heard(clock: SteppingClock) -> Heard:
    return Heard(clock)


def test_a_drawing_says_each_quarter_and_shows_each_step(heard: Heard) -> None:
    heard.log("Runner is ready")
    for percent in range(101):
        heard.log(f"Drawn {percent} %")
    heard.log("Done", done=True)
    assert heard.said[0] == "dusk: being drawn"
    quarters = [f"Drawn {percent} %" for percent in (0, 25, 50, 75, 100)]
    assert heard.fal_said == ["Runner is ready", *quarters, "Done"]
    shown = [one.percent for one in heard.shown]
    assert shown == [None, *range(101), 100]
    assert [one.state for one in heard.shown] == ["drawing"] * 102 + ["done"]


def test_of_several_at_once_the_last_is_said(heard: Heard) -> None:
    heard.log("Drawn 0 %", "Drawn 40 %", "Drawn 80 %")
    assert heard.fal_said == ["Drawn 80 %"]
    assert heard.shown[-1].percent == 80


@pytest.mark.parametrize(
    ("line", "percent"),
    [
        ("Drawn 18 %", 18),
        (" 34%|███▍      | 17/50 [00:03<00:06,  5.11it/s]", 34),
        ("step 3/50", 6),
        ("99.5% done", 99.5),
        ("sampling 50/50", 100),
        ("cost 250%", None),
        ("Fetching 3 files", None),
        ("frame 7/0", None),
        ("12/3", None),
        ("at 1.5/2", None),
    ],
)
def test_percents_are_found(heard: Heard, line: str, percent: float | None) -> None:
    heard.log(line)
    assert heard.shown[-1].percent == percent


def test_a_bar_that_moves_is_not_a_flood(heard: Heard) -> None:
    for number in range(1, 51):
        bar = "█" * (number // 5)
        heard.log(f"{2 * number}%|{bar:<10}| {number}/50 [00:{number:02}<00:06, 5.1it/s]")
    assert len(heard.fal_said) == 5


def test_lines_that_differ_in_their_numbers_come_once_a_minute(
    heard: Heard, clock: SteppingClock
) -> None:
    for number in range(10):
        heard.log(f"Waiting for a machine, {number} s so far")
    assert len(heard.fal_said) == 1
    clock.pass_by(61)
    heard.log("Waiting for a machine, 61 s so far")
    assert heard.fal_said[-1] == "Waiting for a machine, 61 s so far"
    heard.log("Another thing")
    assert len(heard.fal_said) == 3


def test_a_model_that_talks_without_end_is_cut_short(heard: Heard) -> None:
    words = [f"{chr(97 + a)}{chr(97 + b)} happened" for a in range(26) for b in range(26)]
    heard.log(*words)
    assert len(heard.fal_said) == MOST_LINES
    assert "they are not shown here" in heard.said[-1]
    heard.log("zzz happened")
    assert len(heard.fal_said) == MOST_LINES


def test_the_queue_is_said_when_it_moves(heard: Heard) -> None:
    for position in (500, 499, 498, 440, 12, 10, 10, 9, 0, 3):
        heard.progress.read(Queued(position=position))
    places = [int(line.split()[-2]) for line in heard.said]
    assert places == [500, 440, 12, 10, 9, 0, 3]
    assert [one.queue_position for one in heard.shown] == [500, 499, 498, 440, 12, 10, 9, 0, 3]


def test_a_line_can_not_command_a_terminal(heard: Heard) -> None:
    heard.log("\x1b[2J\x1b]0;title\x07red\r\nnext line" + "x" * 1000)
    (line,) = heard.fal_said
    assert line.isprintable()
    assert len(line) <= LINE_CHARS


def test_a_status_that_could_not_be_had_is_said_once(heard: Heard) -> None:
    for _ in range(3):
        heard.progress.read(None)
    assert heard.said == ["dusk: fal did not answer the question about the status; asking again"]
    assert heard.shown == []


def test_a_job_whose_status_cannot_be_read_was_accepted(clock: SteppingClock) -> None:
    shown: list[ProgressAtFal] = []
    progress = JobProgress("dusk", lambda _: None, shown.append, clock, followed_s=5400)
    progress.accepted()
    assert [one.state for one in shown] == ["accepted"]
    since, until = clock.now(), clock.now() + timedelta(seconds=5400)
    progress.read(None, "HTTP 502: a body that fal does not document")
    assert shown[-1].state == "accepted"
    assert shown[-1].unread == (
        f"its status can't be read since {since:%H:%M:%S} UTC (HTTP 502: a body that fal does not "
        f"document); shotgraph asks for it until {until:%H:%M} UTC"
    )
    progress.read(InProgress(logs=None))
    assert [(one.state, one.unread) for one in shown[2:]] == [("drawing", "")]
    progress.read(None, "HTTP 500: no")
    assert "(HTTP 500: no)" in shown[-1].unread
