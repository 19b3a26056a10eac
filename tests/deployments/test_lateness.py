"""Which runs of a burst are carried out: at most one of those that stand for the same."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Cancelled, Completed, Running

from shotgraph.flows.this_run import SKIPPED, why_skipped

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DEPLOYMENT = uuid4()
AUTOMATION = {"id": uuid4(), "type": "AUTOMATION", "display_value": "on event"}


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def run(due_s: float, start_s: float | None, **more: Any) -> FlowRun:
    given = {
        "id": uuid4(),
        "flow_id": UUID(int=1),
        "deployment_id": DEPLOYMENT,
        "name": f"due-{due_s:g}",
        "expected_start_time": at(due_s),
        "start_time": None if start_s is None else at(start_s),
        "auto_scheduled": True,
        "run_count": 1,
        "parameters": {"params": {"look": "ink"}},
        "state": Running(),
        **more,
    }
    return FlowRun(**given)


def why(mine: FlowRun, *others: FlowRun, limit: timedelta = HOUR) -> str | None:
    assert mine.start_time is not None
    return why_skipped(mine, others, limit=limit, now=mine.start_time)


def test_a_run_in_time_is_carried_out() -> None:
    assert why(run(0, 2)) is None
    assert why(run(0, 3599)) is None


def test_one_that_is_too_late_is_not_and_says_so() -> None:
    said = why(run(0, 3601))
    assert said is not None
    assert "due at 2026-11-27 12:00:00 UTC, 3601 s ago" in said
    assert "at most 3600 s late" in said
    assert "Nothing was bought" in said
    assert why(run(0, 2), limit=timedelta(seconds=1)) is not None


PEOPLES: list[dict[str, Any]] = [
    {"auto_scheduled": False},
    {"auto_scheduled": False, "created_by": {"type": "USER", "display_value": "Ann"}},
    {"deployment_id": None},
]


@pytest.mark.parametrize("made", PEOPLES, ids=str)
def test_a_persons_run_is_never_too_late(made: dict[str, Any]) -> None:
    assert why(run(0, 10**6, **made), run(0, 10)) is None


def test_an_automations_run_is() -> None:
    assert why(run(0, 10**6, auto_scheduled=False, created_by=AUTOMATION)) is not None


def test_one_that_goes_on_is_never_too_late() -> None:
    assert why(run(0, 10**6, run_count=2), run(0, 10)) is None


def test_of_a_burst_exactly_one_is_carried_out_in_whatever_order_they_start() -> None:
    dues = (-50, -40, -30, -20, -10, 0)
    for order in list(permutations(range(6)))[::37]:
        begun: list[FlowRun] = []
        carried_out = 0
        for place, number in enumerate(order):
            mine = run(dues[number], 5 + place)
            if why(mine, *begun) is None:
                carried_out += 1
            else:
                mine.state = Completed(name=SKIPPED)
            begun.append(mine)
        assert carried_out == 1


def test_the_next_due_time_is_made_again() -> None:
    assert why(run(10, 11), run(0, 5)) is None


STAND_FOR_NOTHING = {
    "another look": run(0, 5, parameters={"params": {"look": "charcoal"}}),
    "a person's": run(0, 5, auto_scheduled=False),
    "skipped": run(0, 5, state=Completed(name=SKIPPED)),
    "never started": run(0, None, state=Cancelled(), run_count=0),
    "cancelled as one too many": run(0, 5, state=Cancelled(), run_count=0),
    "started later": run(0, 20),
    "itself too late": run(-7200, 5),
}


@pytest.mark.parametrize("other", STAND_FOR_NOTHING.values(), ids=STAND_FOR_NOTHING.keys())
def test_what_does_not_stand_for_it(other: FlowRun) -> None:
    assert why(run(0, 10), other) is None


def test_another_that_started_at_the_same_moment_decides_by_its_id() -> None:
    first, second = run(0, 5), run(-10, 5)
    skipped = [why(first, second) is not None, why(second, first) is not None]
    assert sorted(skipped) == [False, True]


def test_runs_of_several_days_stand_for_themselves() -> None:
    daily = {"parameters": {"day_in": "day", "day_zone": "Asia/Tokyo", "params": {}}}
    day_s = 24 * 3600.0
    # An outage of three days ends; Tokyo is nine hours ahead, so noon in UTC is 21:00 there.
    due = [run(number * day_s, 3 * day_s + number, **daily) for number in range(3)]
    evening, next_day = run(2 * 3600, 3 * day_s + 4, **daily), run(4 * 3600, 3 * day_s + 5, **daily)
    far = timedelta(days=30)
    for mine in due:
        others = [other for other in due if other is not mine]
        assert why(mine, *others, limit=far) is None
    assert "this run is not needed" in (why(evening, due[0], limit=far) or ""), (
        "23:00 of the same day"
    )
    assert why(next_day, due[0], limit=far) is None, "01:00 of the next"
