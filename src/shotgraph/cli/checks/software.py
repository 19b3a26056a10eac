"""Python, the packages, ffmpeg, and whether a clip can be cut with them."""

import asyncio
import platform
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from importlib.resources import as_file, files
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from shotgraph.cli.checks.finding import Finding
from shotgraph.errors import MediaError

_TOLD = ("shotgraph", "prefect", "fal-client", "av")
# Prefect's bounds are looked at too: with another FastAPI its server has failed to start.
_BOUNDING = ("shotgraph", "prefect")
_CUT_S = Fraction(1, 5)


def python() -> Finding:
    """Compare Python with the versions that shotgraph declares."""
    found = platform.python_version()
    allowed = SpecifierSet(metadata("shotgraph")["Requires-Python"])
    if allowed.contains(found, prereleases=True):
        return Finding("Python", "ok", found)
    return Finding("Python", "problem", f"{found}; allowed: {allowed}", "make setup PYTHON=…")


def packages() -> Finding:
    """Compare the installed packages with the bounds of shotgraph and of Prefect."""
    said = ", ".join(f"{name} {_installed(name) or 'is missing'}" for name in _TOLD)
    wrong = list(_out_of_bounds())
    if not wrong:
        return Finding("Packages", "ok", said)
    problems = [
        f"{owner} needs {needed}, and {_installed(needed.name) or 'none'} is installed"
        for owner, needed in wrong
    ]
    wanted = " ".join(f"'{needed.name}{needed.specifier}'" for _, needed in wrong)
    return Finding("Packages", "problem", "; ".join([said, *problems]), f"pip install {wanted}")


def _out_of_bounds() -> Iterator[tuple[str, Requirement]]:
    for owner in _BOUNDING:
        for text in requires(owner) or () if _installed(owner) else ():
            needed = Requirement(text)
            if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
                continue
            found = _installed(needed.name)
            if found is None or not needed.specifier.contains(found, prereleases=True):
                yield owner, needed


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


async def clips() -> Finding:
    """Cut a clip of the package's own: PyAV opens it, ffmpeg cuts it, and PyAV reads the part."""
    try:
        from shotgraph.media.trim import trim

        with (
            as_file(files("shotgraph") / "examples" / "clips" / "harbour.mp4") as clip,
            tempfile.TemporaryDirectory() as folder,
        ):
            await trim(clip, Path(folder) / "part.mp4", start=Fraction(0), seconds=_CUT_S)
    except Exception as error:  # whatever it is, no film can be made
        return Finding(
            "Clips",
            "problem",
            f"a clip could not be cut: {type(error).__name__}: {error}",
            "install the versions of constraints.txt: make setup",
        )
    return Finding("Clips", "ok", "a clip was opened, cut and checked")


async def ffmpeg() -> Finding:
    """Look for an ffmpeg that has all that films need."""
    from shotgraph.media.binary import OLDEST, find_ffmpeg

    try:
        found = await asyncio.to_thread(find_ffmpeg)
    except MediaError as error:
        return Finding(
            "ffmpeg",
            "problem",
            error.message,
            f"install ffmpeg {OLDEST} or newer (apt-get install ffmpeg), or name one in "
            "SHOTGRAPH_FFMPEG",
        )
    return Finding("ffmpeg", "ok", f"{found.version}, at {found.path}")
