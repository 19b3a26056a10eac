import asyncio
import gzip
import json

import httpx
import pytest

from .client import REFERENCE, Client

BODY = {"prompt": "no video"}


async def accepted(server: Client) -> int:
    return len(await server.jobs())


async def test_dropped_after_it_was_accepted(server: Client) -> None:
    await server.fault("drop", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await server.post(BODY)
    assert await accepted(server) == 1


async def test_reset_before_it_was_accepted(server: Client) -> None:
    await server.fault("reset", times=1)
    with pytest.raises(httpx.TransportError):
        await server.post(BODY)
    assert await accepted(server) == 0
    assert (await server.book())["counts"]["submits_refused"] == 1


async def test_held_after_it_was_accepted(server: Client) -> None:
    await server.fault("hang", times=1)
    held = asyncio.create_task(server.post(BODY))
    while await accepted(server) == 0:
        assert not held.done()
    held.cancel()
    with pytest.raises(asyncio.CancelledError):
        await held


async def test_held_for_a_while_then_answered(server: Client) -> None:
    await server.fault("hang", seconds=0.05, times=1)
    reply = await server.post(BODY)
    assert reply.json()["request_id"] == (await server.jobs())[0]["request_id"]


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 422, 429, 500, 503])
async def test_refused(server: Client, status: int) -> None:
    await server.fault("refuse", status=status, retry_after_s=7, times=1)
    reply = await server.post(BODY)
    assert (reply.status_code, reply.headers["retry-after"]) == (status, "7")
    assert "detail" in reply.json()
    assert "x-fal-request-id" not in reply.headers
    assert await accepted(server) == 0
    assert (await server.post(BODY)).status_code == 200


@pytest.mark.parametrize("with_request_id", [True, False])
@pytest.mark.parametrize("status", [502, 504, 409, 408])
async def test_accepted_and_answered_as_if_not(
    server: Client, status: int, with_request_id: bool
) -> None:
    await server.fault("status", status=status, body="nginx", with_request_id=with_request_id)
    reply = await server.post(BODY)
    assert reply.status_code == status
    assert "nginx" in reply.text
    (job,) = await server.jobs()
    expected = job["request_id"] if with_request_id else None
    assert reply.headers.get("x-fal-request-id") == expected


async def test_broken_json(server: Client) -> None:
    await server.fault("truncated")
    reply = await server.post(BODY)
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        reply.json()
    assert await accepted(server) == 1


async def test_cut_short(server: Client) -> None:
    await server.fault("cut_short")
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        await server.post(BODY)
    assert await accepted(server) == 1


async def test_only_where_and_for_whom_it_is_meant(server: Client) -> None:
    await server.fault("refuse", status=500, endpoint_id=REFERENCE)
    await server.fault("refuse", status=502, step="reference_to_video")
    await server.fault("refuse", status=503, at="result")
    request = await server.submit(BODY)
    assert (await request.ended()).status_code == 200
    assert (await request.result()).status_code == 503
    assert (await server.post(BODY, REFERENCE)).status_code == 500
    await server.lift()
    await server.fault("refuse", status=502, step="reference")
    assert (await server.post(BODY, REFERENCE)).status_code == 502


async def test_faults_are_listed_with_their_use(server: Client) -> None:
    await server.fault("refuse", status=500, times=2)
    for _ in range(3):
        await server.post(BODY)
    (fault,) = (await server.http.get(f"{server.control}/faults")).json()
    assert (fault["kind"], fault["used"]) == ("refuse", 2)
    wrong = await server.http.post(f"{server.control}/faults", json={"kind": "no such"})
    assert wrong.status_code == 422


@pytest.fixture
async def url(server: Client) -> str:
    reply = await server.http.post(
        f"{server.bases.cdn_url}/files/upload",
        content=b"0123456789" * 100,
        headers={"Content-Type": "video/mp4"},
    )
    return str(reply.json()["access_url"])


async def test_media_that_is_gone(server: Client, url: str) -> None:
    await server.fault("status", at="media", status=404, times=1)
    assert (await server.http.get(url)).status_code == 404
    assert (await server.http.get(url)).status_code == 200


async def test_media_that_ends_early(server: Client, url: str) -> None:
    await server.fault("truncated", at="media", times=1)
    half = await server.http.get(url)
    assert (half.status_code, len(half.content)) == (200, 500)
    await server.fault("cut_short", at="media", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await server.http.get(url)


@pytest.mark.parametrize(
    ("kind", "start"), [("html", b"<!doctype html>"), ("playlist", b"#EXTM3U")]
)
async def test_media_that_is_something_else(
    server: Client, url: str, kind: str, start: bytes
) -> None:
    await server.fault(kind, at="media")
    reply = await server.http.get(url)
    assert reply.headers["content-type"] == "video/mp4"
    assert reply.content.startswith(start)


async def test_media_that_is_elsewhere(server: Client, url: str) -> None:
    await server.fault("redirect", at="media", target="http://192.0.2.1/film.mp4")
    reply = await server.http.get(url)
    assert (reply.status_code, reply.headers["location"]) == (307, "http://192.0.2.1/film.mp4")


async def test_media_that_trickles(server: Client, url: str) -> None:
    await server.fault("trickle", at="media", chunk_bytes=400, seconds=0.01, times=1)
    assert (await server.http.get(url)).content == b"0123456789" * 100
    await server.fault("trickle", at="media", chunk_bytes=1, seconds=3600, times=1)
    async with server.http.stream("GET", url) as reply:
        parts = reply.aiter_raw()
        assert await anext(parts) == b"0"
        more = asyncio.ensure_future(anext(parts))
        assert (await server.http.get(url)).status_code == 200
        assert not more.done()
        more.cancel()


async def test_media_that_is_a_bomb(server: Client, url: str) -> None:
    await server.fault("gzip_bomb", at="media")
    async with server.http.stream("GET", url) as reply:
        packed = b"".join([chunk async for chunk in reply.aiter_raw()])
    assert reply.headers["content-encoding"] == "gzip"
    assert len(packed) < 1 << 17
    assert len(await asyncio.to_thread(gzip.decompress, packed)) == 64 << 20


async def test_any_answer_after_it_was_accepted(server: Client) -> None:
    await server.fault("answer", status=418, answer={"odd": [1, None]}, times=1)
    reply = await server.post(BODY)
    assert (reply.status_code, reply.json()) == (418, {"odd": [1, None]})
    assert await accepted(server) == 1


async def test_nginx_may_ask_to_wait(server: Client) -> None:
    await server.fault("refuse", status=429, body="nginx", retry_after_s=7)
    reply = await server.post(BODY)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "7")
    assert "nginx" in reply.text


async def test_media_in_whose_place_is_another_file(server: Client, url: str) -> None:
    held = (await server.http.get(url)).content
    await server.fault("other_file", at="media", times=1)
    other = (await server.http.get(url)).content
    assert other.startswith(held)
    assert other[len(held) :][4:8] == b"free"
    assert (await server.http.get(url)).content == held
