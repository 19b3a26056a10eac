"""Whoever can write to a store puts records there that are too large, or of another time."""

from pathlib import Path

import pytest

from shotgraph.errors import Terminal
from shotgraph.store import open_store
from tests.figures import Count

from .memory import grown_mib

KIND = 28


async def test_a_record_is_measured_before_it_is_read(tmp_path: Path, count: Count) -> None:
    store = open_store(str(tmp_path / "store"))
    name = "results/0123/4567.json"
    path = tmp_path / "store" / name
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(1_500_000_000)
    with grown_mib() as grown:
        for read in (store.records.get(name), store.records.get_each([name])):
            with pytest.raises(Terminal, match="1500000000 bytes"):
                await read
        with pytest.raises(Terminal, match="1500000000 bytes"):
            store.records.get_now(name)
    count(records=1, most_MiB=round(grown()))
    assert grown() < 64
