"""The live view of a run: what each step is at, in any size of terminal, by an injected clock."""

import io
from decimal import Decimal

import pytest
from rich.cells import cell_len
from rich.console import Console

from shotgraph.cli.live_view import LiveView, clock_words, lines_of
from shotgraph.cli.run_board import Row, RunBoard
from shotgraph.errors import Refused, Undecided
from shotgraph.money.budget import Budget
from shotgraph.money.job_progress import ProgressAtFal
from shotgraph.plan.budgets import AGREED_USD
from shotgraph.report import StepReport
from tests.machine.hand_clock import HandClock, ProcessClock


def clock(time: HandClock) -> ProcessClock:
    return ProcessClock(time, 0.0, lambda _: None)


@pytest.fixture
def time() -> HandClock:
    return HandClock()


@pytest.fixture
def board(time: HandClock) -> RunBoard:
    """A run of six steps: one there, one failed, one drawn, one in the queue, two that wait."""
    found = RunBoard(clock(time))
    found.film, found.wall = "harbour", Budget(name="budget_usd", limit_usd=Decimal(5))
    rows = [
        Row("opening", "trim"),
        Row("dawn", "edit", paid=True, most_usd=Decimal("0.84")),
        Row("dusk", "edit", paid=True, most_usd=Decimal("0.84")),
        Row("noon", "edit", paid=True, most_usd=Decimal("0.84")),
        Row("night_over_the_whole_of_the_harbour_town", "edit", before=("dawn",)),
        Row("film", "concat", before=("dawn", "dusk", "opening")),
    ]
    found.rows = {row.name: row for row in rows}
    found.ended(StepReport("opening", "trim", "cached"))
    for name in ("dawn", "dusk", "noon"):
        found.begun(name)
    error = Refused("noon was refused by the model (422 content_policy_violation)")
    found.ended(StepReport("noon", "edit", "failed", error=error))
    found.at_fal("dawn", ProgressAtFal("dawn", "drawing", percent=40.0, line="Step 12/30"))
    found.said("dawn", "dawn: fal says: Step 12/30")
    found.at_fal("dusk", ProgressAtFal("dusk", "queued", queue_position=3))
    time.passed_s = 75
    return found


def seen(board: RunBoard, width: int = 80, height: int = 24) -> str:
    return "\n".join(line.plain for line in lines_of(board, width, height))


def test_a_row_says_where_a_step_is_for_how_long_and_what_it_costs(board: RunBoard) -> None:
    shown = [" ".join(line.split()) for line in seen(board, 100).splitlines()]
    assert shown[0] == "harbour 1:15"
    assert shown[1] == "✓ 1 in the store"
    assert shown[2].startswith("✗ noon was refused by the model (422")
    assert shown[3].startswith("▸ dawn edit: being drawn, 40 %")
    assert shown[3].endswith("1:15 $0.84")
    assert shown[4] == "fal says: Step 12/30"
    assert shown[5] == "▸ dusk edit: in fal's queue, 3 ahead 1:15 $0.84"
    assert shown[7] == "film waits for dawn, dusk", "what is there is not waited for"
    assert shown[-1] == "$0 so far, at most $1.68 to come, of budget_usd $5.00"


def test_a_job_whose_status_cannot_be_read_is_not_said_to_be_sent(board: RunBoard) -> None:
    board.at_fal("dusk", ProgressAtFal("dusk", "accepted"))
    assert board.rows["dusk"].doing() == "accepted by fal"
    unread = "its status can't be read since 06:12:03 UTC (HTTP 502); asked for until 07:42 UTC"
    board.at_fal("dusk", ProgressAtFal("dusk", "accepted", unread=unread))
    assert board.rows["dusk"].doing() == f"accepted by fal; {unread}"
    assert board.rows["dusk"].is_at_fal
    board.at_fal("dusk", ProgressAtFal("dusk", "drawing"))
    assert board.rows["dusk"].doing() == "being drawn"


def test_a_budget_that_a_person_agreed_to_is_called_so(board: RunBoard) -> None:
    board.wall = Budget(name=AGREED_USD, limit_usd=Decimal("2.1"))
    assert seen(board).endswith(" to come, of the $2.10 that you agreed to")


@pytest.mark.parametrize("width", [40, 80, 140])
@pytest.mark.parametrize("height", [6, 10, 24])
def test_it_fits_every_terminal(board: RunBoard, width: int, height: int) -> None:
    board.rows["dawn"].line = "wide 映画 " * 40
    shown = seen(board, width, height).splitlines()
    assert max(map(cell_len, shown)) <= width
    assert len(shown) <= height
    assert "dawn" in seen(board, width, height)


@pytest.mark.parametrize("width", [20, 30, 40, 60, 79, 140])
@pytest.mark.parametrize("height", [6, 24])
def test_amounts_are_never_what_is_cut(board: RunBoard, width: int, height: int) -> None:
    board.is_rehearsal = True
    board.ended(StepReport("dusk", "edit", "ran", Decimal("1234.56")))
    shown = seen(board, width, height)
    assert max(map(cell_len, shown.splitlines())) <= width
    amounts = ["$1234.56 so far", "at most $0.84", "$5.00"]
    assert [one for one in amounts if one not in shown] == []
    drawn = [line for line in shown.splitlines() if " ▸ " in line]
    assert all(line.endswith("$0.84") for line in drawn)
    assert drawn or height < 24


def test_of_many_steps_those_that_run_come_first(time: HandClock) -> None:
    board = RunBoard(clock(time))
    board.rows = {f"s{n}": Row(f"s{n}", "edit", paid=True) for n in range(300)}
    for n in range(200, 205):
        board.begun(f"s{n}")
    shown = seen(board, 80, 20)
    assert all(f"▸ s{n}" in shown for n in range(200, 205))
    assert "more that wait" in shown
    assert len(shown.splitlines()) <= 20


def test_a_bar_is_drawn_where_there_is_room(board: RunBoard) -> None:
    assert "━━━━━━━━┄┄┄┄┄┄┄┄┄┄┄┄" in seen(board, 140)
    assert "━" not in seen(board, 80)


def test_it_says_what_a_stop_does_to_each_job(board: RunBoard) -> None:
    board.is_stopped_by("person")
    assert seen(board).startswith("harbour  is being stopped  1:15")
    assert board.being_stopped() == [
        "dawn: being drawn, 40 %; shotgraph is asking fal to cancel the job",
        "dusk: in fal's queue, 3 ahead; shotgraph is asking fal to cancel the job",
    ]
    board.is_stopped_by("machine")
    assert all(
        "the job continues at fal, and is on record" in line for line in board.being_stopped()
    )


def test_a_wait_for_a_person_is_no_failure(board: RunBoard) -> None:
    board.ended(StepReport("dusk", "approve", "failed", error=Undecided("dusk waits for a person")))
    (row,) = (line for line in seen(board).splitlines() if "dusk  " in line and "?" in line)
    assert row.split() == ["?", "dusk", "waits", "for", "a", "person"]


def test_what_others_say_commands_no_terminal(board: RunBoard) -> None:
    board.said("dawn", "dawn: \x1b[2J[red]\x07 forged\nline")
    assert "\x1b" not in seen(board)
    assert r"\x1b[2J[red]\x07 forged line" in seen(board)


def test_a_warning_stays_above_it_and_no_cursor_is_hidden(board: RunBoard) -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=80, height=24)
    with LiveView(board, console) as view:
        view.tell("warning: the store is slow")
        view.draw()
    shown = file.getvalue()
    assert "warning: the store is slow" in shown
    assert shown.index("warning: the store is slow") < shown.rindex("▸ dawn")


def test_clock_words() -> None:
    assert [clock_words(s) for s in (0.2, 75, 3723)] == ["0:00", "1:15", "1:02:03"]
