"""A run reads each file once: counted where the bytes are read, in the command's own process."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.command import LONGEST_S, Desk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

COUNTED = """
import collections, hashlib, json, os, sys
import av

counts = {name: collections.Counter() for name in ("hashed", "opened", "decoded")}
file_digest, av_open = hashlib.file_digest, av.open

def counted_digest(file, *more):
    counts["hashed"][os.path.basename(file.name)] += 1
    return file_digest(file, *more)

def counted_open(file, *more, **named):
    if "w" not in more:
        counts["opened"][os.path.basename(file)] += 1
    return av_open(file, *more, **named)

hashlib.file_digest, av.open = counted_digest, counted_open
from shotgraph.cli.main import main
from shotgraph.media.child import Child

child_ask = Child.ask

def counted_ask(child, path, **more):
    # The process that reads media for this one opens the file as often as it is asked. What a film
    # uses is also decoded, before the first purchase, and never again.
    counts["decoded" if "begin_s" in more else "opened"][os.path.basename(path)] += 1
    return child_ask(child, path, **more)

Child.ask = counted_ask

into, *sys.argv[1:] = sys.argv[1:]
try:
    main()
finally:
    with open(into, "w") as file:
        json.dump(counts, file)
"""


def counted(desk: Desk, into: Path) -> Mapping[str, Mapping[str, int]]:
    """Run the demo, and tell how often each file was hashed, and how often opened by PyAV."""
    command = [sys.executable, "-c", COUNTED, str(into), "demo", "--out", "films"]
    ended = subprocess.run(
        command,
        check=False,
        cwd=desk.folder,
        env=desk.env,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    assert ended.returncode == 0, ended.stderr
    found: Mapping[str, Mapping[str, int]] = json.loads(into.read_text())
    return found


def test_the_demo_hashes_and_opens_its_clip_once(desk: Desk, tmp_path: Path) -> None:
    first = counted(desk, tmp_path / "first.json")
    assert {name: files["harbour.mp4"] for name, files in first.items()} == {
        "hashed": 1,
        "opened": 1,
        "decoded": 1,
    }
    assert max(first["hashed"].values()) > 1  # copies are all called "copy": it does count
    cached = counted(desk, tmp_path / "cached.json")
    # The film in its folder is hashed: whether it is the one that a run would put there.
    hashed = {"harbour.mp4": 1, "harbour-at-dusk.mp4": 1}
    assert (cached["hashed"], cached["decoded"]) == (hashed, {})
    # Besides the clip, each file of the timeline is opened once, for its start timecode.
    assert cached["opened"]["harbour.mp4"] == 1
    assert set(cached["opened"].values()) == {1}
