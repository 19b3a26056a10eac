"""When: what a command line says, and what is no schedule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prefect.schedules import Cron

from shotgraph.errors import InvalidInput
from shotgraph.flows.schedules import (
    NEXT,
    next_runs,
    said,
    schedules_of,
    too_often,
    with_slug,
)


def test_all_kinds_with_values_of_their_own() -> None:
    cron, interval, rrule = schedules_of(
        cron=["0 6 * * *"],
        interval_s=[90],
        rrule=["FREQ=WEEKLY;BYDAY=MO"],
        timezone="Europe/Berlin",
        params={"look": "ink"},
    )
    assert (cron.cron, cron.timezone) == ("0 6 * * *", "Europe/Berlin")
    assert interval.interval == timedelta(seconds=90)
    assert interval.anchor_date == datetime(2024, 1, 1, tzinfo=UTC)
    assert rrule.rrule == "FREQ=WEEKLY;BYDAY=MO"
    for schedule in (cron, interval, rrule):
        assert schedule.parameters == {"params": {"look": "ink"}}
    assert [said(one) for one in (cron, interval, rrule)] == [
        "cron 0 6 * * * (Europe/Berlin)",
        "every 90 s (Europe/Berlin)",
        "rrule FREQ=WEEKLY;BYDAY=MO (Europe/Berlin)",
    ]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"cron": ["0 6 * *"]}, '--cron "0 6 * *"'),
    ({"cron": ["99 6 * * *"]}, "--cron"),
    ({"cron": [""]}, "--cron"),
    ({"rrule": ["EVERY=DAY"]}, '--rrule "EVERY=DAY"'),
    ({"rrule": ["FREQ=SECONDLY"]}, "give --interval in its place"),
    ({"rrule": ["freq=minutely;interval=5"]}, "give --interval in its place"),
    ({"interval_s": [0]}, "--interval 0"),
    ({"interval_s": [-5]}, "--interval -5"),
    ({"interval_s": [float("nan")]}, "--interval nan"),
    ({"interval_s": [1e12]}, "--interval 1e"),
    ({"cron": ["0 6 * * *"], "timezone": "Europe/Nowhere"}, '--timezone "Europe/Nowhere"'),
    ({"cron": ["0 6 * * *"], "timezone": "../../etc/passwd"}, "--timezone"),
    ({"params": {"look": "ink"}}, "--schedule-set"),
]


@pytest.mark.parametrize(("given", "names"), WRONG, ids=[str(given) for given, _ in WRONG])
def test_what_is_none_is_said_before_anything_is_deployed(
    given: dict[str, Any], names: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        schedules_of(**given)
    assert names in str(refused.value)


def test_a_schedule_is_named_by_what_it_says() -> None:
    first, again = (with_slug(schedules_of(interval_s=[90])[0]).slug for _ in range(2))
    other = with_slug(schedules_of(interval_s=[91])[0]).slug
    valued = with_slug(schedules_of(interval_s=[90], params={"look": "ink"})[0]).slug
    assert first == again
    assert len({first, other, valued}) == 3
    assert with_slug(replace(Cron("0 6 * * *"), slug="mine")).slug == "mine"


NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


async def test_the_next_runs_are_told_in_their_zone() -> None:
    (morning,) = map(with_slug, schedules_of(cron=["0 6 * * *"], timezone="Asia/Tokyo"))
    (found,) = (await next_runs([morning], NOON)).values()
    assert [f"{due:%Y-%m-%d %H:%M %Z}" for due in found] == [
        "2026-12-01 06:00 JST",
        "2026-12-02 06:00 JST",
        "2026-12-03 06:00 JST",
    ]
    assert too_often(found) == ""


NEVER: list[dict[str, Any]] = [
    {"cron": ["0 0 30 2 *"]},
    {"rrule": ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"]},
    {"rrule": ["DTSTART:20200101T000000\nRRULE:FREQ=DAILY;COUNT=3"]},
]


@pytest.mark.parametrize("given", NEVER, ids=str)
async def test_a_schedule_that_never_starts_a_run_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="never starts a run"):
        await next_runs([with_slug(one) for one in schedules_of(**given)], NOON)


async def test_a_schedule_that_is_given_twice_is_refused() -> None:
    twice = schedules_of(cron=["0 6 * * *", "0 6 * * *"])
    with pytest.raises(InvalidInput, match=r"cron 0 6 \* \* \* \(UTC\) is given twice"):
        await next_runs([with_slug(one) for one in twice], NOON)


OFTEN: list[dict[str, Any]] = [
    {"cron": ["*/20 * * * * *"]},
    {"cron": ["0 0 6 * * *"]},
    {"interval_s": [5]},
]


@pytest.mark.parametrize("given", OFTEN, ids=str)
async def test_runs_that_follow_each_other_at_once_are_warned_of(given: dict[str, Any]) -> None:
    (schedule,) = map(with_slug, schedules_of(**given))
    (found,) = (await next_runs([schedule], NOON)).values()
    assert len(found) == NEXT
    assert "each run may buy a film" in too_often(found)
