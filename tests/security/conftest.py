"""What the attacks share: their mark, and their figures."""

from pathlib import Path

import pytest

from tests.figures import Board, Count

# The rows of SECURITY.md; a module says which it is about as KIND.
BOARD = Board(
    "attacks",
    {
        14: "no secret leaves",
        15: "no forbidden connection",
        16: "no path escapes",
        17: "hostile YAML is cheap",
        18: "nothing in a file is code",
        19: "hostile media are contained",
        20: "poisoned results do not run",
        21: "bombs stop early",
        22: "what is installed is what was locked",
        23: "text from outside is data",
        24: "a film's folder configures nothing and runs no code",
        25: "no page and no other user reads saved keys",
        26: "our servers refuse foreign pages and garbage",
        27: "no token goes to another host",
        28: "records are bounded and strict",
        29: "full disks and closed streams end as they should",
        30: "no random input breaks a reader",
    },
    {
        14: {"hits": 0},
        15: {"let through": 0, "connections": 0},
        16: {"shown": 0, "taken": 0, "written through": 0, "read through": 0},
        17: {"accepted": 0, "longest ms": 50, "most MiB": 20},
        18: {"evaluated": 0},
        19: {"connections": 0, "secrets read": 0, "wrong": 0, "most MB": 400},
        20: {"executions": 0},
        21: {"most MiB": 64},
        22: {"without a hash": 0},
        23: {"signs let through": 0},
        24: {"programs run": 0},
        25: {"keys read": 0, "read in chromium": 0},
        26: {"obeyed": 0, "not 4xx": 0, "let in": 0},
        27: {"heard elsewhere": 0, "tokens elsewhere": 0},
        28: {"most MiB": 64},
        29: {"tracebacks": 0, "silent": 0},
    },
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder; each has a worker to itself, but for those of one server."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.security)
            if item.path.stem != "test_embedded_server":
                item.add_marker(pytest.mark.xdist_group(item.name))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where the whole of this folder was to run, and a row has no figures."""
    BOARD.fail_if_incomplete(session, Path(__file__).parent)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each kind, if any of them was tried."""
    BOARD.print(terminalreporter)


@pytest.fixture
def count(request: pytest.FixtureRequest, record_property: Count) -> Count:
    """Count for the kind that the test's module is about."""
    return BOARD.count(request, record_property)
