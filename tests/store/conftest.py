from pathlib import Path

import pytest
from obstore.store import MemoryStore

from shotgraph.store import AssetStore, RecordStore, Store, open_store


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store in a folder; and one in memory, which is to us what a bucket is."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if request.param == "folder":
        return open_store(str(tmp_path / "store"))
    backend = MemoryStore()
    return Store("memory", None, AssetStore(backend, None), RecordStore(backend))


@pytest.fixture
def folder_store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))
