from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from shotgraph.keys import Key
from shotgraph.media.probe import read_media
from shotgraph.money.results import Result
from shotgraph.store import Store, open_store
from tests.media.coded_clips import write_clip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


@pytest.fixture
def result(store: Store, tmp_path: Path) -> Callable[..., object]:
    """Makes a result whose film, of so many frames, is in the store."""

    async def make(frames: int = 12) -> Result:
        path = write_clip(tmp_path / f"{frames}.mp4", clip=1, frames=frames, rate=24)
        asset = await store.assets.add(path, "video")
        return Result(
            key=Key("0" * 64),
            recipe="local/concat@1",
            asset=asset,
            info=read_media(path),
            request_id=None,
            cost_usd=Decimal(0),
            seconds=0.1,
            made_at=datetime.now(UTC),
        )

    return make
