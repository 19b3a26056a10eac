"""What starts runs: events of Prefect, and what a run takes from its event."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, TemplateSyntaxError
from prefect.events import DeploymentEventTrigger

from shotgraph.errors import InvalidInput
from shotgraph.flows.form import json_type
from shotgraph.flows.given_values import check_complete
from shotgraph.spec import Pipeline

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
