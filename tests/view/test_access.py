"""Whoever has the link sees the films, and nobody else."""

import asyncio
import io
import json
import socket
from contextlib import redirect_stdout
from pathlib import Path

import httpx
import pytest

from shotgraph.store import open_store
from shotgraph.view import make_app, serving
from shotgraph.view.access import grant_for

TOKEN = "the-token-of-this-start"


def client_of(folder: Path, **options: object) -> httpx.AsyncClient:
    app = make_app(open_store(str(folder / "store")), token=TOKEN, **options)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:4280")


async def test_the_link_leaves_a_cookie_and_the_cookie_is_enough(tmp_path: Path) -> None:
    async with client_of(tmp_path) as client:
        reply = await client.get("/", params={"token": TOKEN})
        assert (reply.status_code, reply.headers["location"]) == (303, "/")
        said = reply.headers["set-cookie"].lower()
        assert "httponly" in said
        assert "samesite=lax" in said
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert (await client.get("/")).status_code == 200


async def test_without_the_token_nothing_is_seen(tmp_path: Path) -> None:
    path = f"/clips/{'0' * 64}.mp4"
    given: list[tuple[str, dict[str, str], dict[str, str]]] = [
        ("/", {}, {}),
        ("/", {"token": "another"}, {}),
        ("/", {"token": ""}, {}),
        (f"/?{'a=b&' * 200}token={TOKEN}", {}, {}),  # more fields than are read
        ("/", {}, {"cookie": 'x="\\001"; =;'}),
        ("/", {}, {"cookie": "shotgraph-view-12345678=" + TOKEN}),
        ("/", {}, {"cookie": "\x01;;=;" + "a" * 5000}),
        ("/", {}, {"authorization": "Bearer another"}),
        ("/", {}, {"authorization": TOKEN}),
        (path, {"grant": "another"}, {}),
        ("/", {"grant": grant_for(TOKEN, path)}, {}),
        (path, {"grant": grant_for("another", path)}, {}),
    ]
    for where, query, headers in given:
        async with client_of(tmp_path) as client:
            reply = await client.get(where, params=query or None, headers=headers)
        assert reply.status_code == 401, (where, query, headers)
        assert TOKEN not in reply.text + str(reply.headers)


async def test_a_program_without_cookies_sees_what_it_was_granted(tmp_path: Path) -> None:
    path = f"/clips/{'0' * 64}.mp4"
    async with client_of(tmp_path) as client:
        found = await client.get(path, params={"grant": grant_for(TOKEN, path)})
        assert found.status_code == 404  # it may look, and there is no such clip
        bearer = {"authorization": f"Bearer {TOKEN}"}
        assert (await client.get("/", headers=bearer)).status_code == 200


async def test_the_link_leads_to_no_other_host(tmp_path: Path) -> None:
    async with client_of(tmp_path) as client:
        reply = await client.get("http://127.0.0.1:4280//evil.example/x", params={"token": TOKEN})
    assert reply.headers["location"] == "/evil.example/x"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:4280", 200),
        ("192.0.2.7:4280", 200),
        ("[2001:db8::7]:4280", 200),
        ("films.example", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("", 403),
        ("[", 403),
    ],
)
async def test_at_every_address_it_answers_to_addresses_and_its_name(
    tmp_path: Path, host: str, status: int
) -> None:
    options = {"hosts": ["films.example"], "any_address": True}
    headers = {"authorization": f"Bearer {TOKEN}", "host": host}
    async with client_of(tmp_path, **options) as client:
        reply = await client.get("/", headers=headers)
    assert reply.status_code == status
    if status == 403:
        assert "SHOTGRAPH_VIEW_URL" in reply.text


async def test_a_page_of_another_origin_may_not_call(tmp_path: Path) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with client_of(tmp_path) as client:
        for origin in ("https://evil.example", "null", "http://127.0.0.1:3000"):
            reply = await client.get("/", headers={**headers, "origin": origin})
            assert reply.status_code == 403
        own = await client.get("/", headers={**headers, "origin": "http://127.0.0.1:4280"})
        assert own.status_code == 200


async def test_it_says_its_link_when_it_listens_and_waits_for_no_half_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "HEADERS_S", 0.5)
    answered = asyncio.Event()

    class Heard(io.StringIO):
        """Asks as soon as the line is written: then it has to listen."""

        def flush(self) -> None:
            said = json.loads(self.getvalue())
            with socket.create_connection(("127.0.0.1", int(said["url"].rpartition(":")[2]))):
                answered.set()

    heard = Heard()
    with redirect_stdout(heard):
        serving_it = asyncio.create_task(
            serving.serve(open_store(str(tmp_path / "store")), host="127.0.0.1", port=0)
        )
        await asyncio.wait_for(answered.wait(), 300)
    said = json.loads(heard.getvalue())
    assert said["link"].startswith(f"{said['url']}/?token=")
    port = int(said["url"].rpartition(":")[2])
    halves = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
    for number, (_, writer) in enumerate(halves):
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " if number % 2 else b"")
    # Each is ended by the server: a read comes to its end.
    ends = await asyncio.gather(*(reader.read() for reader, _ in halves), return_exceptions=True)
    assert all(end == b"" or isinstance(end, ConnectionError) for end in ends)
    monkeypatch.setattr(serving, "HEADERS_S", 300.0)
    async with httpx.AsyncClient(follow_redirects=True, timeout=300) as client:
        assert (await client.get(said["link"])).status_code == 200
    serving_it.cancel()
    await asyncio.gather(serving_it, return_exceptions=True)
    for _, writer in halves:
        writer.close()
