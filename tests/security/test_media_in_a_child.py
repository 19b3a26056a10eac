"""A clip that is costly to look at, given to the command that somebody runs with a key."""

import subprocess
import sys
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
# A process has from its start the peak of the one that starts it: so that has to be a small one.
MEASURED = """
import resource, subprocess, sys
with open(sys.argv[1], "wb") as said:
    code = subprocess.run(sys.argv[2:], stdout=said, stderr=said).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def test_a_film_of_a_costly_clip_is_refused_for_little(tmp_path: Path, count: Count) -> None:
    clip = write_many_packets(tmp_path / "shot.mkv", PACKETS)
    film = tmp_path / "film.yaml"
    film.write_text(FILM % ", ".join(f"look {number}" for number in range(1000)))
    env = {**plain_env(tmp_path / "prefect"), "FAL_KEY": "canary:canary"}
    env["SHOTGRAPH_STORE"] = str(tmp_path / "store")
    began = time.monotonic()
    measured = subprocess.run(
        [sys.executable, "-c", MEASURED, tmp_path / "said", COMMAND, "validate", film],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    text = (tmp_path / "said").read_text()
    # Of the command, or of its child if that took more.
    code, peak_mb = map(int, measured.stdout.split())
    count(
        bytes_of_the_clip=clip.stat().st_size,
        most_MB=peak_mb,
        refused_in=time.monotonic() - began,
    )
    assert code == 2, text
    assert f"{clip} has over 1,000,000 packets; at most 1,000,000 are read" in text
    assert peak_mb < MOST_MB
    assert "canary" not in text
