"""What may take a file's place between the look at it and the reading of it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from shotgraph.inputs import intake
from shotgraph.inputs.hosts import FalBases
from shotgraph.inputs.intake import Intake
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.model.references import LocalFile
from shotgraph.spec import TrimArguments
from shotgraph.store import open_store
from tests.media.coded_clips import write_clip
from tests.money.clocks import SteppingClock


def a_link_for_the_file(clip: Path, secret: Path) -> None:
    clip.unlink()
    clip.symlink_to(secret)


def a_link_for_the_folder(clip: Path, secret: Path) -> None:
    clip.parent.rename(clip.parent.with_name("moved"))
    clip.parent.symlink_to(secret.parent)


def a_pipe(clip: Path, _secret: Path) -> None:
    clip.unlink()
    os.mkfifo(clip)


Swap = Callable[[Path, Path], None]


async def swapped_in(swap: Swap, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a clip into ``folder/store``, which another one has replaced since it was looked at."""
    clip, secret = folder / "theirs" / "clip.mp4", folder / "mine" / "clip.mp4"
    for number, path in enumerate((clip, secret), start=1):
        path.parent.mkdir(exist_ok=True)
        write_clip(path, clip=number, frames=12, rate=24)

    async def looks(path: Path) -> MediaInfo:
        info = await probe(path)
        swap(clip, secret)
        return info

    monkeypatch.setattr(intake, "probe", looks)
    taking = Intake(FalBases(), open_store(str(folder / "store")), SteppingClock())
    await taking.take_in(TrimArguments(video=LocalFile(file=clip), seconds=1))
