"""Records are read once in a run; those that are not there are looked up again."""

from pathlib import Path

from obstore.store import MemoryStore

from shotgraph.store import RecordStore, open_store
from shotgraph.store.read_once import MOST_RECORD_BYTES, each_read_once


async def test_a_record_is_read_once_in_a_run(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    await store.records.put_if_absent("results/one.json", b"1")
    with each_read_once():
        assert await store.records.get("results/one.json") == b"1"
        (tmp_path / "store/results/one.json").unlink()
        assert await store.records.get("results/one.json") == b"1"
        assert store.records.get_now("results/one.json") == b"1"
        with each_read_once():
            assert await store.records.get("results/one.json") == b"1"
    assert await store.records.get("results/one.json") is None


async def test_another_store_has_records_of_its_own(tmp_path: Path) -> None:
    one, other = (open_store(str(tmp_path / name)) for name in ("one", "other"))
    await one.records.put_if_absent("results/a.json", b"one")
    await other.records.put_if_absent("results/a.json", b"other")
    with each_read_once():
        assert await one.records.get("results/a.json") == b"one"
        assert await other.records.get("results/a.json") == b"other"
        again = open_store(str(tmp_path / "one"))
        (tmp_path / "one/results/a.json").unlink()
        assert await again.records.get("results/a.json") == b"one"


async def test_what_is_not_there_is_looked_up_again(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    with each_read_once():
        assert await store.records.get("results/late.json") is None
        await store.records.put_if_absent("results/late.json", b"there")
        assert await store.records.get("results/late.json") == b"there"


async def test_a_large_record_is_not_kept_in_memory(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    await store.records.put_if_absent("results/large.json", bytes(MOST_RECORD_BYTES + 1))
    with each_read_once():
        assert await store.records.get("results/large.json") is not None
        (tmp_path / "store/results/large.json").unlink()
        assert await store.records.get("results/large.json") is None


async def test_a_removed_record_is_forgotten(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    with each_read_once():
        await store.records.put_if_absent("results/a.json", b"1")
        assert await store.records.get("results/a.json") == b"1"
        await store.records.remove(["results/a.json"])
        assert await store.records.get("results/a.json") is None


async def test_a_store_without_a_location_is_always_asked() -> None:
    one, other = (RecordStore(MemoryStore()) for _ in range(2))
    await one.put_if_absent("results/a.json", b"one")
    await other.put_if_absent("results/a.json", b"other")
    with each_read_once():
        assert await one.get("results/a.json") == b"one"
        assert await other.get("results/a.json") == b"other"
