"""Python, the packages, and ffmpeg."""

import asyncio
import platform
import sys
from importlib.metadata import version

from shotgraph.cli.checks.finding import Finding
from shotgraph.errors import MediaError

_PYTHONS = ((3, 11), (3, 14))
_FASTAPI_BELOW = (0, 151)


def python() -> Finding:
    """Look at Python."""
    oldest, after = _PYTHONS
    if oldest <= sys.version_info[:2] < after:
        return Finding("Python", "ok", platform.python_version())
    return Finding(
        "Python",
        "problem",
        f"{platform.python_version()}; 3.11 to 3.13 will do",
        "make setup PYTHON=python3.12",
    )


def packages() -> Finding:
    """Look at the packages whose versions are known to matter."""
    said = ", ".join(f"{name} {version(name)}" for name in ("shotgraph", "prefect", "fal-client"))
    fastapi = version("fastapi")
    if tuple(int(part) for part in fastapi.split(".")[:2]) < _FASTAPI_BELOW:
        return Finding("Packages", "ok", said)
    return Finding(
        "Packages",
        "problem",
        f"{said}; with fastapi {fastapi} Prefect's server does not start",
        "pip install 'fastapi<0.151'",
    )


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
