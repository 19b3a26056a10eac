"""The reference says what the code says."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .pages import ROOT

SCRIPT = ROOT / "docs/generate_reference.py"
REFERENCE = ROOT / "docs/reference"
_VARIABLE = re.compile(r"\bSHOTGRAPH_[A-Z][A-Z_]*[A-Z]\b")


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), "--check", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_it_is_as_the_code_says() -> None:
    checked = check(REFERENCE)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.slow
def test_a_page_that_is_stale_missing_or_unknown_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(REFERENCE, folder)
    changed = folder / "errors.md"
    changed.write_text(changed.read_text().replace("| 5 |", "| 6 |", 1))
    (folder / "failpoints.md").unlink()
    (folder / "left-over.md").touch()
    checked = check(folder)
    assert checked.returncode == 1
    assert re.findall(r"([a-z-]+\.md) is stale", checked.stderr) == [
        "errors.md",
        "failpoints.md",
        "left-over.md",
    ]


def test_every_variable_in_the_code_is_in_it() -> None:
    folders = ("src/shotgraph", "flows", "tasks", "blocks")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    named = {name for file in files for name in _VARIABLE.findall(file.read_text())}
    page = (REFERENCE / "environment.md").read_text()
    assert named
    assert sorted(name for name in named if f"`{name}`" not in page) == []
