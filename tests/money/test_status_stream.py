"""A pause ends when fal says that it is done; without that, it is as long as it was meant to be."""

import asyncio

import httpx
import pytest
from pydantic import SecretStr

from shotgraph.clock import SystemClock
from shotgraph.money.connection import FalConnection
from shotgraph.money.status import MOST_LINE_BYTES, TRIES, StatusStream
from shotgraph.money.submit import request_by_id, submit_once
from shotgraph.money.windows import Windows
from tests.money.clocks import SteppingClock
from tests.money.scripted import Heard, ScriptedServer, reply
from tests.rehearsal.client import EDIT, Client

LONG_S = 3600.0
BODY = {"prompt": "dusk", "video_url": "https://example.com/none.mp4"}


async def test_a_pause_ends_with_the_job(server: Client, fal: FalConnection) -> None:
    held = await server.fault("hold", state="IN_PROGRESS")
    clock = SystemClock()
    accepted = await submit_once(
        fal, EDIT, BODY, what="dusk", clock=clock, windows=Windows(), send_by=clock.monotonic() + 30
    )
    async with fal.client() as client:
        stream = StatusStream(accepted, client, clock)
        pausing = asyncio.create_task(stream.pause(LONG_S))
        while not (await server.book())["counts"].get("streams"):
            assert not pausing.done()
        assert not pausing.done()
        await server.http.delete(f"{server.control}/faults/{held}")
        async with asyncio.timeout(300):
            await pausing
        await stream.stop()


async def test_without_a_stream_it_is_as_long_as_it_was(clock: SteppingClock) -> None:
    async with (
        ScriptedServer(lambda _: reply(404)) as scripted,
        httpx.AsyncClient(timeout=300) as client,
    ):
        stream = stream_at(scripted, client, clock)
        for _ in range(TRIES + 3):
            await stream.pause(LONG_S)
        assert clock.slept == [LONG_S] * (TRIES + 3)
        assert len(scripted.heard) <= TRIES, "it is not asked for over and over"
        await stream.stop()


async def test_a_stream_that_ends_early_is_no_news(clock: SteppingClock) -> None:
    def torn(heard: Heard) -> bytes:
        return reply(200, b'data: {"status": "IN_PROGRESS"}\n\n')

    async with ScriptedServer(torn) as scripted, httpx.AsyncClient(timeout=300) as client:
        stream = stream_at(scripted, client, clock)
        await stream.pause(LONG_S)
        assert clock.slept == [LONG_S]
        await stream.stop()


DONE = b'data: {"status": "COMPLETED"}\n\n'


@pytest.mark.parametrize(
    "before",
    [b"x" * (MOST_LINE_BYTES + (1 << 20)) + b"\n", b"data: " + b"[" * 200_000 + b"\n"],
    ids=["a line without end", "a deep one"],
)
async def test_a_stream_that_no_server_should_send_is_no_news(
    clock: SteppingClock, before: bytes
) -> None:
    async with (
        ScriptedServer(lambda _: reply(200, before + DONE)) as scripted,
        httpx.AsyncClient(timeout=300) as client,
    ):
        assert not await stream_at(scripted, client, clock)._is_done()


async def test_short_pauses_are_not_worth_one(clock: SteppingClock) -> None:
    async with ScriptedServer() as scripted, httpx.AsyncClient(timeout=300) as client:
        stream = stream_at(scripted, client, clock)
        await stream.pause(1.0)
        assert scripted.heard == []
        await stream.stop()


def stream_at(
    server: ScriptedServer, client: httpx.AsyncClient, clock: SteppingClock
) -> StatusStream:
    fal = FalConnection(server.bases, SecretStr("a key"), "fal")
    return StatusStream(request_by_id(fal, EDIT, "one", clock), client, clock)
