"""The shape of the project, as far as others rely on it."""

import ast
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import shotgraph
import shotgraph.blocks
import shotgraph.flows
import shotgraph.tasks

ROOT = Path(__file__).parents[1]
SOURCE_FOLDERS = ("src/shotgraph", "flows", "tasks", "blocks")
MOST_LINES = 400
MOST_SMALL_FILES = 31
MOST_LINES_OF_A_FUNCTION = 60


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def sources() -> list[Path]:
    files = [file for folder in SOURCE_FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    # Python's rglob does not follow links, so each file comes once, under its real folder.
    assert len({file.resolve() for file in files}) == len(files)
    return files


@pytest.mark.parametrize("name", ["flows", "tasks", "blocks"])
def test_root_folders_are_imported_under_one_name(name: str) -> None:
    module = __import__(f"shotgraph.{name}", fromlist=["__file__"])
    assert Path(str(module.__file__)).resolve().parent == ROOT / name
    link = ROOT / "src/shotgraph" / name
    assert link.is_symlink()
    assert str(link.readlink()) == f"../../{name}"


def test_the_readme_and_the_licence_are_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "Apache-2.0"
    for file in (project["readme"], *project["license-files"], "CHANGELOG.md", "SECURITY.md"):
        assert (ROOT / file).stat().st_size > 0, file


def test_files_and_functions_stay_readable() -> None:
    long_files, long_functions, lengths = [], [], []
    for file in sources():
        text = file.read_text()
        lines = len(text.splitlines())
        lengths.append(lines)
        if lines > MOST_LINES:
            long_files.append((file, lines))
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                # A flow's docstring is what its form says of each parameter.
                told = len((ast.get_docstring(node, clean=False) or "").splitlines())
                size = (node.end_lineno or 0) - node.lineno + 1 - told
                if size > MOST_LINES_OF_A_FUNCTION:
                    long_functions.append((file, node.name, size))
    assert not long_files
    assert not long_functions
    assert sorted(lengths)[len(lengths) // 2] <= 200
    # A concept that somebody would look for, and not a function in a file of its own.
    assert sum(5 < lines < 60 for lines in lengths) <= MOST_SMALL_FILES


def test_no_two_modules_or_public_classes_have_one_name() -> None:
    modules, classes = Counter[str](), Counter[str]()
    for file in sources():
        if "examples" in file.parts:
            continue
        modules[file.stem] += file.stem != "__init__"
        classes.update(
            node.name
            for node in parsed(file).body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        )
    assert [name for name, times in (modules + classes).items() if times > 1] == []


def test_every_file_that_a_package_lists_is_there() -> None:
    listed, missing = 0, []
    for file in sources():
        if file.name != "__init__.py":
            continue
        docstring = ast.get_docstring(parsed(file)) or ""
        for line in re.findall(r"^\* ([a-z0-9_, ]+):", docstring, re.MULTILINE):
            for name in line.split(", "):
                listed += 1
                if not (file.parent / name).is_dir() and not (file.parent / f"{name}.py").is_file():
                    missing.append(f"{file.parent.relative_to(ROOT)}: {name}")
    assert missing == []
    assert listed > 100


def test_nothing_evaluates_or_pickles() -> None:
    found = []
    for file in sources():
        for node in ast.walk(parsed(file)):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id in ("eval", "exec", "compile"):
                found.append((file, called.lineno, called.id))
            if isinstance(node, ast.keyword) and node.arg == "shell":
                found.append((file, node.value.lineno, "shell"))
    assert not found


def _files_of_the_project() -> Iterator[Path]:
    """Every file but those below hidden folders, such as environments. CI is one of ours."""
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name == ".ci" or not name.startswith(".")]
        below[:] = [name for name in below if name not in ("node_modules", "__pycache__")]
        files = (Path(folder, name) for name in names if not name.startswith("."))
        yield from (one for one in files if one.is_file() and one.stat().st_size < 2_000_000)


def test_no_registry_host_is_named() -> None:
    pairs = ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com")
    hosts = [".".join(pair) for pair in (*pairs, ("debian", "org"))]
    named = [
        (file, host)
        for file in _files_of_the_project()
        for host in hosts
        if host in file.read_text(errors="ignore")
    ]
    assert not named


def test_the_lock_pins_every_package_with_hashes() -> None:
    text = (ROOT / "constraints.txt").read_text().replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(entries) > 100
    assert all("==" in line and "--hash=sha256:" in line for line in entries)
    assert "://" not in text


def test_the_version_is_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert shotgraph.__version__ == project["version"]
