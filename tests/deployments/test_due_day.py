"""A run of a schedule knows the day that it is for, also when it is carried out on another."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, FlowRun

from shotgraph.errors import InvalidInput
from shotgraph.flows import deploy_all, deployment_of, flow_of
from shotgraph.flows.due_day import day_behind_gap, day_of, due_times
from shotgraph.flows.schedules import schedules_of
from shotgraph.flows.this_run import with_due_day
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


async def test_it_is_the_day_on_which_it_was_due() -> None:
    told = await with_due_day(GIVEN, run(), day_in="day", day_zone="UTC")
    assert told == {"day": "2026-11-27", "mood": "misty"}
    there = await with_due_day(GIVEN, run(), day_in="day", day_zone="Europe/Berlin")
    assert there["day"] == "2026-11-28"


@pytest.mark.parametrize(
    "other", [None, run(auto_scheduled=False), run(deployment_id=None), run(created_by=None)]
)
async def test_who_asks_for_a_run_says_the_day(other: FlowRun | None) -> None:
    told = await with_due_day(GIVEN, other, day_in="day", day_zone="UTC")
    by_itself = other is not None and other.auto_scheduled and other.deployment_id is not None
    assert (told == GIVEN) != by_itself


async def test_no_day_is_told_where_nothing_wants_it() -> None:
    assert await with_due_day(GIVEN, run(), day_in=None, day_zone="UTC") == GIVEN


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


SANTIAGO = datetime(2027, 9, 5, 3, tzinfo=UTC)  # 23:00 on the 4th; then 00:00 becomes 01:00


@pytest.mark.parametrize(
    ("due", "zone", "day"),
    [
        (SANTIAGO, "America/Santiago", "2027-09-05"),
        (datetime(2027, 4, 29, 21, tzinfo=UTC), "Africa/Cairo", "2027-04-30"),
        (datetime(2027, 9, 4, 3, tzinfo=UTC), "America/Santiago", None),
        (datetime(2027, 3, 27, 23, tzinfo=UTC), "Europe/Berlin", None),  # 02:00 becomes 03:00
        (datetime(2027, 10, 30, 22, tzinfo=UTC), "Europe/Berlin", None),  # 03:00 becomes 02:00
        (LATE, "UTC", None),
    ],
)
def test_a_midnight_that_the_clocks_skip(due: datetime, zone: str, day: str | None) -> None:
    assert day_behind_gap(due, zone) == day


@pytest.mark.parametrize(
    ("cron", "begin", "first"),
    [
        ("0 0 * * *", datetime(2027, 9, 2, 12, tzinfo=UTC), 3),
        ("0 23 * * *", datetime(2027, 9, 2, 12, tzinfo=UTC), 2),
        ("30 1 * * *", datetime(2027, 9, 2, 12, tzinfo=UTC), 3),
    ],
)
@pytest.mark.usefixtures("fal_env")
async def test_a_week_over_a_skipped_midnight_has_each_of_its_days(
    prefect_server: PrefectServer,
    cron: str,
    begin: datetime,
    first: int,
    shot: Path,
    tmp_path: Path,
) -> None:
    zone = "America/Santiago"
    file = write_film(
        tmp_path / "film", QUICK.format(name=f"week-{cron[:4].strip().replace(' ', '-')}"), shot
    )
    nightly = schedules_of(cron=[cron], timezone=zone)
    (made,) = await deploy_all([await deployment_of(file, day_in="words", schedules=nightly)])
    due = await due_times(nightly[0], begin, most=7)
    found = [
        await with_due_day(
            {},
            run(deployment_id=made.id, expected_start_time=one.astimezone(UTC)),
            day_in="words",
            day_zone=zone,
        )
        for one in due
    ]
    assert [one["words"] for one in found] == [f"2027-09-{first + day:02d}" for day in range(7)]


@pytest.mark.usefixtures("prefect_server", "fal_env")
async def test_the_day_of_an_interval_is_that_of_its_zone(shot: Path, tmp_path: Path) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="minutely"), shot)
    often = schedules_of(interval_s=[60], timezone="Pacific/Auckland")
    made = await deployment_of(file, day_in="words", schedules=often)
    assert made.parameters["day_zone"] == "Pacific/Auckland"
    assert made.concurrency_options is not None
    waits = made.concurrency_options.collision_strategy
    assert waits == ConcurrencyLimitStrategy.ENQUEUE, "a run of another day is no run too many"


def test_a_flow_for_prefects_own_command_takes_the_day(shot: Path, tmp_path: Path) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="own"), shot)
    assert flow_of(file, day_in="words", day_zone="Asia/Tokyo").name == "film"
    with pytest.raises(InvalidInput, match='"shot" can\'t get the day'):
        flow_of(file, day_in="shot")
    with pytest.raises(InvalidInput, match="is no time zone"):
        flow_of(file, day_in="words", day_zone="Mars/Olympus")
