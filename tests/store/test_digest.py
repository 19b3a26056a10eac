"""A film's digest: its finished jobs in one record, which is a copy and decides nothing."""

from pathlib import Path

import obstore
import pytest

from shotgraph.store import RecordStore, Store, open_store
from shotgraph.store.digest import FEWEST, digest, recall
from shotgraph.store.read_once import each_read_once

RESULTS = [f"results/{number:02}/a.json" for number in range(FEWEST)]
ENDED = [f"attempts/k/000001/{slot}.json" for slot in ("intent", "outcome", "ended")]
OPEN = ["attempts/k/000002/intent.json", "attempts/k/000002/outcome.json"]


@pytest.fixture
def records(tmp_path: Path) -> RecordStore:
    return open_store(str(tmp_path / "store")).records


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The records that are read."""
    names: list[str] = []
    get = obstore.get_async

    async def noted(backend: object, name: str) -> object:
        names.append(name)
        return await get(backend, name)  # type: ignore[arg-type]

    monkeypatch.setattr(obstore, "get_async", noted)
    return names


async def put_all(records: RecordStore, names: list[str]) -> None:
    for name in names:
        await records.put_if_absent(name, name.encode())


async def test_a_later_run_reads_one_record(records: RecordStore, asked: list[str]) -> None:
    with each_read_once():
        await put_all(records, [*RESULTS, *ENDED, *OPEN])
        await digest(records, "film")
    asked.clear()

    with each_read_once():
        await recall(records, "film")
        await recall(records, "film")
        found = await records.get_each([*RESULTS, *ENDED])

        assert found == [name.encode() for name in (*RESULTS, *ENDED)]
        assert [name.split("/")[0] for name in asked] == ["digests"]


async def test_an_attempt_that_has_not_ended_is_never_out_of_a_digest(
    records: RecordStore, asked: list[str]
) -> None:
    with each_read_once():
        await put_all(records, [*RESULTS, *OPEN, "budgets/b/000001.json"])
        await digest(records, "film")
    asked.clear()

    with each_read_once():
        await recall(records, "film")
        await records.get_each([*OPEN, "budgets/b/000001.json"])

        assert asked[1:] == [*OPEN, "budgets/b/000001.json"]


async def test_few_records_are_not_worth_a_digest(records: RecordStore) -> None:
    with each_read_once():
        await put_all(records, RESULTS[1:])
        await digest(records, "film")

    assert await records.names("digests") == []


async def test_a_new_digest_has_what_the_last_one_had_as_far_as_it_was_used(
    records: RecordStore, asked: list[str]
) -> None:
    with each_read_once():
        await put_all(records, RESULTS)
        await digest(records, "film")
    more = [f"flaws/{number:02}/a.json" for number in range(FEWEST)]
    with each_read_once():
        await recall(records, "film")
        await records.get_each(RESULTS[1:])
        await put_all(records, more)
        await digest(records, "film")
    asked.clear()

    with each_read_once():
        await recall(records, "film")
        await records.get_each([*RESULTS, *more])

        assert asked[1:] == RESULTS[:1]
    (name,) = await records.names("digests")
    assert name.rpartition("/")[2].startswith("00000002-")


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data[1:], lambda _: b""])
async def test_a_damaged_digest_is_passed_over(
    change: object, records: RecordStore, tmp_path: Path, asked: list[str]
) -> None:
    assert callable(change)
    with each_read_once():
        await put_all(records, RESULTS)
        await digest(records, "film")
    (name,) = await records.names("digests")
    path = tmp_path / "store" / name
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(change(data))
    asked.clear()

    with each_read_once():
        await recall(records, "film")
        assert await records.get(RESULTS[0]) == RESULTS[0].encode()

    assert asked == [name, RESULTS[0]]


async def test_what_is_removed_is_not_remembered(records: RecordStore) -> None:
    with each_read_once():
        await put_all(records, RESULTS)
        await digest(records, "film")

    with each_read_once():
        await recall(records, "film")
        await records.remove(RESULTS[:1])
        assert await records.get(RESULTS[0]) is None


async def test_outside_of_a_run_there_is_none(store: Store) -> None:
    await put_all(store.records, RESULTS)
    await digest(store.records, "film")
    await recall(store.records, "film")

    assert await store.records.names("digests") == []


async def test_what_others_put_among_digests_is_none(records: RecordStore) -> None:
    with each_read_once():
        await put_all(records, RESULTS)
        await digest(records, "film")
    (name,) = await records.names("digests")
    odd = f"{name.rpartition('/')[0]}/x-1.bin"
    await put_all(records, [odd])
    with each_read_once():
        await recall(records, "film")
        await put_all(records, [f"flaws/{number:02}/a.json" for number in range(FEWEST)])
        await digest(records, "film")

    assert odd in await records.names("digests"), "it is nobody's to remove"
    assert len(await records.names("digests")) == 2
