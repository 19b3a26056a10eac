"""A page in the user's browser, or garbage, at the rehearsal and at the view."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from shotgraph.rehearsal import Options, RehearsalServer
from shotgraph.store import open_store
from shotgraph.view import make_app
from tests.figures import Count

KIND = 26

PAGE = {"content-type": "text/plain", "origin": "https://evil.example"}
REBOUND = {"content-type": "text/plain", "host": "evil.example"}
GARBAGE: list[tuple[str, str, bytes]] = [
    ("POST", "/queue/fal-ai/any", b"[" * 500_000),
    ("POST", "/run/fal-ai/any", b'{"a":' * 500_000),
    ("POST", "/_rehearsal/faults", b"[" * 500_000),
    ("POST", "/_rehearsal/faults", b'"\\ud800"'),
    ("PUT", "/_rehearsal/schemas?endpoint_id=fal-ai/any", b"[" * 500_000),
    ("PUT", "/_rehearsal/schemas", b"{}"),
    ("POST", "/rest/storage/upload/initiate", b"[" * 500_000),
]


def test_no_page_controls_a_rehearsal_and_garbage_is_no_500(count: Count) -> None:
    with RehearsalServer(Options()) as server, httpx.Client(timeout=300) as client:
        root = server.bases.queue_url.removesuffix("/queue")
        fault = json.dumps({"kind": "drop", "at": "submit"})
        obeyed = [
            client.request(method, f"{root}/_rehearsal/{path}", content=fault, headers=headers)
            for method, path in [("POST", "faults"), ("GET", "book"), ("DELETE", "book")]
            for headers in (PAGE, REBOUND)
        ]
        key = {"authorization": f"Key {server.key}"}
        answered = [
            client.request(method, root + path, content=body, headers=key)
            for method, path, body in GARBAGE
        ]
    done = [reply for reply in obeyed if reply.status_code != 403]
    broken = [reply for reply in answered if not 400 <= reply.status_code < 500]
    count(foreign_calls=len(obeyed), obeyed=len(done))
    count(garbage=len(answered), not_4xx=len(broken))
    assert done == []
    assert broken == []


@pytest.mark.parametrize("any_address", [False, True])
async def test_nobody_without_the_link_sees_a_film(
    tmp_path: Path, count: Count, any_address: bool
) -> None:
    app: Any = make_app(
        open_store(str(tmp_path / "store")), token="of-this-start", any_address=any_address
    )
    transport = httpx.ASGITransport(app)
    bearer = {"authorization": "Bearer of-this-start"}
    strangers = [{}, {"authorization": "Bearer x"}, {**bearer, **PAGE}, {**bearer, **REBOUND}]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        seen = [await client.get("/", headers=headers) for headers in strangers]
        assert (await client.get("/", headers=bearer)).status_code == 200
    shown = [reply for reply in seen if reply.status_code not in (401, 403)]
    count(strangers_at_the_view=len(seen), let_in=len(shown))
    assert shown == []
