"""The number of status requests to fal for a job, counted at the server: ours and fal-client's."""

import asyncio
from contextlib import suppress

import fal_client
import httpx
from fal_client.client import DEFAULT_QUEUE_POLL_INTERVAL
from pydantic import SecretStr
from tests.money.clocks import SteppingClock
from tests.money.scripted import Heard, ScriptedServer, reply

from shotgraph.errors import ShotgraphError
from shotgraph.money.connection import FalConnection
from shotgraph.money.follow import follow, pauses
from shotgraph.money.submit import request_by_id

ENDPOINT = "fal-ai/kling-video/o1/standard/video-to-video/edit"
DONE = reply(200, {"status": "COMPLETED", "logs": None, "error": "no", "error_type": "value_error"})
BUSY = {
    "429": reply(429, {"detail": "Too many requests"}),
    "502 of nginx": reply(502, b"<h1>nginx</h1>"),
    "no answer": b"",
}


def figures() -> list[str]:
    """Count the requests; nothing is timed."""
    found = []
    for minutes in (1, 3, 10):
        asked, waited = 1, 0.0
        for pause in pauses():
            waited += pause
            if waited >= minutes * 60:
                break
            asked += 1
        theirs = round(minutes * 60 / DEFAULT_QUEUE_POLL_INTERVAL)
        found.append(f"a job of {minutes} min: {asked}; fal-client: {theirs}")
    return found + asyncio.run(_heard())


async def _heard() -> list[str]:
    """Follow a job while fal is busy for two requests; let fal-client ask for the status once."""
    return list(await asyncio.gather(*(_heard_while(name) for name in BUSY)))


async def _heard_while(name: str) -> str:
    clock = SteppingClock()
    async with _busy_for(BUSY[name], 2) as listening:
        fal = FalConnection(listening.bases, SecretStr("an-id:a-secret"), "scripted")
        accepted = request_by_id(fal, ENDPOINT, "r-1", clock)
        outcome = await follow(accepted, fal, what="a job", clock=clock, say=lambda _: None)
        assert isinstance(outcome.error, ShotgraphError)
        ours = len(_statuses(listening))
    async with _busy_for(BUSY[name], 99) as listening, httpx.AsyncClient() as client:
        url = f"{listening.root}/queue/r-1"
        handle = fal_client.AsyncRequestHandle("r-1", url, f"{url}/status", url, client)
        with suppress(httpx.HTTPError, fal_client.FalClientHTTPError):
            await handle.status()
        theirs = len(listening.heard)
    return (
        f"{name} to the first 2 questions: asked {len(clock.slept) + 1} times, heard {ours}; "
        f"fal-client, busy throughout: asked once, heard {theirs}"
    )


def _busy_for(busy: bytes, questions: int) -> ScriptedServer:
    failed = reply(422, {"detail": [{"type": "value_error", "msg": "no"}]})

    def answer(heard: Heard) -> bytes:
        if not heard.path.partition("?")[0].endswith("/status"):
            return failed
        return busy if len(_statuses(server)) <= questions else DONE

    server = ScriptedServer(answer)
    return server


def _statuses(server: ScriptedServer) -> list[str]:
    return [path for path in server.paths() if path.partition("?")[0].endswith("/status")]
