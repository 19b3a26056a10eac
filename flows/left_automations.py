"""Automations that start runs of deleted deployments: Prefect deletes a deployment without them."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.events.actions import RunDeployment
from prefect.events.schemas.automations import Automation
from prefect.exceptions import ObjectNotFound
from pydantic import ValidationError

from shotgraph.flows.schedules import trigger_name


async def left_automations(client: PrefectClient) -> list[Automation]:
    """Find the automations that do nothing but start runs of deployments that no longer exist."""
    exists: dict[UUID, bool] = {}
    found = []
    for automation in await _automations(client):
        started = [
            action.deployment_id
            for action in automation.actions
            if isinstance(action, RunDeployment) and action.deployment_id is not None
        ]
        for deployment_id in started:
            if deployment_id not in exists:
                exists[deployment_id] = await _exists(client, deployment_id)
        is_left = started and not any(exists[one] for one in started)
        if is_left and len(started) == len(automation.actions):
            found.append(automation)
    return found


async def remove_left(client: PrefectClient, names: Sequence[str]) -> None:
    """Remove the automations that deleted deployments of these names have left.

    A server that gives no automations, or of a newer form, keeps them: they start nothing.

    Args:
        names: The names of deployments, without the flow's.
    """
    with suppress(httpx.HTTPError, ValidationError):
        for automation in await left_automations(client):
            if automation.name.startswith(tuple(trigger_name(name, "") for name in names)):
                await client.delete_automation(automation.id)


async def _automations(client: PrefectClient) -> list[Automation]:
    found: list[Automation] = []
    while page := await client.read_automations(offset=len(found)):
        found += page
    return found


async def _exists(client: PrefectClient, deployment_id: UUID) -> bool:
    try:
        await client.read_deployment(deployment_id)
    except ObjectNotFound:
        return False
    return True
