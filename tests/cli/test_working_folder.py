"""Nothing of the working directory is taken: what processes that we start see of it."""

import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shotgraph.cli.prefect_settings import check_prefect_settings
from shotgraph.cli.working_folder import child_env, elsewhere, leave_unread
from shotgraph.errors import InvalidInput
from shotgraph.model.file_memory import at_home, cache_folder, data_folder
from shotgraph.store import open_store
from tests.cli.command import COMMAND, plain_env


def test_a_python_that_we_start_finds_no_module_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('taken')")
    (tmp_path / "runpy.py").write_text("print('taken')")
    monkeypatch.chdir(tmp_path)
    for path in ("", os.pathsep, f".{os.pathsep}", f"{os.pathsep}/elsewhere"):
        monkeypatch.setenv("PYTHONPATH", path)
        command = [sys.executable, "-m", "platform"]
        said = subprocess.run(command, env=child_env(), capture_output=True, text=True, check=True)
        assert "taken" not in said.stdout
        assert child_env().get("PYTHONPATH", "/elsewhere") == "/elsewhere"


def test_only_whole_paths_stay_on_the_path_of_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(sys.path)
    monkeypatch.setattr(sys, "path", ["", ".", "src", *whole])
    leave_unread()
    assert sys.path == [entry for entry in whole if os.path.isabs(entry)]


def test_prefects_own_processes_are_in_an_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prefect.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", ".")
    script = "import os, sys; print(os.listdir(), [one for one in sys.path if one in ('', '.')])"
    with elsewhere():
        there = Path.cwd()
        said = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
    assert said.stdout.split("\n")[0] == "[] []"
    assert Path.cwd() == tmp_path
    assert os.environ["PYTHONPATH"] == "."
    assert not there.exists()


@pytest.mark.parametrize("command", [("doctor",), ("run", "film.yaml"), ("plan", "film.yaml")])
def test_a_working_directory_that_was_removed_is_said(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    script = f"import os; os.rmdir(os.getcwd()); os.execv('{COMMAND}', ['shotgraph', *{command!r}])"
    (tmp_path / "gone").mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path / "gone",
        env=plain_env(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "the working directory can't be used: No such file or directory. Nothing" in ran.stderr


@pytest.mark.parametrize("folder", [data_folder, cache_folder])
def test_a_user_without_a_home_folder_is_told(
    folder: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    with pytest.raises(InvalidInput, match=r"home folder of .* is not known.*Set HOME or XDG_"):
        folder()


def test_a_home_folder_that_is_not_known_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert at_home("~/films", "--out") == Path.home() / "films"
    said = "is ~nobody-here/x, and the home folder of that user is not known here. Nothing was sent"
    with pytest.raises(InvalidInput, match=f"the store {said}"):
        open_store("~nobody-here/x")
    for name in ("PREFECT_PROFILES_PATH", "PREFECT_HOME"):
        monkeypatch.setenv(name, "~nobody-here/x")
        with pytest.raises(InvalidInput, match=f"{name} {said}"):
            check_prefect_settings()
        monkeypatch.delenv(name)
