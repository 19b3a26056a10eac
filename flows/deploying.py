"""Create deployments in Prefect, update them, and serve them."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import httpx
from prefect import aserve
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterEndTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings
from prefect.states import AwaitingRetry
from prefect.utilities.urls import url_for
from prefect.workers.process import ProcessWorker

from shotgraph.clock import SystemClock
from shotgraph.errors import InvalidInput
from shotgraph.flows.changed import DeploymentChange, changes_of, check_same_folder, folder_of
from shotgraph.flows.deployment import FilmDeployment
from shotgraph.flows.left_automations import remove_left
from shotgraph.flows.prefect_internals import SERVE_ENDS, leave_unsaid
from shotgraph.flows.prefect_server import at_prefect
from shotgraph.flows.schedules import is_ours


@dataclass(frozen=True)
class Deployed:
    """A deployment in Prefect.

    Attributes:
        name: The full name, with the flow's: ``film/harbour-at-dusk``.
        made: Whether the deployment is new.
        pool: Its work pool; None if it is served.
        url: The address of its page in the UI; None if unknown, or if the server shows no UI.
        changes: The changes to an existing deployment; empty for a new one.
    """

    id: UUID
    name: str
    made: bool
    pool: str | None
    url: str | None
    changes: Sequence[DeploymentChange] = ()


async def deploy_all(
    deployments: Sequence[RunnerDeployment], *, replace: bool = False
) -> list[Deployed]:
    """Create or update deployments; a second call changes nothing.

    A missing work pool is created, of type process. Schedules that a person added stay. Automations
    that a deleted deployment of the same name has left are removed.

    Args:
        deployments: The deployments of films.
        replace: Whether a film may replace a film of the same name from another folder.

    Raises:
        InvalidInput: No Prefect server is configured; or a deployment exists for another folder, or
            in a work pool although it is to be served. None was created or changed.
        Retryable: The server does not answer, or refuses.
    """
    async with at_prefect() as client:
        there = [await _there(client, one) for one in deployments]
        for one, before in zip(deployments, there, strict=True):
            if before is not None:
                _check_may_change(one, before, replace=replace)
        for pool in {one.work_pool_name for one in deployments} - {None}:
            await _ensure_pool(client, str(pool))
        pairs = zip(deployments, there, strict=True)
        deployed = [await _deploy(client, one, before) for one, before in pairs]
        await remove_left(client, [one.name for one in deployments])
    return deployed


async def serve_all(deployments: Sequence[RunnerDeployment]) -> None:
    """Execute runs of deployments in this process, until it is stopped.

    Their schedules stay active when it stops: the next process that serves them makes up for missed
    runs, if that is soon enough. Runs that SIGTERM or Ctrl-C interrupts wait for that process too;
    their jobs continue at fal, and it takes them up.
    """
    began_at = SystemClock().now()
    # Prefect ends cleanly only at SIGTERM.
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGINT, signal.raise_signal, signal.SIGTERM
    )
    # The deployments exist, and Prefect's own update would remove schedules that a person added.
    known = [leave_unsaid(one, "schedules", "paused") for one in deployments]
    await aserve(*known, pause_on_shutdown=False, print_starting_message=False)
    async with at_prefect() as client:
        await _hand_back(client, deployments, began_at)


async def _hand_back(
    client: PrefectClient, deployments: Sequence[RunnerDeployment], since: datetime
) -> None:
    """Reschedule the runs that Prefect has cancelled because this process ends."""
    ids = [(await client.read_deployment_by_name(one.full_name)).id for one in deployments]
    ended = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=ids),
            end_time=FlowRunFilterEndTime(after_=since),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CANCELLED])),
        )
    )
    for run in ended:
        if run.state is not None and run.state.message == SERVE_ENDS:
            await client.set_flow_run_state(run.id, AwaitingRetry(), force=True)
            sys.stderr.write(
                f"{run.name} continues when the film is served again. Its jobs are on record, "
                "and continue at fal\n"
            )


def _check_may_change(
    deployment: RunnerDeployment, there: DeploymentResponse, *, replace: bool
) -> None:
    name = deployment.full_name
    if deployment.work_pool_name is None and there.work_pool_name is not None:
        raise InvalidInput(
            f"{name} belongs to the work pool {there.work_pool_name}, so it can't be served too; "
            "give this deployment another name with --name, or delete it: prefect deployment "
            f"delete {name}"
        )
    if not replace:
        check_same_folder(name, folder_of(there.parameter_openapi_schema), _folder(deployment))


def _folder(deployment: RunnerDeployment) -> str | None:
    return deployment.folder if isinstance(deployment, FilmDeployment) else None


async def _deploy(
    client: PrefectClient, deployment: RunnerDeployment, there: DeploymentResponse | None
) -> Deployed:
    changes: Sequence[DeploymentChange] = ()
    if there is None:
        made = await deployment.aapply()
    else:
        wanted = [
            one for one in deployment.schedules or [] if isinstance(one, DeploymentScheduleCreate)
        ]
        changes = await changes_of(client, there, deployment, wanted, _folder(deployment))
        made = await leave_unsaid(deployment, "schedules", "paused").aapply()
        await _make_schedules(client, there, wanted)
    url, pool = await _page(made), deployment.work_pool_name
    return Deployed(made, deployment.full_name, there is None, pool, url, changes)


async def _page(deployment_id: UUID) -> str | None:
    """Return the address of a deployment's page, in the server's default UI."""
    url = url_for("deployment", obj_id=deployment_id)
    base = get_current_settings().ui_url
    if url is None or not base or not url.startswith(base):
        return url
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            said = (await client.get(f"{base}/ui-settings")).json()
        if said.get("available_uis") == []:  # prefect server start --no-ui
            return None
        shown = str(said["v2_base_url"]) if said.get("default_ui") == "v2" else ""
    except (httpx.HTTPError, ValueError, LookupError, AttributeError):
        return url
    return f"{base}{shown.rstrip('/')}{url.removeprefix(base)}"


async def _there(client: PrefectClient, deployment: RunnerDeployment) -> DeploymentResponse | None:
    try:
        return await client.read_deployment_by_name(deployment.full_name)
    except ObjectNotFound:
        return None


async def _make_schedules(
    client: PrefectClient, there: DeploymentResponse, wanted: Sequence[DeploymentScheduleCreate]
) -> None:
    """Add new schedules, and remove our earlier schedules that the film no longer has."""
    named = {schedule.slug for schedule in wanted}
    known = {schedule.slug for schedule in there.schedules}
    for schedule in there.schedules:
        if is_ours(schedule) and schedule.slug not in named:
            await client.delete_deployment_schedule(there.id, schedule.id)
    for new in wanted:
        if new.slug not in known:
            body = [new.model_dump(mode="json", exclude_unset=True)]
            await client.request(
                "POST", "/deployments/{id}/schedules", path_params={"id": there.id}, json=body
            )


async def _ensure_pool(client: PrefectClient, name: str) -> None:
    try:
        await client.read_work_pool(name)
    except ObjectNotFound:
        await client.create_work_pool(
            WorkPoolCreate(
                name=name,
                type=ProcessWorker.type,
                base_job_template=ProcessWorker.get_default_base_job_template(),
            )
        )
