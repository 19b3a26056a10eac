"""The checks of ``shotgraph doctor`` that need no Prefect: packages, ffmpeg, the store."""

import asyncio
import os
import platform
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Literal, TypeAlias

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from shotgraph.errors import MediaError, ShotgraphError
from shotgraph.model.file_memory import data_folder
from shotgraph.store import Store, open_store

Status: TypeAlias = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class CheckResult:
    """The result of one check.

    Attributes:
        about: The subject of the check.
        status: ok; note: films can be made, but the user may want to know; problem: they can't.
        said: The finding; never a secret.
        mend: The command or action that solves the problem; empty if there is none to solve.
    """

    about: str
    status: Status
    said: str
    mend: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the result in the form of ``doctor --json``."""
        return {**asdict(self), "mend": self.mend or None}


_TOLD = ("shotgraph", "prefect", "fal-client", "av")
# Prefect's bounds are checked too: with another version of FastAPI its server didn't start.
_BOUNDING = ("shotgraph", "prefect")
_CUT_S = Fraction(1, 5)


def python() -> CheckResult:
    """Compare Python with the versions that shotgraph declares."""
    found = platform.python_version()
    allowed = SpecifierSet(metadata("shotgraph")["Requires-Python"])
    if allowed.contains(found, prereleases=True):
        return CheckResult("Python", "ok", found)
    return CheckResult("Python", "problem", f"{found}; allowed: {allowed}", "make setup PYTHON=…")


def packages() -> CheckResult:
    """Compare the installed packages with the bounds of shotgraph and of Prefect."""
    said = ", ".join(f"{name} {_installed(name) or 'is missing'}" for name in _TOLD)
    wrong = list(_out_of_bounds())
    if not wrong:
        return CheckResult("Packages", "ok", said)
    problems = [
        f"{owner} needs {needed}, and {_installed(needed.name) or 'none'} is installed"
        for owner, needed in wrong
    ]
    wanted = " ".join(f"'{needed.name}{needed.specifier}'" for _, needed in wrong)
    return CheckResult("Packages", "problem", "; ".join([said, *problems]), f"pip install {wanted}")


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


async def clips() -> CheckResult:
    """Cut a clip of the package: PyAV opens it, ffmpeg cuts it, and PyAV reads the part."""
    try:
        from shotgraph.media.trim import trim

        with (
            as_file(files("shotgraph") / "examples" / "clips" / "harbour.mp4") as clip,
            tempfile.TemporaryDirectory() as folder,
        ):
            await trim(clip, Path(folder) / "part.mp4", start=Fraction(0), seconds=_CUT_S)
    except Exception as error:  # whatever the error is, no film can be made
        return CheckResult(
            "Clips",
            "problem",
            f"a clip could not be cut: {type(error).__name__}: {error}",
            "install the versions of constraints.txt: make setup",
        )
    return CheckResult("Clips", "ok", "a clip was opened, cut and checked")


async def ffmpeg() -> CheckResult:
    """Look for an ffmpeg with everything that films need."""
    from shotgraph.media.binary import OLDEST, find_ffmpeg

    try:
        found = await asyncio.to_thread(find_ffmpeg)
    except MediaError as error:
        return CheckResult(
            "ffmpeg",
            "problem",
            error.message,
            f"install ffmpeg {OLDEST} or newer (apt-get install ffmpeg), or name one in "
            "SHOTGRAPH_FFMPEG",
        )
    return CheckResult("ffmpeg", "ok", f"{found.version}, at {found.path}")


RACERS = 8
LEAST_FREE_BYTES, TOO_LITTLE_BYTES = 2 * 10**9, 10**8
_ABOUT = "Store"


async def store(location: str) -> list[CheckResult]:
    """Write to the store, concurrently and then once more under the same name; check free space."""
    try:
        opened = open_store(location)
        found = [await _puts_once(opened)]
    except ShotgraphError as error:
        mend = "export SHOTGRAPH_STORE=/a/folder, or s3://a-bucket with its keys"
        return [CheckResult(_ABOUT, "problem", error.message, mend)]
    return found + _room(opened)


async def _puts_once(opened: Store) -> CheckResult:
    # Purchases depend on this: of several concurrent writers, exactly one wins.
    name = f"doctor/{secrets.token_hex(8)}.json"
    values = [str(number).encode() for number in range(RACERS)]
    try:
        won = await asyncio.gather(*(opened.records.put_if_absent(name, value) for value in values))
        late = await opened.records.put_if_absent(name, b"late")
        kept = await opened.records.get(name)
    finally:
        await opened.records.remove([name])
    right = [value for value, first in zip(values, won, strict=True) if first] == [kept]
    if right and not late:
        found = f"{opened.location}, written to; of {RACERS} writers at once, one won"
        return CheckResult(_ABOUT, "ok", found)
    return CheckResult(
        _ABOUT,
        "problem",
        f"{opened.location} is not safe: of {RACERS} writers of one record at the same time, "
        f"{sum(won)} won, and one should. In such a store a job can be bought twice",
        "use a folder on a local disk, or a bucket that honours If-None-Match",
    )


def _room(opened: Store) -> list[CheckResult]:
    if opened.folder is None:
        return []
    free = shutil.disk_usage(opened.folder).free
    said = f"{free / 1e9:.1f} GB free" if free >= 10**8 else f"{free / 1e6:.1f} MB free"
    if free >= LEAST_FREE_BYTES:
        return [CheckResult("Disk", "ok", said)]
    if free < TOO_LITTLE_BYTES:
        found = f"{said} at {opened.folder}: no clip of a usual size can be kept"
        return [CheckResult("Disk", "problem", found, "shotgraph purge --dry-run")]
    return [CheckResult("Disk", "note", f"{said} at {opened.folder}", "shotgraph purge --dry-run")]


def films_folders() -> list[CheckResult]:
    """Try to write where films go: for deployments, and for runs from here. Nothing is left."""
    deployed = data_folder() / "films"
    if why := _why_unwritable(deployed):
        return [
            CheckResult(
                "Films",
                "problem",
                f"films of deployments go to {deployed}, and that can't be written: {why}",
                "export XDG_DATA_HOME=/a/folder, or name another folder: shotgraph deploy --out",
            )
        ]
    found = [CheckResult("Films", "ok", f"{deployed} can be written to, for deployments")]
    if why := _why_unwritable(Path.cwd() / "films"):
        said = f"a run from here puts its film into {Path.cwd() / 'films'}, and that fails: {why}"
        found.append(CheckResult("Films", "note", said, "shotgraph run FILE --out /a/folder"))
    return found


def _why_unwritable(folder: Path) -> str:
    """Write to a folder, or to the folder that it would be made in; the reason if that fails."""
    there = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    try:
        with tempfile.TemporaryDirectory(dir=there, prefix=".shotgraph-doctor-"):
            return ""
    except OSError as error:
        return f"{there}: {error.strerror}"
