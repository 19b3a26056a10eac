"""Schedules (cron, interval, rrule) and event triggers, checked before a film is deployed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import Environment, TemplateSyntaxError
from prefect.events import DeploymentEventTrigger
from prefect.schedules import Cron, Interval, RRule, Schedule

from shotgraph.errors import InvalidInput
from shotgraph.flows.form import check_complete, json_type
from shotgraph.spec import Pipeline

MARK = "shotgraph-"
"""How the slugs of schedules begin that shotgraph has made, and may take away again."""

SHORTEST_S = 1.0

# An interval counts from here, whenever it is deployed: the same command gives the same due times.
_ANCHOR = datetime(2024, 1, 1, tzinfo=UTC)


def schedules_of(
    *,
    cron: Sequence[str] = (),
    interval_s: Sequence[float] = (),
    rrule: Sequence[str] = (),
    timezone: str | None = None,
    params: Mapping[str, Any] | None = None,
) -> list[Schedule]:
    """Make schedules out of what a command line says.

    Args:
        cron: Lines such as ``0 6 * * *``.
        interval_s: Seconds between two runs, counted from the beginning of 2024.
        rrule: Rules such as ``FREQ=WEEKLY;BYDAY=MO``.
        timezone: Of cron and rrule, such as ``Europe/Berlin``; UTC by default.
        params: Values for the film's parameters, for the runs of all of them.

    Raises:
        InvalidInput: One of them is none.
    """
    if timezone is not None:
        _check_timezone(timezone)
    own: dict[str, Any] = {"params": dict(params)} if params else {}
    found = [
        *(_made("--cron", line, lambda line: Cron(line, timezone=timezone)) for line in cron),
        *(_interval(seconds) for seconds in interval_s),
        *(_made("--rrule", rule, lambda rule: RRule(rule, timezone=timezone)) for rule in rrule),
    ]
    if own and not found:
        raise InvalidInput("--schedule-set is given, and no --cron, --interval or --rrule")
    return [replace(schedule, parameters=own) for schedule in found]


def with_slug(schedule: Schedule) -> Schedule:
    """Name a schedule by what it says, so that deploying it again finds it."""
    if schedule.slug is not None:
        return schedule
    interval = schedule.interval.total_seconds() if schedule.interval else None
    says = [schedule.cron, interval, schedule.rrule, schedule.timezone, schedule.parameters]
    kind = "cron" if schedule.cron else "interval" if schedule.interval else "rrule"
    digest = hashlib.sha256(json.dumps(says, sort_keys=True, default=str).encode()).hexdigest()
    return replace(schedule, slug=f"{MARK}{kind}-{digest[:8]}")


def said(schedule: Schedule) -> str:
    """Say a schedule in a few words."""
    if schedule.interval is not None:
        return f"every {schedule.interval.total_seconds():g} s"
    zone = schedule.timezone or "UTC"
    return f"{'cron' if schedule.cron else 'rrule'} {schedule.cron or schedule.rrule} ({zone})"


def _made(option: str, text: str, make: Any) -> Schedule:
    try:
        made: Schedule = make(text)
    except ValueError as error:
        reason = str(error).split("\n", 1)[0]
        allowed = {"--cron": '"0 6 * * *"', "--rrule": '"FREQ=WEEKLY;BYDAY=MO;BYHOUR=6"'}
        raise InvalidInput(f'{option} "{text}": {reason}; such as {allowed[option]}') from None
    return made


def _interval(seconds: float) -> Schedule:
    if not SHORTEST_S <= seconds <= 366 * 86400:
        raise InvalidInput(f"--interval {seconds:g}: allowed: seconds, from 1 to a year")
    return Interval(timedelta(seconds=seconds), anchor_date=_ANCHOR)


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

    What a template gives a parameter that is no text is read as JSON: a number as it stands, a list
    out of ``tojson``. A value that does not fit, or that the event does not have, is refused by
    Prefect's API as the form refuses it: there is no run then, and nothing is bought.

    Args:
        pipeline: The pipeline.
        name: The deployment's.
        on_event: Names of events; or the templates, of Jinja, for each, by parameter.
        defaults: What the parameters are worth where an event does not say.

    Raises:
        InvalidInput: There is no such parameter, a template is none, or a value is lacking.
    """
    templates = on_event if isinstance(on_event, Mapping) else {event: {} for event in on_event}
    return [
        DeploymentEventTrigger(
            name=f"{name} on {event}",
            expect={event},
            parameters=_parameters(pipeline, dict(taken), defaults),
        )
        for event, taken in templates.items()
    ]


def _parameters(
    pipeline: Pipeline, templates: Mapping[str, str], defaults: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Write a run's values, which take the place of all that the deployment has."""
    taken = {name: _written(pipeline, name, template) for name, template in templates.items()}
    check_complete(pipeline, "an event", defaults, taken)
    return {"params": {**defaults, **taken}} if taken else None


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
    except TemplateSyntaxError as error:
        raise InvalidInput(
            f'--event-set {name}="{template}" is no template that Prefect takes: {error.message}; '
            f"such as {_EXAMPLE}"
        ) from None
    filled = {"__prefect_kind": "jinja", "template": template}
    is_text = param.list is None and json_type(param) == "string"
    return filled if is_text else {"__prefect_kind": "json", "value": filled}
