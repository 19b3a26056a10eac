"""The command where its streams are closed, as scripts and services have them, or full."""

import subprocess
from pathlib import Path

import pytest

from shotgraph.errors import FullDisk
from shotgraph.media.smart.join import concat
from tests.cli.command import COMMAND, plain_env
from tests.figures import Count
from tests.media.coded_clips import write_clip
from tests.store.small_disk import small_disk

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


COMMANDS = [
    ["plan", "film.yaml"],
    ["plan", "film.yaml", "--json"],
    ["validate", "film.yaml"],
    ["jobs"],
    ["jobs", "--json"],
    ["--help"],
    ["run", "film.yaml", "--json"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_what_can_not_be_written_is_said(
    tmp_path: Path, shot: Path, count: Count, arguments: list[str]
) -> None:
    put_film(tmp_path, shot)
    env = {**plain_env(tmp_path / "prefect"), "SHOTGRAPH_STORE": str(tmp_path / "store")}
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [COMMAND, *arguments],
            cwd=tmp_path,
            env=env,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    silent = ran.returncode == 0
    count(full_outputs=1, tracebacks=int("Traceback" in ran.stderr), silent=int(silent))
    last = ran.stderr.strip().rpartition("\n")[2]
    assert last.startswith("the output could not be written: No space left on device")
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr
    assert ran.returncode == 1


async def test_a_film_that_finds_no_room_is_one_error(tmp_path: Path, count: Count) -> None:
    clip = write_clip(tmp_path / "clip.mp4", clip=1, frames=200, rate=24, size=(640, 360))
    with small_disk(tmp_path / "disk", kib=512) as disk:
        with pytest.raises(FullDisk, match=f"on the disk of {disk}"):
            await concat([clip] * 9, disk / "film.mp4")
        left = [path for path in disk.rglob("*") if path.is_file()]
    count(full_disks=1, halves_kept=len(left))
    assert left == []
