from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shotgraph.clock import SystemClock
from shotgraph.making.make import Maker
from shotgraph.making.step_jobs import LocalJob
from shotgraph.model.references import Asset
from shotgraph.spec import STEP_KINDS
from shotgraph.store import Store, open_store
from tests.media.coded_clips import Sound, write_clip


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two clips of 24 numbered frames at 24 a second, with a tone."""
    folder = tmp_path_factory.mktemp("clips")
    return {
        name: write_clip(folder / f"{name}.mp4", clip=clip, frames=24, rate=24, sound=Sound())
        for clip, name in enumerate(("first", "second"), start=1)
    }


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


@pytest.fixture
async def assets(store: Store, clips: dict[str, Path]) -> dict[str, Asset]:
    return {name: await store.assets.add(path, "video") for name, path in clips.items()}


@pytest.fixture
def maker(store: Store) -> Maker:
    return Maker(store, SystemClock())


@pytest.fixture
def job() -> Callable[..., LocalJob]:
    def make(kind: str, **given: Any) -> LocalJob:
        return LocalJob("step", kind, STEP_KINDS[kind].arguments.model_validate(given))

    return make
