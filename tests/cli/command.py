"""The command as a person runs it: a process of its own, from a folder of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("shotgraph")
LONGEST_S = 580


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Its stdout, which is one JSON document and nothing else."""
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document


@dataclass(frozen=True)
class Desk:
    """Where commands are run: a folder with a pipeline file and its clip, and an environment."""

    folder: Path
    env: dict[str, str]

    def run(self, *arguments: str, **env: str) -> Ran:
        ended = subprocess.run(
            [COMMAND, *arguments],
            cwd=self.folder,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    def without(self, *names: str) -> "Desk":
        left = {name: value for name, value in self.env.items() if name not in names}
        return Desk(self.folder, left)


def plain_env(home: Path) -> dict[str, str]:
    """What a process needs, and nothing of this one's settings."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SHOTGRAPH_", "PREFECT_", "FAL_"))
    }
    return {
        **env,
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
