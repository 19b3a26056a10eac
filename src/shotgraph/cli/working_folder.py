"""Keep Prefect and Python from reading the working directory.

A film's folder often comes from somebody else, and users run the command in it. Prefect takes
settings from three files in the working directory, and one of its settings names a logging
configuration, which can start any program. Python looks for modules there, too, if ``sys.path``
has a relative entry.
"""

import importlib.abc
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from shotgraph.errors import InvalidInput

_SOURCES = "prefect.settings.sources"
_READ_BYTES = 1 << 20
_CONFIGURING = {
    ".env": re.compile(rb"^\s*(export\s+)?PREFECT_", re.MULTILINE | re.IGNORECASE),
    "prefect.toml": re.compile(rb""),
    "pyproject.toml": re.compile(rb"tool\b.{0,9}\bprefect\b"),
}
"""The files that Prefect reads in the working directory, with a pattern for Prefect's settings."""


def check_working_folder(arguments: Sequence[str]) -> None:
    """Check that the working directory still exists; help and the version need none.

    Raises:
        InvalidInput: It was removed, or it is not readable.
    """
    try:
        os.getcwd()
    except OSError as error:
        if {"--help", "--version"}.intersection(arguments):
            return
        raise InvalidInput(
            f"the working directory can't be used: {error.strerror}. Nothing was started or sent. "
            "Go to another folder (cd), and run again"
        ) from None


def leave_unread(say: Callable[[str], object] | None = None) -> None:
    """Have neither Prefect nor Python read anything from the working directory, from now on.

    Args:
        say: Called once, when Prefect is loaded, with a warning about ignored files.
    """
    sys.path[:] = [entry for entry in sys.path if os.path.isabs(entry)]
    if _SOURCES in sys.modules:
        _close(sys.modules[_SOURCES])
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(say))


def child_env() -> dict[str, str]:
    """The environment for a Python child: it finds no module in the working directory."""
    found = {**os.environ, "PYTHONSAFEPATH": "1"}
    entries = [one for one in found.pop("PYTHONPATH", "").split(os.pathsep) if os.path.isabs(one)]
    return {**found, **({"PYTHONPATH": os.pathsep.join(entries)} if entries else {})}


@contextmanager
def elsewhere() -> Iterator[None]:
    """Change to an empty folder, for processes that Prefect starts: they read their own folder."""
    before, env = Path.cwd(), dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="shotgraph-serving-") as empty:
        _be_environment(child_env())
        os.chdir(empty)
        try:
            yield
        finally:
            os.chdir(before)
            _be_environment(env)


def _be_environment(env: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(env)


class _Finder(importlib.abc.MetaPathFinder):
    """Closes Prefect's settings sources as soon as they are loaded, before their first use.

    Later would be too late: Prefect sets up its logging while it is imported.
    """

    def __init__(self, say: Callable[[str], object] | None) -> None:
        self._say = say

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find only that module; other finders find all others."""
        if name != _SOURCES:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(name, spec.origin)
            if self._say is not None and (passed_over := _configuring()):
                self._say(_said(passed_over))
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        _close(module)


def _close(sources: ModuleType) -> None:
    """Take the files of the working directory from Prefect's settings sources.

    The environment and the user's profile remain.
    """
    dotenv = sources.FilteredDotEnvSettingsSource
    as_it_was = dotenv.__init__

    def without_file(self: object, settings_cls: object, *_: object, **options: Any) -> None:
        as_it_was(self, settings_cls, **{**options, "env_file": None})

    _replace(dotenv, "__init__", without_file)
    _replace(sources.TomlConfigSettingsSourceBase, "_read_files", lambda *_, **__: {})
    # Prefect finds the path of the profiles before it has settings, in the same three files.
    _replace(sources, "dotenv", SimpleNamespace(dotenv_values=lambda *_, **__: {}))
    _replace(sources, "_get_profiles_path_from_toml", lambda *_, **__: None)


def _replace(owner: Any, name: str, by: object) -> None:
    if not hasattr(owner, name):  # such a Prefect may read the files elsewhere: refuse it
        raise RuntimeError(f"this Prefect has no {name}: it may read the working directory")
    setattr(owner, name, by)


def _configuring() -> list[str]:
    """The files in the working directory with settings for Prefect."""
    found = []
    for name, pattern in _CONFIGURING.items():
        try:
            if Path(name).is_file():  # a pipe or a device would not end
                with Path(name).open("rb") as file:
                    found += [name] if pattern.search(file.read(_READ_BYTES)) else []
        except OSError:
            continue
    return found


def _said(names: Sequence[str]) -> str:
    return (
        f"Prefect's settings in {', '.join(names)} of this folder were ignored, because a film's "
        "folder can't change settings. If the settings are your own: prefect config set "
        "NAME=VALUE, or "
        "export NAME=VALUE"
    )
