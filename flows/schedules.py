"""Schedules (cron, interval, rrule) and event triggers, checked before a film is deployed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import Environment, TemplateSyntaxError
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.schedules import SCHEDULE_TYPES
from prefect.events import DeploymentEventTrigger
from prefect.schedules import Cron, Interval, RRule, Schedule

from shotgraph.errors import InvalidInput
from shotgraph.flows.due_day import due_times
from shotgraph.flows.form import check_complete, json_type
from shotgraph.spec import Pipeline

MARK = "shotgraph-"
"""The prefix of the slugs of schedules that shotgraph made and may remove."""

SHORTEST_S = 1.0

# All intervals count from this time, so the same command gives the same due times on any day.
_ANCHOR = datetime(2024, 1, 1, tzinfo=UTC)


def schedules_of(
    *,
    cron: Sequence[str] = (),
    interval_s: Sequence[float] = (),
    rrule: Sequence[str] = (),
    timezone: str | None = None,
    params: Mapping[str, Any] | None = None,
) -> list[Schedule]:
    """Make schedules from the options of a command.

    Args:
        cron: Lines such as ``0 6 * * *``.
        interval_s: Seconds between two runs, counted from the beginning of 2024.
        rrule: Rules such as ``FREQ=WEEKLY;BYDAY=MO``.
        timezone: The time zone of all schedules, such as ``Europe/Berlin``; UTC by default.
        params: Values of the film's parameters, for the runs of all schedules.

    Raises:
        InvalidInput: A line, an interval, a rule or the time zone is invalid.
    """
    if timezone is not None:
        _check_timezone(timezone)
    own: dict[str, Any] = {"params": dict(params)} if params else {}
    found = [
        *(_made("--cron", line, lambda line: Cron(line, timezone=timezone)) for line in cron),
        *(_interval(seconds, timezone) for seconds in interval_s),
        *(_made("--rrule", rule, lambda rule: _rule(rule, timezone)) for rule in rrule),
    ]
    if own and not found:
        raise InvalidInput("--schedule-set is given, and no --cron, --interval or --rrule")
    return [replace(schedule, parameters=own) for schedule in found]


def with_slug(schedule: Schedule) -> Schedule:
    """Name a schedule by its content, so that the next deployment recognizes it."""
    if schedule.slug is not None:
        return schedule
    interval = schedule.interval.total_seconds() if schedule.interval else None
    says = [schedule.cron, interval, schedule.rrule, schedule.timezone, schedule.parameters]
    kind = "cron" if schedule.cron else "interval" if schedule.interval else "rrule"
    digest = hashlib.sha256(json.dumps(says, sort_keys=True, default=str).encode()).hexdigest()
    return replace(schedule, slug=f"{MARK}{kind}-{digest[:8]}")


def said(schedule: Schedule | SCHEDULE_TYPES) -> str:
    """Describe a schedule in a few words."""
    fields = ("interval", "cron", "rrule", "timezone")
    interval, cron, rrule, zone = (getattr(schedule, field, None) for field in fields)
    if interval is not None:
        # Prefect's server sets UTC if the zone is missing.
        at = f" ({zone})" if zone not in (None, "UTC") else ""
        return f"every {interval.total_seconds():g} s{at}"
    return f"cron {cron} ({zone or 'UTC'})" if cron else f"rrule {rrule} ({zone or 'UTC'})"


def said_with_values(schedule: DeploymentSchedule | DeploymentScheduleCreate) -> str:
    """Describe a deployment's schedule, with the values of its runs."""
    values = schedule.parameters.get("params") or {}
    given = ", ".join(f"{name}={json.dumps(value)}" for name, value in values.items())
    return said(schedule.schedule) + (f" with {given}" if given else "")


def is_ours(schedule: DeploymentSchedule) -> bool:
    """Whether shotgraph made a schedule, and may remove it."""
    return schedule.slug is not None and schedule.slug.startswith(MARK)


NEXT = 3
"""The number of runs of a schedule to show."""
OFTEN_S = 60
"""Shorter seconds between two runs are probably a mistake."""


async def next_runs(schedules: Sequence[Schedule], now: datetime) -> dict[str, list[datetime]]:
    """Find the next runs of each schedule, by its slug.

    Raises:
        InvalidInput: A schedule never starts a run, or is given twice.
    """
    found: dict[str, list[datetime]] = {}
    for schedule in schedules:
        slug = str(schedule.slug)
        if slug in found:
            raise InvalidInput(f"{said(schedule)} is given twice; remove one of them")
        found[slug] = await due_times(schedule, now, most=NEXT)
        if not found[slug]:
            raise InvalidInput(
                f"{said(schedule)} never starts a run from now on; correct it, or remove it"
            )
    return found


def too_often(runs: Sequence[datetime]) -> str:
    """Return a warning if runs of a schedule follow each other too closely; else an empty text."""
    gaps_s = [(after - before).total_seconds() for before, after in pairwise(runs)]
    if not gaps_s or min(gaps_s) >= OFTEN_S:
        return ""
    return (
        f"it starts a run after {min(gaps_s):g} s, and each run may buy a film; in a cron line of "
        "six fields, the first field is the minute, and the sixth is the second"
    )


def _made(option: str, text: str, make: Any) -> Schedule:
    try:
        made: Schedule = make(text)
    except ValueError as error:
        reason = str(error).split("\n", 1)[0]
        allowed = {"--cron": '"0 6 * * *"', "--rrule": '"FREQ=WEEKLY;BYDAY=MO;BYHOUR=6"'}
        raise InvalidInput(f'{option} "{text}": {reason}; such as {allowed[option]}') from None
    return made


def _rule(text: str, timezone: str | None) -> Schedule:
    # Prefect goes through all times since 2020, one by one: that would take its server minutes.
    if any(often in text.upper() for often in ("FREQ=SECONDLY", "FREQ=MINUTELY")):
        raise ValueError("a rule for every second or minute; give --interval in its place")
    return RRule(text, timezone=timezone)


def _interval(seconds: float, timezone: str | None) -> Schedule:
    if not SHORTEST_S <= seconds <= 366 * 86400:
        raise InvalidInput(f"--interval {seconds:g}: allowed: seconds, from 1 to a year")
    return Interval(timedelta(seconds=seconds), anchor_date=_ANCHOR, timezone=timezone)


def _check_timezone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f'--timezone "{timezone}" is not known; allowed: a name such as Europe/Berlin, or UTC'
        ) from None


_EXAMPLE = "{{ event.payload.file }}"


def triggers_of(
    pipeline: Pipeline,
    name: str,
    on_event: Sequence[str] | Mapping[str, Mapping[str, str]],
    defaults: Mapping[str, Any],
) -> list[DeploymentEventTrigger]:
    """Make the triggers of a deployment.

    For a parameter that is not a text, the output of its template is read as JSON: a plain number,
    or a list from ``tojson``. If a value does not fit, or the event lacks it, Prefect's API refuses
    the run, and nothing is bought.

    Args:
        name: The name of the deployment.
        on_event: Names of events; or for each event its Jinja templates, by parameter.
        defaults: Default values of the parameters.

    Raises:
        InvalidInput: A parameter does not exist, a template is invalid, or a value is missing.
    """
    templates = on_event if isinstance(on_event, Mapping) else {event: {} for event in on_event}
    return [
        DeploymentEventTrigger(
            name=trigger_name(name, event),
            expect={event},
            parameters=_parameters(pipeline, dict(taken), defaults),
        )
        for event, taken in templates.items()
    ]


def trigger_name(deployment: str, event: str) -> str:
    """Return the name of the automation that starts runs of a deployment on an event."""
    return f"{deployment} on {event}"


def _parameters(
    pipeline: Pipeline, templates: Mapping[str, str], defaults: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the values of a run; they replace all values of the deployment."""
    taken = {name: _written(pipeline, name, template) for name, template in templates.items()}
    check_complete(pipeline, "an event", defaults, taken)
    fixed = {name: _as_it_is(value) for name, value in defaults.items()}
    return {"params": {**fixed, **taken}} if taken else None


def _as_it_is(value: Any) -> Any:
    """Keep Prefect from reading a template in a value that comes from no event."""
    written = json.dumps(value)
    if not any(begin in written for begin in ("{{", "{%", "{#")):
        return value
    return {"__prefect_kind": "json", "value": written}


def _written(pipeline: Pipeline, name: str, template: str) -> dict[str, Any]:
    param = pipeline.params.get(name)
    if param is None:
        allowed = ", ".join(pipeline.params) or "none, for the film has no parameters"
        raise InvalidInput(f'--event-set "{name}": there is no such parameter; allowed: {allowed}')
    if "{{" not in template:
        raise InvalidInput(
            f'--event-set {name}="{template}" takes nothing from the event; write a template such '
            f"as {_EXAMPLE}, or give a value that is always the same by --set"
        )
    try:
        Environment(autoescape=True).parse(template)
    # Jinja recurses for each bracket, and lets Python read numbers of any length.
    except (TemplateSyntaxError, SyntaxError, RecursionError, ValueError) as error:
        why = error.message if isinstance(error, TemplateSyntaxError) else str(error)
        why = "its brackets are too deep" if isinstance(error, RecursionError) else why
        raise InvalidInput(
            f'--event-set {name}="{template[:200]}" is no template that Prefect takes: {why}; '
            f"such as {_EXAMPLE}"
        ) from None
    filled = {"__prefect_kind": "jinja", "template": template}
    is_text = param.list is None and json_type(param) == "string"
    return filled if is_text else {"__prefect_kind": "json", "value": filled}
