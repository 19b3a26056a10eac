"""A run of a schedule knows the day that it is for, also when it is carried out on another."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun

from shotgraph.errors import InvalidInput
from shotgraph.flows import deployment_of
from shotgraph.flows.schedules import schedules_of
from shotgraph.flows.this_run import day_of, with_due_day
from tests.through_prefect import PrefectServer

from .films import QUICK, write_film

LATE = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
GIVEN = {"day": "a day", "mood": "misty"}


def run(**more: Any) -> FlowRun:
    given: dict[str, Any] = {
        "id": uuid4(),
        "flow_id": uuid4(),
        "deployment_id": uuid4(),
        "expected_start_time": LATE,
        "start_time": datetime(2026, 11, 29, 8, tzinfo=UTC),
        "auto_scheduled": True,
        "run_count": 2,
    }
    return FlowRun(**{**given, **more})


def test_it_is_the_day_on_which_it_was_due() -> None:
    told = with_due_day(GIVEN, run(), day_in="day", day_zone="UTC")
    assert told == {"day": "2026-11-27", "mood": "misty"}
    there = with_due_day(GIVEN, run(), day_in="day", day_zone="Europe/Berlin")
    assert there["day"] == "2026-11-28"


@pytest.mark.parametrize(
    "other", [None, run(auto_scheduled=False), run(deployment_id=None), run(created_by=None)]
)
def test_who_asks_for_a_run_says_the_day(other: FlowRun | None) -> None:
    told = with_due_day(GIVEN, other, day_in="day", day_zone="UTC")
    by_itself = other is not None and other.auto_scheduled and other.deployment_id is not None
    assert (told == GIVEN) != by_itself


def test_no_day_is_told_where_nothing_wants_it() -> None:
    assert with_due_day(GIVEN, run(), day_in=None, day_zone="UTC") == GIVEN


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "Europe"])
def test_a_zone_that_is_none(zone: str) -> None:
    with pytest.raises(InvalidInput, match="is no time zone"):
        day_of(LATE, zone)


async def test_a_deployment_says_where_the_day_goes(
    prefect_server: PrefectServer, fal_env: dict[str, str], shot: Path, tmp_path: Path
) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="daily"), shot)
    morning = schedules_of(cron=["0 6 * * *"], timezone="Europe/Berlin", params={})
    made = await deployment_of(file, day_in="words", schedules=morning)
    assert made.parameters["day_in"] == "words"
    assert made.parameters["day_zone"] == "Europe/Berlin"
    assert "day_zone" not in (await deployment_of(file, day_in="words")).parameters
    assert not {"day_in", "day_zone"} & set((await deployment_of(file)).parameters)
    for wrong in ("shot", "nothing"):
        with pytest.raises(InvalidInput, match=f'"{wrong}" can\'t get the day; allowed: words'):
            await deployment_of(file, day_in=wrong)
    evening = schedules_of(cron=["0 18 * * *"], timezone="Asia/Tokyo", params={})
    with pytest.raises(InvalidInput, match="several time zones"):
        await deployment_of(file, day_in="words", schedules=[*morning, *evening])
