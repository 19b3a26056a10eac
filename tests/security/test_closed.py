"""The command where its streams are closed, as scripts and services have them."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, plain_env
from tests.figures import Count

from .folders import put_film

KIND = 29


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_are_no_traceback(
    tmp_path: Path, shot: Path, count: Count, closed: str
) -> None:
    put_film(tmp_path, shot)
    ran = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" plan film.yaml {closed}', str(COMMAND)],
        cwd=tmp_path,
        env={**plain_env(tmp_path / "prefect"), "SHOTGRAPH_STORE": str(tmp_path / "store")},
        capture_output=True,
        text=True,
        check=False,
    )
    count(closed_streams=1, tracebacks=int("Traceback" in ran.stderr))
    assert ran.returncode == 0
    assert "Traceback" not in ran.stderr
