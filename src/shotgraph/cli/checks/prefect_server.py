"""Prefect: the server that runs are reported to."""

from prefect.client.orchestration import get_client
from prefect.settings import get_current_settings

from shotgraph.cli.checks.finding import Finding

_ABOUT = "Prefect"
_START = "prefect server start, then export PREFECT_API_URL=http://127.0.0.1:4200/api"


async def prefect_server() -> list[Finding]:
    """Ask Prefect's server how it is; without one, start the one that a run would."""
    url = get_current_settings().api.url
    where = str(url) if url else "a server that each run starts for itself"
    try:
        async with get_client() as client:
            problem = await client.api_healthcheck()
            if problem is not None:
                raise problem
            served, own = await client.api_version(), client.client_version()
            analytics = await _analytics(client)
    except Exception as error:  # whatever it is, runs can't be reported there
        why = f"{where} can't be reached ({type(error).__name__})"
        return [Finding(_ABOUT, "problem", why, "unset PREFECT_API_URL, or start it: " + _START)]
    found = [_version(where, served, own)]
    if not url:
        said = "no server is configured: runs are not seen in a UI, and start slower"
        found.append(Finding(_ABOUT, "note", said, _START))
    if analytics and url:
        found.append(
            Finding(
                "Telemetry",
                "note",
                "Prefect's server sends usage figures to its makers",
                "start it with PREFECT_SERVER_ANALYTICS_ENABLED=false",
            )
        )
    return found


def _version(where: str, served: str, own: str) -> Finding:
    if served.split(".")[:2] == own.split(".")[:2]:
        return Finding(_ABOUT, "ok", f"{served} at {where}")
    return Finding(
        _ABOUT,
        "note",
        f"the server at {where} is {served}, and this is {own}",
        "install the same version in both places",
    )


async def _analytics(client: object) -> bool:
    try:
        reply = await client.request("GET", "/admin/settings")  # type: ignore[attr-defined]
        return bool(reply.json()["server"]["analytics_enabled"])
    except Exception:  # a server may not say; that is no finding
        return False
