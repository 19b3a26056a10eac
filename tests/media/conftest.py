import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.media.binary import VARIABLE, find_ffmpeg
from tests.media.coded_clips import Sound, write_clip


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="session")
def first(shelf: Path) -> Path:
    """Clip 1: 40 frames at 30 per second, with sound."""
    return write_clip(shelf / "first.mp4", clip=1, frames=40, sound=Sound())


@pytest.fixture(scope="session")
def second(shelf: Path) -> Path:
    """Clip 2: coded like clip 1; 25 frames, and a sound that is longer than the picture."""
    return write_clip(shelf / "second.mp4", clip=2, frames=25, sound=Sound(seconds=Fraction(5, 4)))


@pytest.fixture(scope="session")
def mute(shelf: Path) -> Path:
    """Clip 3: 24 frames at 24 per second, without sound."""
    return write_clip(shelf / "mute.mp4", clip=3, frames=24, rate=24)


@pytest.fixture(scope="session")
def turned(shelf: Path) -> Path:
    """Clip 4: stored lying, shown standing; 20 frames at 30 per second, with sound."""
    return write_clip(shelf / "turned.mp4", clip=4, frames=20, rotation=90, sound=Sound())


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Puts a shell script in the place of ffmpeg; ``$REAL`` in it is the real one."""
    real = find_ffmpeg().path

    def install(body: str) -> Path:
        path = tmp_path / "ffmpeg"
        path.write_text(f"#!/bin/sh\nREAL='{real}'\n{body}\n", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv(VARIABLE, os.fspath(path))
        return path

    return install
