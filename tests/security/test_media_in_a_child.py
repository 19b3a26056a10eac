"""A clip that is costly to look at, given to the command that somebody runs with a key."""

import os
import subprocess
import time
from pathlib import Path

from tests.cli.command import COMMAND, plain_env
from tests.figures import Count
from tests.media.many_packets import write_many_packets

KIND = 19
PACKETS = 3_500_000
MOST_MB = 400
FILM = """\
name: costly
steps:
  many:
    for_each: {look: [%s]}
    edit: {video: shot.mkv, prompt: "$look"}
  laid: {soundtrack: {video: shot.mkv, audio: shot.mkv}}
output: $laid
"""


def test_a_film_of_a_costly_clip_is_refused_for_little(tmp_path: Path, count: Count) -> None:
    clip = write_many_packets(tmp_path / "shot.mkv", PACKETS)
    film = tmp_path / "film.yaml"
    film.write_text(FILM % ", ".join(f"look {number}" for number in range(1000)))
    env = {**plain_env(tmp_path / "prefect"), "FAL_KEY": "canary:canary"}
    env["SHOTGRAPH_STORE"] = str(tmp_path / "store")
    with (tmp_path / "said").open("wb") as said:
        command = subprocess.Popen([COMMAND, "validate", film], env=env, stdout=said, stderr=said)
        began = time.monotonic()
        _, status, used = os.wait4(command.pid, 0)
    command.returncode = os.waitstatus_to_exitcode(status)
    text = (tmp_path / "said").read_text()
    # Of the command, or of its child if that took more.
    peak_mb = used.ru_maxrss // 1024
    count(
        bytes_of_the_clip=clip.stat().st_size,
        most_MB=peak_mb,
        refused_in=time.monotonic() - began,
    )
    assert command.returncode == 2, text
    assert f"{clip} has over 1,000,000 packets; at most 1,000,000 are read" in text
    assert peak_mb < MOST_MB
    assert "canary" not in text
