import wave
from pathlib import Path

import pytest
from PIL import Image

from shotgraph.store import Store, open_store
from tests.media.coded_clips import Sound, write_clip


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with media.

    clip.mp4 lasts 80 frames at 24 a second, that is 3.333 s, and fits fal's limits, as does
    still.png. short.mp4 (1 s), small.mp4, slow.mp4 (12 frames a second) and tiny.png do not.
    heard.mp4 is as clip.mp4, in mono sound. quiet.wav is a sound of 1 s.
    """
    folder = tmp_path_factory.mktemp("plan").resolve()
    write_clip(folder / "clip.mp4", clip=1, frames=80, rate=24, size=(720, 720))
    write_clip(folder / "short.mp4", clip=2, frames=24, rate=24, size=(720, 720))
    write_clip(folder / "small.mp4", clip=3, frames=80, rate=24, size=(320, 180))
    write_clip(folder / "slow.mp4", clip=4, frames=40, rate=12, size=(720, 720))
    write_clip(
        folder / "heard.mp4",
        clip=5,
        frames=80,
        rate=24,
        size=(720, 720),
        sound=Sound(layout="mono"),
    )
    Image.new("RGB", (300, 300), "navy").save(folder / "still.png")
    Image.new("RGB", (299, 300), "navy").save(folder / "tiny.png")
    with wave.open(str(folder / "quiet.wav"), "wb") as sound:
        sound.setparams((1, 2, 48000, 0, "NONE", ""))
        sound.writeframes(bytes(2 * 48000))
    (folder / "damaged.mp4").write_bytes((folder / "clip.mp4").read_bytes()[:-1000])
    (folder / "text.mp4").write_text("no clip at all")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))
