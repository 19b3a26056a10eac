"""The due times of schedules, and the day of a scheduled run, in the schedule's time zone."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.schedules import SCHEDULE_TYPES, construct_schedule
from prefect.schedules import Schedule

from shotgraph.errors import InvalidInput
from shotgraph.spec import Pipeline
from shotgraph.spec.meant import nearest_name

LONGEST_GAP = timedelta(hours=3)
"""The most by which clocks go forward."""
_LOOKED_AT = 200


async def due_times(
    schedule: Schedule | SCHEDULE_TYPES | None, after: datetime, *, most: int
) -> list[datetime]:
    """Return the next times at which a schedule starts a run, by Prefect's own rules.

    Args:
        schedule: A schedule of our own, or of Prefect's server.
        after: The beginning of the search.
        most: The number of times to find.

    Returns:
        The times, in the schedule's time zone; fewer than `most` if the schedule ends before, and
        none if it never has a due day.
    """
    if isinstance(schedule, Schedule):
        schedule = construct_schedule(
            interval=schedule.interval,
            anchor_date=schedule.anchor_date if schedule.interval else None,
            timezone=schedule.timezone,
            cron=schedule.cron,
            rrule=schedule.rrule,
        )
    # A part of Prefect's server: runs without a schedule don't need to load it.
    import prefect.server.schemas.schedules as server_schedules

    rules = getattr(server_schedules, type(schedule).__name__, None)
    if schedule is None or rules is None:
        return []
    try:
        found = await rules(**schedule.model_dump()).get_dates(n=most, start=after)
    except ValueError:  # such as the 30th of February
        return []
    zone = ZoneInfo(getattr(schedule, "timezone", None) or "UTC")
    # Below Python 3.13 Prefect uses its own class for times.
    return [datetime.fromtimestamp(due.timestamp(), zone) for due in found]


async def due_day(run: FlowRun, due: datetime, zone: str) -> str:
    """Return the day that a run is for, as ``2026-11-27``.

    Args:
        run: The run of a schedule or an event.
        due: The time at which it is due.
        zone: The time zone of the day.

    Raises:
        InvalidInput: The time zone does not exist.
    """
    day, moved = day_of(due, zone), day_behind_gap(due, zone)
    if moved is None or await _is_usual(run, due, due.astimezone(ZoneInfo(zone)).time()):
        return day
    return moved


def check_day_in(pipeline: Pipeline, day_in: str | None) -> None:
    """Check that the film has a text parameter of this name, for the day.

    Raises:
        InvalidInput: There is no text parameter of this name.
    """
    if day_in is None:
        return
    param = pipeline.params.get(day_in)
    if param is None or param.type != "text":
        texts = [name for name, one in pipeline.params.items() if one.type == "text"]
        nearest = nearest_name(day_in, texts)
        raise InvalidInput(
            f'"{day_in}" can\'t get the day; allowed: '
            + (", ".join(texts) or "none, for there is no parameter of type text")
            + (f"; did you mean {nearest}?" if nearest else "")
        )


def day_of(moment: datetime, zone: str) -> str:
    """Return the day of a moment in a time zone, as ``2026-11-27``.

    Raises:
        InvalidInput: The time zone does not exist.
    """
    try:
        return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f'"{zone}" is no time zone; allowed: names such as Europe/Berlin'
        ) from None


def day_behind_gap(moment: datetime, zone: str) -> str | None:
    """Return the next day, if this due time may replace a time of the next day that clocks skip.

    If clocks go forward at midnight, 00:00 does not exist. Prefect starts a run that is due then
    one hour before the clocks go forward: at 23:00 on the day before.

    Args:
        moment: The time at which a run is due.
        zone: Its time zone, which exists.
    """
    there = ZoneInfo(zone)
    local = datetime.fromtimestamp(moment.timestamp(), there)
    later = datetime.fromtimestamp((moment + LONGEST_GAP).timestamp(), there)
    skipped = (later.utcoffset() or timedelta()) - (local.utcoffset() or timedelta())
    if skipped <= timedelta():
        return None
    meant = local.replace(tzinfo=None) + skipped
    exists = meant.replace(tzinfo=there).astimezone(ZoneInfo("UTC")).astimezone(there)
    if exists.replace(tzinfo=None) == meant or meant.date() == local.date():
        return None
    return f"{meant:%Y-%m-%d}"


async def _is_usual(run: FlowRun, due: datetime, wall: time) -> bool:
    """Whether a schedule of the run's deployment is due at this time on other days too."""
    if run.deployment_id is None:
        return True
    begin = due + timedelta(days=1) - LONGEST_GAP
    async with get_client() as client:
        deployment = await client.read_deployment(run.deployment_id)
    found: Sequence[datetime] = [
        other
        for one in deployment.schedules
        for other in await due_times(one.schedule, begin, most=_LOOKED_AT)
    ]
    return any(other.time() == wall for other in found)
