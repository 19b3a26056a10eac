"""The day that a run is for: a film of each day is another film, and its key says so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from prefect.client.schemas.objects import FlowRun

from shotgraph.errors import InvalidInput
from shotgraph.flows.lateness import is_by_itself
from shotgraph.spec import Pipeline
from shotgraph.spec.nearest import nearest_name


def with_due_day(
    params: Mapping[str, Any], run: FlowRun | None, *, day_in: str | None, day_zone: str
) -> dict[str, Any]:
    """Give a run of a schedule or an event the day on which it is due.

    The day is that of the time the run was due at, which stays what it is when the run is carried
    out late, restarted or resumed: what was bought for a day is found again.

    Args:
        params: The run's values; a run that a person has asked for keeps them as they are.
        run: The run, if Prefect knows of one.
        day_in: The parameter that gets the day, as ``2026-11-27``; None for none.
        day_zone: The time zone that the day is told in.

    Raises:
        InvalidInput: There is no such time zone.
    """
    if day_in is None or run is None or not is_by_itself(run) or run.expected_start_time is None:
        return dict(params)
    return {**params, day_in: day_of(run.expected_start_time, day_zone)}


def check_day_in(pipeline: Pipeline, day_in: str | None) -> None:
    """See that there is a parameter to get the day.

    Raises:
        InvalidInput: The name is that of no text parameter.
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
    """Tell the day of a moment in a time zone, as ``2026-11-27``.

    Raises:
        InvalidInput: There is no such time zone.
    """
    try:
        return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f'"{zone}" is no time zone; allowed: names such as Europe/Berlin'
        ) from None
