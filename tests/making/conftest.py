"""A rehearsal, a store and a clock as `tests.money` has them; shots that fal would refuse."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.media.coded_clips import Sound, write_clip
from tests.money.clocks import ImpatientClock
from tests.money.conftest import fal, running, said, server, session, store

NTSC_FILM = Fraction(24000, 1001)

__all__ = ["fal", "running", "said", "server", "session", "store"]


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder: long.mp4 (10.1 s, 24 per second), brief.mp4 (1 s, 23.976), good.mp4 (3 s)."""
    folder = tmp_path_factory.mktemp("shots")
    size = (720, 720)
    write_clip(folder / "long.mp4", clip=1, frames=243, rate=24, size=size, sound=Sound())
    write_clip(folder / "brief.mp4", clip=2, frames=24, rate=NTSC_FILM, size=size, sound=Sound())
    write_clip(folder / "good.mp4", clip=3, frames=72, rate=24, size=size, sound=Sound())
    return folder


@pytest.fixture
def clock() -> ImpatientClock:
    return ImpatientClock()
