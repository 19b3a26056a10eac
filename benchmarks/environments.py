"""Python environments for the peers, made by uv below ``.bench/`` and kept for later runs."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".bench"
INSTALL_S = 240
FAL_CLIENT = "fal-client==1.0.3"


def python_with(package: str, version: str) -> Path | None:
    """Return a Python with one peer and fal-client; None if the peer can't be installed here.

    Args:
        package: The peer's name in the package registry.
        version: The version that the peer's script is written for.
    """
    folder = FOLDER / f"{package}-{version}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if ready.exists():
        return python
    uv = str(Path(sys.executable).with_name("uv"))
    made = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)]
    wanted = [f"{package}=={version}", FAL_CLIENT]
    installed = [uv, "pip", "install", "--quiet", "--python", str(python), *wanted]
    try:
        for command in (made, installed):
            subprocess.run(command, check=True, timeout=INSTALL_S)
    except (OSError, subprocess.SubprocessError):
        return None
    ready.touch()
    return python
