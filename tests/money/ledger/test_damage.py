"""Torn writes leave no record; a record that can't be read stops its job, and names itself."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shotgraph.errors import Terminal
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.events import Event
from shotgraph.store import Store, open_store
from tests.crash.forks import ROOT
from tests.money.ledger.records import (
    ACCEPTED,
    DOUBT,
    GIVEN_UP,
    KEY,
    SUCCEEDED,
    intent,
    key_of,
    put_attempt,
)

HALVES: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda whole: b"",
    "half": lambda whole: whole[: len(whole) // 2],
    "no JSON": lambda whole: b"\xff\xfe",
    "two in one": lambda whole: whole + whole,
}
SLOTS: dict[str, list[Event]] = {
    "intent": [],
    "doubt": [DOUBT],
    "outcome": [DOUBT, ACCEPTED],
    "ended": [ACCEPTED, SUCCEEDED],
}


async def put_elsewhere(folder: Path, slot: str, failpoint: str) -> int:
    """Put a record in a process of its own; gives how that ended."""
    env = {**os.environ, "SHOTGRAPH_FAILPOINT": failpoint}
    program = ("-m", "tests.money.ledger.one_put", str(folder), slot)
    process = await asyncio.create_subprocess_exec(sys.executable, *program, cwd=ROOT, env=env)
    return await asyncio.wait_for(process.wait(), 300)


@pytest.mark.parametrize(
    ("slot", "before"), [("intent", "new"), ("outcome", "sending")], ids=["intent", "outcome"]
)
async def test_a_torn_record_is_none(slot: str, before: str, folder: Path, ledger: Ledger) -> None:
    if slot == "outcome":
        await put_attempt(ledger)
    assert await put_elsewhere(folder, slot, f"{slot}_put:torn") == -signal.SIGKILL
    (torn,) = (folder / "tmp").glob("*/record")
    assert torn.stat().st_size > 0
    with pytest.raises(ValueError, match=r"EOF|Unterminated|Expecting|delimiter"):
        json.loads(torn.read_bytes())
    assert (await ledger.latest(KEY)).state == before

    after = Ledger(open_store(str(folder)).records)
    assert not list((folder / "tmp").iterdir()), "what the dead one left was not swept"
    latest = await after.latest(KEY)
    if slot == "intent":
        assert await after.begin(latest, intent()) is not None
    else:
        assert (await after.record(latest, ACCEPTED)).state == "in_flight"


@pytest.mark.parametrize("damage", HALVES)
@pytest.mark.parametrize("slot", SLOTS)
async def test_a_damaged_record_stops_its_job_and_names_itself(
    slot: str, damage: str, folder: Path, ledger: Ledger
) -> None:
    await put_attempt(ledger, *SLOTS[slot])
    await put_attempt(ledger, DOUBT, key=key_of("another job"))
    path = folder / "attempts" / KEY / "000001" / f"{slot}.json"
    path.write_bytes(HALVES[damage](path.read_bytes()))
    before = [path.read_bytes() for path in sorted(folder.rglob("*.json"))]
    name = path.relative_to(folder).as_posix()
    with pytest.raises(Terminal, match=f"record {name} can't be read.*nothing is bought until"):
        await ledger.latest(KEY)
    with pytest.raises(Terminal, match=f"record {name} can't be read"):
        await ledger.all_latest()
    assert (await ledger.latest(key_of("another job"))).state == "unknown"
    assert [path.read_bytes() for path in sorted(folder.rglob("*.json"))] == before


async def test_only_the_latest_attempt_has_to_be_read(folder: Path, ledger: Ledger) -> None:
    await put_attempt(ledger, GIVEN_UP)
    await put_attempt(ledger, ACCEPTED)
    (folder / "attempts" / KEY / "000001" / "outcome.json").write_bytes(b"")
    assert (await ledger.latest(KEY)).state == "in_flight"


@pytest.mark.parametrize("lost", ["intent", "outcome"])
async def test_a_record_that_is_gone_is_missed(lost: str, folder: Path, ledger: Ledger) -> None:
    await put_attempt(ledger, ACCEPTED, SUCCEEDED)
    (folder / "attempts" / KEY / "000001" / f"{lost}.json").unlink()
    with pytest.raises(Terminal, match=f"record attempts/{KEY}/000001 can't be read"):
        await ledger.latest(KEY)


async def test_an_event_counts_in_its_own_slot_only(folder: Path, ledger: Ledger) -> None:
    attempt = await put_attempt(ledger, ACCEPTED)
    slots = folder / "attempts" / KEY / "000001"
    # So file synchronisers call the other one of two that were put at the same moment.
    copy = slots / "outcome.sync-conflict-20261123.json"
    copy.write_text(GIVEN_UP.model_dump_json())
    with pytest.raises(Terminal, match=r"sync-conflict-20261123\.json can't be read"):
        await ledger.latest(KEY)
    copy.unlink()
    assert await ledger.latest(KEY) == attempt
    (slots / "doubt.json").write_text(SUCCEEDED.model_dump_json())
    with pytest.raises(Terminal, match=r"doubt\.json can't be read"):
        await ledger.latest(KEY)


async def test_what_is_no_record_is_passed_over(folder: Path, ledger: Ledger) -> None:
    attempt = await put_attempt(ledger, ACCEPTED)
    slots = folder / "attempts" / KEY / "000001"
    for stray in (".DS_Store", ".outcome.json.swp", "outcome (1).json", "intent.json~"):
        (slots / stray).write_bytes(b"not ours")
    assert await ledger.latest(KEY) == attempt


async def test_nothing_can_be_begun_over_what_can_not_be_read(
    store: Store, folder: Path, ledger: Ledger
) -> None:
    await put_attempt(ledger)
    (folder / "attempts" / KEY / "000001" / "intent.json").write_bytes(b"")
    # Whoever saw nothing before is refused by the store itself.
    assert await ledger.begin(Attempt(KEY, 0), intent()) is None
    assert await store.records.names(f"attempts/{KEY}") == [f"attempts/{KEY}/000001/intent.json"]
