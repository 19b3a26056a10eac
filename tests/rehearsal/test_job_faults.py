import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from .client import IMAGE, Client

BODY = {"prompt": "no video"}


@pytest.mark.parametrize(
    ("status", "error_type", "retryable"),
    [(422, "content_policy_violation", None), (500, "internal_server_error", True)],
)
async def test_a_job_fails_as_the_model_says_it(
    server: Client, status: int, error_type: str, retryable: bool | None
) -> None:
    await server.fault("fail", status=status, error_type=error_type, retryable=retryable, times=1)
    request = await server.submit(BODY)
    done = await request.ended()
    assert (done.status_code, done.json()["error_type"]) == (200, error_type)
    result = await request.result()
    assert result.status_code == status
    assert result.json()["detail"][0]["type"] == error_type
    assert result.headers.get("x-fal-retryable") == ("true" if retryable else None)
    assert result.headers["x-fal-billable-units"] == "0"


async def test_a_job_fails_as_fal_says_it(server: Client) -> None:
    await server.fault("fail_request", status=503, error_type="runner_disconnected", times=1)
    result = await server.outcome(BODY)
    assert result.status_code == 503
    assert result.json()["error_type"] == "runner_disconnected"
    assert isinstance(result.json()["detail"], str)
    assert result.headers["x-fal-error-type"] == "runner_disconnected"


async def test_a_422_may_be_charged(server: Client, picture: Any) -> None:
    url = await server.upload(picture("#204080", 320, 320), "image/png")
    await server.fault("fail", status=422, error_type="no_media_generated", charged=True)
    result = await server.outcome({"prompt": "x", "start_image_url": url, "duration": "3"}, IMAGE)
    assert (result.status_code, result.headers["x-fal-billable-units"]) == (422, "3")
    (job,) = await server.jobs()
    assert (job["charged_units"], job["charged_usd"]) == (3, 0.252)


async def test_a_slow_job_is_slower(server: Client) -> None:
    await server.fault("slow", seconds=0.3, times=1)
    request = await server.submit(BODY)
    done = await request.ended()
    assert done.json()["metrics"]["inference_time"] >= 0.3


async def test_a_status_may_be_old(server: Client) -> None:
    request = await server.submit(BODY)
    await request.ended()
    await server.fault("stale_status", times=1)
    stale, true = await request.status(), await request.status()
    assert (stale.status_code, stale.json()["status"]) == (202, "IN_QUEUE")
    assert (true.status_code, true.json()["status"]) == (200, "COMPLETED")


class Listener:
    """Keeps the body of every POST that it gets."""

    def __init__(self) -> None:
        self.bodies: asyncio.Queue[bytes] = asyncio.Queue()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        await self.bodies.put(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@pytest.fixture
async def listener() -> AsyncIterator[tuple[Listener, str]]:
    heard = Listener()
    async with await asyncio.start_server(heard, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield heard, f"http://127.0.0.1:{port}/hook?attempt=7"


@pytest.mark.parametrize(("kind", "times"), [(None, 1), ("webhook_twice", 2), ("webhook_never", 0)])
async def test_webhooks(
    server: Client, listener: tuple[Listener, str], kind: str | None, times: int
) -> None:
    heard, url = listener
    if kind:
        await server.fault(kind)
    request = await server.submit(BODY, fal_webhook=url)
    await request.ended()
    for _ in range(times):
        async with asyncio.timeout(300):
            body = (await heard.bodies.get()).decode()
        assert f'"request_id":"{request.accepted["request_id"]}"' in body.replace(" ", "")
        assert '"ERROR"' in body
    # The next call would come over a queue of one job: when that has ended, none is under way.
    await server.outcome(BODY)
    assert heard.bodies.empty()


async def test_a_webhook_elsewhere_is_not_called(
    server: Client, listener: tuple[Listener, str]
) -> None:
    heard, url = listener
    # It would be answered: 0.0.0.0 reaches this machine, but is not its loopback.
    elsewhere = url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - a URL
    await server.outcome_of(await server.submit(BODY, fal_webhook=elsewhere))
    await server.outcome_of(await server.submit(BODY, fal_webhook=url))
    async with asyncio.timeout(300):
        await heard.bodies.get()
    first, second = await server.jobs()
    assert (first["webhooks"], heard.bodies.empty()) == (0, True)
    assert second["status"] == "COMPLETED"
