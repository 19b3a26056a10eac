"""The terminal of these tests is like a person's, however the tests were started."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.cli.command import Desk
from tests.cli.terminal import CTRL_C, Terminal, at_terminal

ENDED_S = 300
WAITS = "import time; print('waits', flush=True); time.sleep(600)"


@pytest.fixture
def python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    """A desk at which the command is Python."""
    monkeypatch.setattr("tests.cli.terminal.COMMAND", sys.executable)
    return Desk(tmp_path, dict(os.environ))


def until_it_waits(terminal: Terminal) -> None:
    while "waits" not in terminal.said:
        time.sleep(0.01)


def test_ctrl_c_is_heard_also_of_tests_that_a_script_starts_by_an_ampersand(python: Desk) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with at_terminal(python, "-c", WAITS) as terminal:
            until_it_waits(terminal)
            terminal.press(CTRL_C)
            assert terminal.ended(ENDED_S) == -signal.SIGINT
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_runs_is_told_at_once_that_the_window_is_closed(python: Desk) -> None:
    with at_terminal(python, "-c", WAITS) as terminal:
        until_it_waits(terminal)
        terminal.close()
        assert terminal.ended(ENDED_S) == -signal.SIGHUP
