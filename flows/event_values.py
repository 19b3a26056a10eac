"""What the runs of an event take from it: templates that Prefect's server fills in."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, TemplateSyntaxError

from shotgraph.errors import InvalidInput
from shotgraph.spec import Param, Pipeline

_EXAMPLE = "{{ event.payload.file }}"
_AS_JSON = frozenset({"number", "integer", "boolean"})


def event_values(pipeline: Pipeline, templates: Mapping[str, str]) -> dict[str, Any]:
    """Write templates as an automation of Prefect takes them.

    What is no text is read as JSON: a number as it stands, a list out of ``tojson``. A value that
    does not fit, or that the event does not have, is refused by Prefect's API as the form refuses
    it: there is no run then, and nothing is bought.

    Args:
        pipeline: The pipeline.
        templates: Of Jinja, by the parameter that each is for.

    Raises:
        InvalidInput: There is no such parameter, or a template is none.
    """
    return {name: _written(pipeline, name, template) for name, template in templates.items()}


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
    return {"__prefect_kind": "json", "value": filled} if _is_json(param) else filled


def _is_json(param: Param) -> bool:
    return param.list is not None or param.item in _AS_JSON
