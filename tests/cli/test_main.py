"""How the command ends."""

import os
import subprocess
import sys

import pytest

from shotgraph.cli import main as command
from shotgraph.errors import Interrupted


class Ended(Exception):
    """The process was ended without Python's own end."""


@pytest.mark.parametrize("error", [Interrupted("stopped"), SystemExit(130)])
def test_what_was_stopped_does_not_wait_for_pythons_own_end(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], error: BaseException
) -> None:
    codes: list[int] = []

    def ends(code: int) -> None:
        codes.append(code)
        raise Ended

    def app() -> None:
        sys.stdout.write("the report")
        raise error

    monkeypatch.setattr(os, "_exit", ends)
    monkeypatch.setattr(command, "app", app)
    with pytest.raises(Ended):
        command.main()
    assert codes == [130]
    assert capfd.readouterr().out == "the report", "what was written is not lost"


@pytest.mark.parametrize("code", [0, 2])
def test_what_was_not_stopped_ends_as_python_does(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def app() -> None:
        raise SystemExit(code)

    monkeypatch.setattr(command, "app", app)
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == code


def test_the_help_needs_no_library_but_that_of_the_command_line() -> None:
    heavy = ("pydantic", "av", "PIL", "httpx", "jinja2", "obstore", "prefect")
    code = f"import sys, shotgraph.cli.main; print([one for one in {heavy} if one in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ended.stdout.strip() == "[]"
