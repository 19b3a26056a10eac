"""What people decided is read strictly: a record that this shotgraph can't read is no answer."""

import pytest

from shotgraph.errors import Terminal
from shotgraph.money.decisions import Again, Decision, Decisions, decision_key
from shotgraph.store import Store
from tests.money.clocks import SteppingClock

KEY = decision_key("Is it right?", [])


async def test_the_last_decision_holds(store: Store, clock: SteppingClock) -> None:
    decisions = Decisions(store, clock)
    await decisions.note(KEY, 2)
    await decisions.note(KEY, Again(step="dusk", take=1))
    assert await decisions.latest(KEY) == Decision(again=Again(step="dusk", take=1), at=clock.now())


async def test_one_from_before_versions_were_noted_is_read(
    store: Store, clock: SteppingClock
) -> None:
    data = b'{"chosen": 1, "at": "2026-11-20T12:00:00Z"}'
    await store.records.put_if_absent(f"decisions/{KEY}/000001.json", data)
    decision = await Decisions(store, clock).latest(KEY)
    assert decision is not None
    assert decision.chosen == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            b'{"version": 2, "chosen": 1, "at": "2026-11-20T12:00:00Z"}',
            "by a newer version of shotgraph",
        ),
        (
            b'{"chosen": 1, "by": "x", "at": "2026-11-20T12:00:00Z"}',
            "by a newer version of shotgraph",
        ),
        (b'{"chosen": 1, ', "can't be read, .* until the record is removed"),
    ],
    ids=["newer version", "unknown field", "torn"],
)
async def test_what_can_not_be_read_is_no_decision(
    store: Store, clock: SteppingClock, data: bytes, said: str
) -> None:
    await store.records.put_if_absent(f"decisions/{KEY}/000001.json", data)
    with pytest.raises(Terminal, match=said):
        await Decisions(store, clock).latest(KEY)
