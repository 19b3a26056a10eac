"""The lock: constraints.txt can be installed on every Python and system that we name."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DECLARED = [Requirement(text) for text in PROJECT["dependencies"]]
SIGNING = [Requirement(text) for text in PROJECT["optional-dependencies"]["c2pa"]]
PYTHONS = [
    name.removeprefix("Programming Language :: Python :: ")
    for name in PROJECT["classifiers"]
    if name.startswith("Programming Language :: Python :: ")
]
# glibc 2.28 is that of Debian 10 and RHEL 8; PyAV's wheels for Apple silicon begin with macOS 14.
SYSTEMS = ["x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin"]
# The package that brings a module whose name is not its own.
PACKAGES = {
    "c2pa": "c2pa-python",
    "yaml": "pyyaml",
    "PIL": "pillow",
    "ffmpeg": "ffmpeg-python",
    "opentelemetry": "opentelemetry-api",
    "pydantic_core": "pydantic",
}


def pinned() -> list[Requirement]:
    text = (ROOT / "constraints.txt").read_text().replace("\\\n", " ")
    return [Requirement(line.partition(" --hash")[0]) for line in text.splitlines()]


def test_the_pythons_are_those_that_it_requires() -> None:
    allowed = SpecifierSet(PROJECT["requires-python"])
    assert PYTHONS == ["3.11", "3.12", "3.13", "3.14"]
    assert [f"3.{minor}" for minor in range(30) if allowed.contains(f"3.{minor}.0")] == PYTHONS


def test_every_dependency_has_an_upper_bound() -> None:
    for needed in [*DECLARED, *SIGNING]:
        bounds = {one.operator for one in needed.specifier}
        assert bounds & {"<", "=="}, needed


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_pinned_is_within_the_bounds(python: str) -> None:
    environment = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    pins = {
        canonicalize_name(pin.name): next(iter(pin.specifier)).version
        for pin in pinned()
        if pin.marker is None or pin.marker.evaluate(environment)
    }
    development = [Requirement(text) for text in PROJECT["optional-dependencies"]["dev"]]
    for needed in [*DECLARED, *SIGNING, *development]:
        if needed.marker is None or needed.marker.evaluate(environment):
            assert needed.specifier.contains(pins[canonicalize_name(needed.name)]), needed


def test_what_is_imported_is_declared() -> None:
    declared = {canonicalize_name(needed.name) for needed in [*DECLARED, *SIGNING]}
    imported = {"shotgraph": "shotgraph"} | {
        name.partition(".")[0]: str(file.relative_to(ROOT))
        for folder in ("src/shotgraph", "flows", "tasks", "blocks")
        for file in (ROOT / folder).rglob("*.py")
        if "examples" not in file.parts
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _named(node)
    }
    undeclared = {
        name: where
        for name, where in imported.items()
        if name not in sys.stdlib_module_names and name != "shotgraph"
        if canonicalize_name(PACKAGES.get(name, name)) not in declared
    }
    assert not undeclared


def _named(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module]
    return []


def test_the_image_has_a_python_that_the_tests_run_on() -> None:
    dockerfile = (ROOT / "deployments/Dockerfile").read_text()
    images = re.findall(r"^ARG PYTHON_IMAGE=python:(\d+\.\d+)-", dockerfile, re.MULTILINE)
    assert images
    assert set(images) <= {"3.11", "3.12", "3.13"}


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_every_package_has_a_wheel(python: str, system: str, tmp_path: Path) -> None:
    """Nothing is downloaded; it is the one check of 3.14 where that Python is not there."""
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--quiet", "--no-build"),
            *("--no-deps", "--require-hashes", "--requirements", str(ROOT / "constraints.txt")),
            *("--python-version", python, "--python-platform", system),
            *("--target", str(tmp_path / "nowhere")),
        ],
        env={**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
