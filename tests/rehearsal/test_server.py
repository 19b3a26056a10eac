import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from shotgraph.rehearsal import Options, RehearsalServer

from .client import EDIT, IMAGE, Client

_SERVE = "import asyncio; from shotgraph.rehearsal import serve; asyncio.run(serve({port}))"


@asynccontextmanager
async def serving(tmp_path: Path, port: int = 0) -> AsyncIterator[Any]:
    """A server in a process of its own, its line, and a client with the key."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _SERVE.format(port=port),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    try:
        assert process.stdout is not None
        line = json.loads(await process.stdout.readline())
        headers = {"Authorization": f"Key {line['key']}"}
        async with httpx.AsyncClient(headers=headers, timeout=300, verify=False) as http:  # noqa: S501 - no TLS
            yield process, line, http
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _drawing(folder: Path) -> list[int]:
    """The processes of ffmpeg that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode()
        except OSError:
            continue
        if str(folder) in command and "ffmpeg" in command:
            found.append(int(process.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.slow
async def test_a_signal_ends_everything(
    tmp_path: Path, picture: Any, number: signal.Signals
) -> None:
    async with serving(tmp_path) as (process, line, http):
        assert set(line) == {"queue_url", "run_url", "rest_url", "cdn_url", "api_url", "key"}
        image = picture("#203040", 400, 400).read_bytes()
        kept = await http.post(f"{line['cdn_url']}/files/upload", content=image)
        body = {"prompt": "x", "start_image_url": kept.json()["access_url"], "duration": "10"}
        accepted = (await http.post(f"{line['queue_url']}/{IMAGE}", json=body)).json()
        stream = f"{accepted['status_url']}/stream?logs=1"
        async with http.stream("GET", stream) as events:
            async for event in events.aiter_lines():
                if "Drawn" in event:
                    break
            # Stopped, it would never end by itself: it does not end because it is done.
            for drawing in _drawing(tmp_path):
                os.kill(drawing, signal.SIGSTOP)
            assert _drawing(tmp_path)
            process.send_signal(number)
            async with asyncio.timeout(300):
                assert await process.wait() == 0
    assert _drawing(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


async def test_a_port_that_is_taken_is_an_error() -> None:
    with RehearsalServer() as running:
        port = int(running.bases.queue_url.split(":")[2].split("/")[0])
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _SERVE.format(port=port),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode != 0
        assert out == b""
        assert b"Address already in use" in err


async def test_in_process_it_serves_beside_a_busy_caller() -> None:
    async with RehearsalServer(Options(key="k:s", queue_s=0, run_s=0)) as running:
        assert running.ready_line() == {**running.bases.as_dict(), "key": "k:s"}
        # A blocking call on the caller's own loop: the server must not need that loop.
        reply = httpx.get(  # noqa: ASYNC210
            f"{running.bases.api_url}/v1/models/pricing?endpoint_id={EDIT}",
            headers={"Authorization": "Key k:s"},
            timeout=300,
        )
        assert reply.status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(running.bases.api_url)  # noqa: ASYNC210


async def test_a_new_book_is_empty_and_what_ran_is_cancelled(server: Client) -> None:
    await server.fault("hold")
    request = await server.submit({"prompt": "x"})
    waiting = asyncio.create_task(
        server.http.post(f"{server.bases.run_url}/{EDIT}", json={"prompt": "x"})
    )
    await request.reaches("IN_PROGRESS")
    while len(await server.jobs()) < 2:
        pass
    assert (await server.http.delete(f"{server.control}/book")).status_code == 204
    assert (await waiting).status_code == 503
    assert await server.book() == {"jobs": [], "counts": {}, "charged_usd": 0.0}
    assert (await request.status()).status_code == 404
