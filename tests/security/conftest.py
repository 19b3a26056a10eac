"""What the attacks share: their mark, and their figures."""

from pathlib import Path

import pytest

from tests.figures import Board, Count

# By the points of SECURITY.md; a module says which it is about as KIND.
BOARD = Board(
    "attacks",
    {
        1: "a film's folder configures nothing and runs no code",
        2: "no page and no other user reads saved keys",
        3: "no secret leaves",
        4: "text from outside is data",
        5: "replies stop early",
        6: "media are looked at in a child, within bounds",
        7: "no forbidden connection",
        8: "no path escapes",
        9: "our servers refuse foreign pages and garbage",
        10: "no token goes to another host",
        11: "records are bounded and strict",
        12: "full disks, closed pipes and signals end as they should",
        13: "no random input breaks a reader",
    },
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.security)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each kind, if any of them was tried."""
    BOARD.print(terminalreporter)


@pytest.fixture
def count(request: pytest.FixtureRequest, record_property: Count) -> Count:
    """Count for the kind that the test's module is about."""
    return BOARD.count(request, record_property)
