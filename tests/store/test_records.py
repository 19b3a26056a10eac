"""A record is put once, whole, and stays as it was put."""

import asyncio
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotgraph.errors import Retryable, Terminal
from shotgraph.store import RecordStore, Store, open_store
from shotgraph.store.records import MOST_READ_BYTES, checked

NAME = "attempts/0123/000001/intent.json"
ODD_NAMES = ["", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".a", "a/.b", "/etc/x"]
ODD_SIGNS = ["a b", "a\nb", "a\0b", "a\\b", "a:b", "a#1", "a%2Fb", "é", "a*", "~", "a" * 129, "a?b"]


async def test_is_there_once_it_is_put(store: Store) -> None:
    assert await store.records.get(NAME) is None
    assert store.records.get_now(NAME) is None
    assert await store.records.put_if_absent(NAME, b"first")
    assert await store.records.get(NAME) == b"first"
    assert store.records.get_now(NAME) == b"first"


async def test_the_second_put_loses(store: Store) -> None:
    assert await store.records.put_if_absent(NAME, b"first") is True
    assert await store.records.put_if_absent(NAME, b"second") is False
    assert await store.records.put_if_absent(NAME, b"first") is False
    assert await store.records.get(NAME) == b"first"


async def test_keeps_any_bytes(store: Store) -> None:
    data = bytes(range(256)) * 4096
    assert await store.records.put_if_absent("a/bytes", data)
    assert await store.records.put_if_absent("a/none", b"")
    assert await store.records.get("a/bytes") == data
    assert await store.records.get("a/none") == b""


async def test_of_sixteen_that_race_one_wins(store: Store) -> None:
    for number in range(12):
        name = f"claims/{number}.json"
        won = _race(store.records, name, 16)
        assert len(won) == 1
        assert await store.records.get(name) == b"%d" % won[0] * 1000


def _race(records: RecordStore, name: str, racers: int) -> list[int]:
    """Put one name from many threads at once; give those that were told that they won."""
    line = threading.Barrier(racers)
    won: list[int] = []

    def put(racer: int) -> None:
        line.wait()
        if asyncio.run(records.put_if_absent(name, b"%d" % racer * 1000)):
            won.append(racer)

    threads = [threading.Thread(target=put, args=(racer,)) for racer in range(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won


async def test_lists_what_is_below_a_name_in_order(store: Store) -> None:
    for name in ("a/2.json", "a/1.json", "a/b/3.json", "ab/4.json", "a-5.json"):
        await store.records.put_if_absent(name, b"{}")
    assert await store.records.names("a") == ["a/1.json", "a/2.json", "a/b/3.json"]
    assert store.records.names_now("a") == ["a/1.json", "a/2.json", "a/b/3.json"]
    assert await store.records.names("a/b") == ["a/b/3.json"]
    assert await store.records.names("nothing") == []


async def test_lists_what_was_put_since(store: Store) -> None:
    await store.records.put_if_absent("a/1.json", b"{}")
    hour = timedelta(hours=1)
    assert await store.records.names("a", since=datetime.now(UTC) - hour) == ["a/1.json"]
    assert await store.records.names("a", since=datetime.now(UTC) + hour) == []


@pytest.mark.parametrize("name", [*ODD_NAMES, *ODD_SIGNS, "/".join("a" * 9)])
async def test_an_odd_name_is_refused(store: Store, name: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Terminal, match="no record can be called"):
        await store.records.put_if_absent(name, b"x")
    with pytest.raises(Terminal, match="no record can be called"):
        await store.records.get(name)
    with pytest.raises(Terminal, match="no record can be called"):
        store.records.get_now(name)
    with pytest.raises(Terminal, match="no record can be called"):
        store.records.names_now(name)
    assert sorted(tmp_path.rglob("*")) == before


@given(st.text())
def test_no_name_leads_out_of_a_folder(name: str) -> None:
    try:
        checked(name)
    except Terminal:
        return
    path = os.path.normpath(f"/store/{name}")
    assert path == f"/store/{name}"


async def test_a_stray_file_is_no_record(folder_store: Store) -> None:
    await folder_store.records.put_if_absent("a/1.json", b"{}")
    assert folder_store.folder is not None
    for stray in (".DS_Store", "1 (copy).json", ".1.json.swp"):
        (folder_store.folder / "a" / stray).touch()
    assert await folder_store.records.names("a") == ["a/1.json"]


async def test_a_folder_leaves_nothing_behind_but_the_record(folder_store: Store) -> None:
    await folder_store.records.put_if_absent(NAME, b"first")
    await folder_store.records.put_if_absent(NAME, b"second")
    assert folder_store.folder is not None
    files = [path for path in folder_store.folder.rglob("*") if path.is_file()]
    assert files == [folder_store.folder / NAME]


async def test_two_stores_in_one_folder_are_one(tmp_path: Path) -> None:
    one, other = (open_store(str(tmp_path / "store")) for _ in range(2))
    assert await one.records.put_if_absent(NAME, b"one")
    assert not await other.records.put_if_absent(NAME, b"other")
    assert await other.records.get(NAME) == b"one"


async def test_what_can_not_be_kept_can_be_tried_again(folder_store: Store) -> None:
    assert folder_store.folder is not None
    (folder_store.folder / "attempts").write_bytes(b"a file where a folder belongs")
    with pytest.raises(Retryable, match=f"the store could not keep {NAME}: "):
        await folder_store.records.put_if_absent(NAME, b"x")


LARGE = "results/0123/4567.json"


@pytest.mark.parametrize("size_bytes", [MOST_READ_BYTES + 1, 1_500_000_000])
async def test_a_record_that_is_too_large_is_not_read(folder_store: Store, size_bytes: int) -> None:
    assert folder_store.folder is not None
    path = folder_store.folder / LARGE
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(size_bytes)
    before_kb = getrusage(RUSAGE_SELF).ru_maxrss
    said = f"{LARGE} has {size_bytes} bytes.*more than {MOST_READ_BYTES}: it was not read"
    with pytest.raises(Terminal, match=said):
        await folder_store.records.get(LARGE)
    with pytest.raises(Terminal, match=said):
        folder_store.records.get_now(LARGE)
    with pytest.raises(Terminal, match=said):
        await folder_store.records.get_each([LARGE])
    assert getrusage(RUSAGE_SELF).ru_maxrss - before_kb < 16_000


async def test_a_record_of_a_whole_reply_is_kept_and_read(store: Store) -> None:
    data = bytes(MOST_READ_BYTES)
    assert await store.records.put_if_absent(LARGE, data)
    assert await store.records.get(LARGE) == data
    with pytest.raises(Terminal, match="no record of shotgraph's has more"):
        await store.records.put_if_absent("results/0123/large.json", data + b"x")
