"""Garbage is answered with 4xx, and the server goes on."""

from typing import Any

import httpx
import pytest

from .client import EDIT, Client

DEEP = b"[" * 200_000
DEEPER_THAN_READ = b"[" * 65 + b"]" * 65
TOLD_AGAIN_BY_NOBODY = (b"NaN", b'{"a": 1e400}', b'"\\ud800"', b"9" * 5000, b"\xff\xfe")


@pytest.mark.parametrize("body", [DEEP, DEEPER_THAN_READ], ids=["no end", "65 levels"])
async def test_json_that_is_too_deep(server: Client, body: bytes) -> None:
    asked = [
        ("POST", f"{server.bases.queue_url}/{EDIT}"),
        ("POST", f"{server.bases.run_url}/{EDIT}"),
        ("POST", f"{server.bases.rest_url}/storage/upload/initiate"),
        ("POST", f"{server.control}/faults"),
        ("PUT", f"{server.control}/schemas?endpoint_id={EDIT}"),
    ]
    for method, url in asked:
        reply = await server.http.request(method, url, content=body)
        assert reply.status_code in (400, 422), url
    assert (await server.book())["jobs"] == []


async def test_what_no_json_can_tell_is_text(server: Client) -> None:
    for body in TOLD_AGAIN_BY_NOBODY:
        reply = await server.http.post(f"{server.bases.queue_url}/{EDIT}", content=body)
        assert reply.status_code == 200
        fault = await server.http.post(f"{server.control}/faults", content=body)
        assert fault.status_code == 422
    assert len((await server.book())["jobs"]) == len(TOLD_AGAIN_BY_NOBODY)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"parts": 5},
        {"parts": [1]},
        {"parts": [{}]},
        {"parts": [{"partNumber": "one", "etag": "x"}]},
        {"parts": [{"partNumber": 10**400, "etag": "x"}]},
        {"parts": [{"partNumber": 1, "etag": {"a": 1}}]},
        {"parts": [{"partNumber": 2, "etag": "never sent"}]},
        {"parts": []},
    ],
)
async def test_parts_that_are_none(server: Client, body: dict[str, Any]) -> None:
    reply = await server.http.post(f"{await upload(server)}/complete", json=body)
    assert reply.status_code == 400


@pytest.mark.parametrize("number", ["9" * 400, "9" * 5000, "10001", "-1", "one", "%00", "1.5", "²"])
async def test_numbers_that_no_part_has(server: Client, number: str) -> None:
    reply = await server.http.put(f"{await upload(server)}/{number}", content=b"x")
    assert reply.status_code in (400, 404)


async def upload(server: Client) -> str:
    begun = await server.http.post(f"{server.bases.cdn_url}/files/upload/multipart")
    return f"{begun.json()['access_url']}/multipart/{begun.json()['uploadId']}"


async def test_a_document_of_no_endpoint(server: Client) -> None:
    for query in ("", "?endpoint_id=", "?endpoint_id=../x"):
        reply = await server.http.put(f"{server.control}/schemas{query}", json={})
        assert reply.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
async def test_no_page_elsewhere_switches_faults_on(
    server: Client, stranger: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    text = {**headers, "content-type": "text/plain"}
    fault = '{"kind": "drop", "at": "submit"}'
    url = f"{server.control}/faults"
    assert (await stranger.post(url, content=fault, headers=text)).status_code == 403
    for path in ("book", "faults"):
        read = await stranger.get(f"{server.control}/{path}", headers=headers)
        assert read.status_code == 403
        gone = await stranger.delete(f"{server.control}/{path}", headers=headers)
        assert gone.status_code == 403
    assert (await server.http.get(url)).json() == []
