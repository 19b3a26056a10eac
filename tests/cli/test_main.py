"""How the command ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shotgraph.cli import main as command
from shotgraph.errors import Interrupted
from shotgraph.plan import Plan
from tests.cli.command import Desk, plain_env


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

    def app(*, standalone_mode: bool) -> None:
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
    def app(*, standalone_mode: bool) -> None:
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


STARTS_PREFECT = [["deploy", "none.yaml"], ["reconcile", "none"]]
ERRORS = [
    ["jobs"],
    ["run", "none.yaml"],
    ["plan", "none.yaml"],
    *(pytest.param(one, marks=pytest.mark.slow) for one in STARTS_PREFECT),
]


@pytest.mark.parametrize("words", ERRORS, ids=str)
def test_an_error_is_a_document_too(words: list[str], tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.write_text("a file in the way", encoding="utf-8")
    env = {**plain_env(tmp_path / "home"), "SHOTGRAPH_STORE": str(store)}
    ran = Desk(tmp_path, env).run(*words, "--json")
    assert ran.code != 0
    assert ran.json["error"]["message"] in ran.err


RUN: dict[str, object] = {
    "run_id": "",
    "status": "failed",
    "output": None,
    "steps": [],
    "cost_usd": 0,
    "film_cost_usd": None,
    "film_may_be_billed_usd": None,
}
PLAN = Plan([]).as_json()


@pytest.mark.parametrize(
    ("words", "fixed"),
    [
        (["run", "film.yaml", "--max-usd", "much"], RUN),
        (["run", "--max-usd", "1"], RUN),
        (["plan", "film.yaml", "--much"], PLAN),
        (["jobs", "--much"], {}),
        (["--much", "run"], {}),
    ],
)
def test_a_command_line_that_is_wrong_is_a_document_too(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    fixed: dict[str, object],
) -> None:
    monkeypatch.setattr(sys, "argv", ["shotgraph", *words, "--json"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    written = capsys.readouterr()
    document = json.loads(written.out)
    error = document["error"]
    assert (ended.value.code, error["code"]) == (2, "invalid_input")
    assert error["message"] in written.err
    assert "--m" in error["message"] or "FILE" in error["message"]
    assert fixed.items() <= document.items()
