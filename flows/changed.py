"""The changes that a new deployment of a film makes; and the folder of the earlier deployment."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.deployments.runner import RunnerDeployment
from pydantic import JsonValue

from shotgraph.bundle import is_reference
from shotgraph.errors import InvalidInput
from shotgraph.flows.schedules import is_ours, said_with_values, trigger_name

FOLDER = "x-deployed-from"
"""The key of the film's folder in a form; programs that read forms ignore such keys."""

_MONEY = "--max-usd"
_FOLDER = "folder"
_OPTIONS = {
    "pipeline": "the film or its files",
    "max_usd": _MONEY,
    "rehearse": "--rehearse",
    "credentials": "--credentials",
    "store": "--store",
    "out": "--out",
    "latest_start_s": "--latest-start",
    "day_in": "--day-in",
    "day_zone": "zone of --day-in",
    "trust_prices": "--trust-prices",
}
"""The names of run parameters for users; ``most_usd`` is ``max_usd`` again."""


@dataclass(frozen=True)
class DeploymentChange:
    """One changed item of a deployment.

    Attributes:
        what: The item: an option of the command, a parameter of the film, a schedule, an event.
        before: The old value; None if there was none.
        now: The new value; None if there is none.
    """

    what: str
    before: JsonValue
    now: JsonValue

    def in_words(self) -> str:
        """Describe the change in one line."""
        before, now = self._shown(self.before), self._shown(self.now)
        if self.what == _FOLDER and self.before is None:
            return (
                f"folder: {now}; an older version of shotgraph deployed it, and recorded no folder"
            )
        if self.before is None:
            return f"{self.what}: added: {now}"
        if self.now is None:
            return f"{self.what}: removed; it was {before}"
        return f"{self.what}: {before} before, {now} now"

    def as_json(self) -> dict[str, JsonValue]:
        """Return the change as in the command's JSON document."""
        return {"what": self.what, "before": self.before, "now": self.now}

    def _shown(self, value: JsonValue) -> str:
        if self.what == _MONEY and isinstance(value, float | int):
            return f"${value:g}"
        if not isinstance(value, str) or not value:
            return json.dumps(value, ensure_ascii=False)
        return f"{value[:19]}…" if is_reference(value) else value


def folder_of(form: Mapping[str, Any] | None) -> str | None:
    """Return the folder of a form's film; None if the form doesn't name it."""
    folder = (form or {}).get(FOLDER)
    return folder if isinstance(folder, str) else None


def check_same_folder(name: str, before: str | None, now: str | None) -> None:
    """Check that a deployment does not belong to another project.

    Args:
        name: The deployment's full name, with the name of its flow.
        before: The folder that it was deployed from; None if unknown.
        now: The folder of the film to deploy.

    Raises:
        InvalidInput: The film was deployed from another folder.
    """
    if before is None or now is None or before == now:
        return
    if Path(before).resolve() == Path(now).resolve():
        return
    raise InvalidInput(
        f"{name} was deployed from the folder {before}, and this film of the same name is in "
        f"{now}: it would replace that deployment, with its schedules and its budget. Nothing "
        "was deployed or changed. To keep both, give this film another name: --name NAME. To "
        "replace the deployment: --replace"
    )


async def changes_of(
    client: PrefectClient,
    there: DeploymentResponse,
    new: RunnerDeployment,
    schedules: Sequence[DeploymentScheduleCreate],
    folder: str | None,
) -> list[DeploymentChange]:
    """Compare an existing deployment with its new version.

    Changes by a person in the UI that stay, such as a schedule or a pause, are not in the list.

    Args:
        there: The deployment in Prefect.
        new: The new version.
        schedules: The schedules of the new version.
        folder: The folder of its film.
    """
    limit = there.global_concurrency_limit
    pairs: list[tuple[str, Any, Any]] = [
        (_FOLDER, folder_of(there.parameter_openapi_schema), folder),
        *_parameters(there.parameters, new.parameters),
        *_schedules(there, schedules),
        *await _events(client, there, new),
        ("work pool", there.work_pool_name, new.work_pool_name),
        ("--at-once", limit.limit if limit is not None else None, new.concurrency_limit),
        ("--collision", _strategy(there.concurrency_options), _strategy(new.concurrency_options)),
        ("tags", sorted(there.tags), sorted(new.tags)),
        ("description", there.description or None, new.description or None),
    ]
    return [DeploymentChange(what, before, now) for what, before, now in pairs if before != now]


def _parameters(
    before: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    for name in dict.fromkeys([*_OPTIONS, *before, *now]):
        if name not in ("params", "most_usd"):
            yield _OPTIONS.get(name, name), before.get(name), now.get(name)
    old, new = before.get("params") or {}, now.get("params") or {}
    for name in _union(old, new):
        yield f"parameter {name}", old.get(name), new.get(name)


def _schedules(
    there: DeploymentResponse, new: Sequence[DeploymentScheduleCreate]
) -> Iterator[tuple[str, Any, Any]]:
    old = {str(one.slug): said_with_values(one) for one in there.schedules if is_ours(one)}
    wanted = {str(one.slug): said_with_values(one) for one in new}
    for slug in _union(old, wanted):
        if slug not in old or slug not in wanted:  # equal slugs mean equal schedules
            yield f"schedule {slug}", old.get(slug), wanted.get(slug)


async def _events(
    client: PrefectClient, there: DeploymentResponse, new: RunnerDeployment
) -> list[tuple[str, Any, Any]]:
    """Compare the events that start runs, with the values that they give to runs."""
    of_it = await client.read_resource_related_automations(f"prefect.deployment.{there.id}")
    old = {
        event: _given_by(one.actions[0])
        for one in of_it
        for event in getattr(one.trigger, "expect", [])
        if one.name == trigger_name(there.name, event)  # Prefect doesn't say who made an automation
    }
    wanted = {
        event: _given_by(trigger)
        for trigger in new.triggers
        for event in getattr(trigger, "expect", [])
    }
    return [(f"event {name}", old.get(name), wanted.get(name)) for name in _union(old, wanted)]


def _given_by(event: Any) -> Any:
    given = getattr(event, "parameters", None) or {}
    return given.get("params") or "starts runs"


def _strategy(options: ConcurrencyOptions | None) -> str | None:
    return options.collision_strategy.value.lower() if options is not None else None


def _union(before: Mapping[str, Any], now: Mapping[str, Any]) -> Sequence[str]:
    return [*before, *(name for name in now if name not in before)]
