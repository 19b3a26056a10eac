"""The checks of ``shotgraph doctor`` with Prefect: its server, and the key for fal."""

import re
import sqlite3
from contextlib import closing, suppress
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import httpx
import prefect
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import StateType
from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL, get_current_settings

from shotgraph.cli.checks import CheckResult
from shotgraph.clock import SystemClock
from shotgraph.errors import BadKey, InvalidInput, MissingKey, ShotgraphError

_ABOUT_KEY = "Key for fal"
_KEY = "export FAL_KEY=key-id:key-secret, as fal.ai/dashboard/keys shows it; --rehearse needs none"
_BLOCK = "see the block on the page Blocks of the Prefect UI, or delete it"
_MENDS = {
    "not_known": _KEY,
    "refused": "see fal.ai/dashboard/billing",
    "not_reached": "try again; behind a proxy, set HTTPS_PROXY; see status.fal.ai",
}


async def fal_key() -> list[CheckResult]:
    """Find the key as a run does, and ask fal whether it knows the key; nothing is bought."""
    from shotgraph.blocks.fal_credentials import fal_connection, has_block
    from shotgraph.money.connection import check_key

    try:
        in_block = await has_block("default")
        connection = await fal_connection("default")
    except MissingKey:
        said = 'no FalCredentials block named "default" is saved, and FAL_KEY is not set'
        return [CheckResult(_ABOUT_KEY, "problem", said, _KEY)]
    except BadKey as error:
        return [CheckResult(_ABOUT_KEY, "problem", error.message, _KEY)]
    except ShotgraphError as error:
        return [CheckResult(_ABOUT_KEY, "problem", error.message, _BLOCK)]
    where = 'the FalCredentials block "default"' if in_block else "FAL_KEY"
    check = await check_key(connection)
    found = CheckResult(_ABOUT_KEY, "ok", f"in {where}")
    if check.ok:
        return [found, CheckResult("fal", "ok", check.said)]
    return [found, CheckResult("fal", "problem", check.said, _MENDS[check.state])]


_ABOUT = "Prefect"
_START = "prefect server start, then export PREFECT_API_URL=http://127.0.0.1:4200/api"
_CLOSE = (
    "export PREFECT_SERVER_API_AUTH_STRING=admin:A-LONG-PASSWORD "
    "PREFECT_SERVER_CORS_ALLOWED_ORIGINS=http://127.0.0.1:4200, start the server again, then: "
    "prefect config set PREFECT_API_AUTH_STRING=admin:A-LONG-PASSWORD"
)
_SQLITE = "sqlite+aiosqlite:///"
_MIGRATIONS = "server/database/_migrations/versions/sqlite"


def refuse_newer_database() -> None:
    """Refuse the database of a newer Prefect, because a run's own server can't start with it.

    A configured server has its own database; then this checks nothing.

    Raises:
        InvalidInput: The database was used by a newer Prefect.
    """
    if get_current_settings().api.url is not None:
        return
    database = _sqlite_file(str(PREFECT_SERVER_DATABASE_CONNECTION_URL.value()))
    revision = _revision_of(database) if database is not None else None
    if revision is None or revision in _revisions():
        return
    raise InvalidInput(
        f"Prefect's database {database} was used by a newer Prefect: it is at revision {revision}, "
        f"which Prefect {prefect.__version__} does not know. No run was started, and nothing was "
        "sent. Give shotgraph a folder of its own: export PREFECT_HOME=~/.prefect-shotgraph; or "
        "start that newer Prefect's server, and export PREFECT_API_URL=http://127.0.0.1:4200/api"
    )


def _sqlite_file(url: str) -> Path | None:
    path = Path(url.removeprefix(_SQLITE).partition("?")[0])
    return path if url.startswith(_SQLITE) and path.is_file() else None


def _revision_of(database: Path) -> str | None:
    """Read the revision that Alembic left in a database; None if there is none."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as opened,
    ):
        row = opened.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None
    return None


def _revisions() -> set[str]:
    """The database revisions that this Prefect knows."""
    texts = [
        file.read_text() for file in (files(prefect) / _MIGRATIONS).iterdir() if file.is_file()
    ]
    found = [re.search(r"^revision\b.*?[\"'](\w+)[\"']", text, re.MULTILINE) for text in texts]
    return {match[1] for match in found if match is not None}


def did_not_start(error: ShotgraphError) -> CheckResult:
    """Describe why a run could not start its own server."""
    return CheckResult(_ABOUT, "problem", error.message, "export PREFECT_HOME=~/.prefect-shotgraph")


async def prefect_server(configured: str | None) -> list[CheckResult]:
    """Check Prefect's server.

    Args:
        configured: The address of a configured server; None for the server that a run starts.
    """
    from shotgraph.flows.prefect_server import problem_of

    where = configured or "a server that each run starts for itself"
    try:
        async with get_client() as client:
            problem = await problem_of(client, where)
            if problem is not None:
                what, _, mend = problem.message.partition(". ")
                return [
                    CheckResult(_ABOUT, "problem", what, mend.removeprefix("Nothing was sent. "))
                ]
            served, own = await client.api_version(), client.client_version()
            analytics = await _analytics(client)
            of_server = (
                [
                    *await _never_begun(client),
                    *await _stays_crashed(client),
                    *await _left_automations(client),
                ]
                if configured
                else []
            )
    except Exception as error:  # whatever the error is, this server can't take runs
        why = f"{where} can't be reached ({type(error).__name__})"
        return [
            CheckResult(_ABOUT, "problem", why, "unset PREFECT_API_URL, or start it: " + _START)
        ]
    found = [_version(where, served, own)]
    if not configured:
        said = "no server is configured: runs are not seen in a UI, and start slower"
        found.append(CheckResult(_ABOUT, "note", said, _START))
    if configured and await _is_open(configured):
        found.append(
            CheckResult(
                "Password",
                "note",
                f"the server at {where} asks for none. Whoever reaches it, and any page in a "
                "browser on this machine, can read the keys in its blocks and start runs",
                _CLOSE,
            )
        )
    if analytics and configured:
        found.append(
            CheckResult(
                "Telemetry",
                "note",
                "Prefect's server sends usage figures to its makers",
                "start it with PREFECT_SERVER_ANALYTICS_ENABLED=false",
            )
        )
    return found + of_server


BEGUN_WITHIN = timedelta(minutes=10)


async def _never_begun(client: PrefectClient) -> list[CheckResult]:
    """Look for runs that a worker took and never began: the worker died in between."""
    taken = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PENDING])),
        tags=FlowRunFilterTags(all_=["shotgraph"]),
    )
    latest = SystemClock().now() - BEGUN_WITHIN
    runs = [
        run
        for run in await client.read_flow_runs(flow_run_filter=taken)
        if run.state is not None and run.state.timestamp < latest
    ]
    if not runs:
        return []
    names = ", ".join(f"{run.name} ({run.id})" for run in runs)
    return [
        CheckResult(
            "Runs",
            "note",
            f"a worker took these runs over 10 minutes ago, but they do not run: {names}. The "
            "worker has died",
            "prefect flow-run delete ID, and start the run again: its purchases are on record; "
            "deployments/automations.py has the server start such runs again by itself",
        )
    ]


CRASHED_FOR, CRASHED_SINCE = timedelta(minutes=30), timedelta(days=1)


async def _stays_crashed(client: PrefectClient) -> list[CheckResult]:
    """Look for runs that crashed lately and were not started again, such as by an automation."""
    now = SystemClock().now()
    crashed = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CRASHED])),
        tags=FlowRunFilterTags(all_=["shotgraph"]),
        end_time=FlowRunFilterEndTime(after_=now - CRASHED_SINCE, before_=now - CRASHED_FOR),
    )
    runs = await client.read_flow_runs(flow_run_filter=crashed)
    if not runs:
        return []
    names = ", ".join(f"{run.name} ({run.id})" for run in runs)
    return [
        CheckResult(
            "Runs",
            "note",
            f"these runs crashed in the last day, and were not started again: {names}",
            "prefect flow-run retry ID, or start the film again: its purchases are on record, and "
            "nothing is bought twice",
        )
    ]


async def _left_automations(client: PrefectClient) -> list[CheckResult]:
    """Look for automations of deleted deployments; Prefect keeps them."""
    from shotgraph.flows.left_automations import left_automations

    try:
        left = await left_automations(client)
    except Exception:  # a server may give none, or of a newer form; that is not a problem
        return []
    if not left:
        return []
    names = ", ".join(f"{one.name} ({one.id})" for one in left)
    return [
        CheckResult(
            "Automations",
            "note",
            f"these start runs of deployments that were deleted, so they start nothing: {names}",
            "prefect automation delete --id ID; deploying a film of the same name removes its own",
        )
    ]


def _version(where: str, served: str, own: str) -> CheckResult:
    if served.split(".")[:2] == own.split(".")[:2]:
        return CheckResult(_ABOUT, "ok", f"{served} at {where}")
    return CheckResult(
        _ABOUT,
        "note",
        f"the server at {where} is {served}, and this is {own}",
        "install the same version in both places",
    )


async def _is_open(url: str) -> bool:
    """Whether a server lists blocks for a client without a password or key."""
    try:
        async with httpx.AsyncClient(timeout=10) as nobody:
            reply = await nobody.post(f"{url}/block_documents/filter", json={"limit": 1})
    except httpx.HTTPError:
        return False
    return reply.status_code == 200


async def _analytics(client: object) -> bool:
    try:
        reply = await client.request("GET", "/admin/settings")  # type: ignore[attr-defined]
        return bool(reply.json()["server"]["analytics_enabled"])
    except Exception:  # a server may not tell; that is not a problem
        return False
