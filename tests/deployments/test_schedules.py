"""When: what a command line says, and what is no schedule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prefect.schedules import Cron

from shotgraph.errors import InvalidInput
from shotgraph.flows.schedules import said, schedules_of, with_slug


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
        "every 90 s",
        "rrule FREQ=WEEKLY;BYDAY=MO (Europe/Berlin)",
    ]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"cron": ["0 6 * *"]}, '--cron "0 6 * *"'),
    ({"cron": ["99 6 * * *"]}, "--cron"),
    ({"cron": [""]}, "--cron"),
    ({"rrule": ["EVERY=DAY"]}, '--rrule "EVERY=DAY"'),
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
