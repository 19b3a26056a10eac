"""The configured Prefect server: check that it answers, or give the reason in one line."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.deployments.runner import DeploymentApplyError
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import get_current_settings

from shotgraph.clock import Clock
from shotgraph.errors import InvalidInput, NoPrefect, Retryable, ShotgraphError

START = "prefect server start"
POINT = "prefect config set PREFECT_API_URL=http://127.0.0.1:4200/api"
PASSWORD = "prefect config set PREFECT_API_AUTH_STRING=admin:THE-PASSWORD"  # noqa: S105
_API = "/api"


@asynccontextmanager
async def at_prefect() -> AsyncIterator[PrefectClient]:
    """Connect to the configured Prefect server.

    Raises:
        InvalidInput: No server is configured, or its address is not the address of an API.
        NoPrefect: The server does not answer, or refuses the password.
        Retryable: The server did not accept a request.
    """
    url = get_current_settings().api.url
    if not url:
        raise InvalidInput(
            "PREFECT_API_URL is not set, and a deployment has to live in a Prefect server. Start "
            f"one, and say where it is:\n  {START}\n  {POINT}"
        )
    async with get_client() as client:
        problem = await problem_of(client, url)
        if problem is not None:
            raise problem
        try:
            yield client
        except (httpx.TransportError, PrefectHTTPStatusError, DeploymentApplyError) as error:
            raise Retryable(f"Prefect at {url} did not take it: {_reason(error)}") from None


async def problem_of(client: PrefectClient, url: str) -> ShotgraphError | None:
    """Ask a server for its version; return an error if the server can't be used.

    Args:
        client: Prefect's client.
        url: Its address, to show to people.
    """
    try:
        version = (await client.request("GET", "/admin/version")).json()
    except PrefectHTTPStatusError as error:
        code = error.response.status_code
        if code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return NoPrefect(
                f"Prefect at {url} answers, and refuses the password (HTTP {code}). Nothing was "
                f"sent. Set the password that the server was started with: {PASSWORD}"
            )
        return _no_api(url, f"HTTP {code}")
    except httpx.TransportError as error:
        return _unreachable(url, error)
    except ValueError:
        return _no_api(url, "a page, and no JSON")
    return None if isinstance(version, str) else _no_api(url, "JSON that is no version")


LONGEST_AWAY_S = 1800
BETWEEN_QUESTIONS_S = 5
_ANSWER_S = 10


async def until_it_answers(clock: Clock) -> None:
    """Wait while Prefect's server is away, for half an hour at most.

    Prefect's engine tries for a minute to report the end of a run. Then its process ends, and the
    run stays Running for ever, and no automation notices.
    """
    give_up_at = clock.monotonic() + LONGEST_AWAY_S
    # Own settings give a separate client: the flow's client retries by itself.
    async with get_client(httpx_settings={"timeout": _ANSWER_S}) as client:
        while await client.api_healthcheck() is not None and clock.monotonic() < give_up_at:
            await clock.sleep(BETWEEN_QUESTIONS_S)


def _no_api(url: str, answer: str) -> ShotgraphError:
    if not url.rstrip("/").endswith(_API):
        return InvalidInput(
            f"{url} is not the API of a Prefect server: it answered {answer}. The address of a "
            f"server's API ends in {_API}: prefect config set "
            f"PREFECT_API_URL={url.rstrip('/')}{_API}"
        )
    return NoPrefect(
        f"{url} did not answer as a Prefect server does ({answer}). Nothing was sent. See the "
        f"server's log, and run again. If the server is at another address: {POINT}"
    )


def _unreachable(url: str, error: Exception) -> ShotgraphError:
    reason = str(error).rstrip(".") or type(error).__name__
    proxies = [name for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY") if os.environ.get(name)]
    by_proxy = (
        f" To reach the server without {proxies[0]}, name its host in NO_PROXY." if proxies else ""
    )
    return NoPrefect(
        f"no Prefect server answers at {url}: {reason}. Nothing was sent. Start it: {START}. If "
        f"the server is at another address: {POINT}. To run without a server: unset "
        f"PREFECT_API_URL.{by_proxy}"
    )


def _reason(error: Exception) -> str:
    text = error.response.text if isinstance(error, PrefectHTTPStatusError) else str(error)
    return text[:500] or type(error).__name__
