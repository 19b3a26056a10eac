"""Prefect's server away, behind a password, or no server at all: one line, and no traceback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from shotgraph.errors import ShotgraphError
from shotgraph.flows.prefect_server import at_prefect
from tests.cli.command import Desk


@contextmanager
def answering(code: int, body: bytes = b"") -> Iterator[str]:
    """A server that answers every request alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Keep the tests' output to the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


NOBODY = "http://127.0.0.1:1/api"
CASES = [
    (None, "/api", 2, "no Prefect server answers at"),
    ((401, b'{"exception_message":"Unauthorized"}'), "/api", 2, "refuses the password (HTTP 401)"),
    ((404, b"not here"), "", 2, "is not the API of a Prefect server: it answered HTTP 404"),
    ((200, b"<html>"), "", 2, "it answered a page, and no JSON"),
    ((200, b'{"a": 1}'), "/api", 2, "JSON that is no version"),
]


@pytest.mark.parametrize(("reply", "path", "code", "said"), CASES, ids=[case[3] for case in CASES])
async def test_each_way_to_be_no_server_has_its_words(
    reply: tuple[int, bytes] | None, path: str, code: int, said: str
) -> None:
    with answering(*(reply or (200,))) as server:
        url = NOBODY if reply is None else f"{server}{path}"
        with temporary_settings({PREFECT_API_URL: url}), pytest.raises(ShotgraphError) as refused:
            async with at_prefect():
                pass
    assert refused.value.exit_code == code
    assert said in refused.value.message


@pytest.mark.slow
def test_a_run_ends_with_the_words_and_without_a_traceback(offline: Desk) -> None:
    ran = offline.run("run", "film.yaml", "--rehearse", "--json", PREFECT_API_URL=NOBODY)
    assert ran.code == 2, ran.err
    error = json.loads(ran.out)["error"]
    assert error["code"] == "no_prefect"
    said = error["message"]
    assert said.startswith(f"no Prefect server answers at {NOBODY}")
    assert "Traceback" not in ran.err


@pytest.mark.slow
def test_no_proxy_stands_before_our_own_servers(offline: Desk) -> None:
    proxy = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy"), "http://127.0.0.1:9")
    ran = offline.run("run", "film.yaml", "--rehearse", "--out", "films", "--json", **proxy)
    assert ran.code == 0, ran.err


@pytest.mark.slow
def test_doctor_tells_a_password_from_a_server_that_is_away(offline: Desk) -> None:
    with answering(401) as server:
        said = offline.run("doctor", PREFECT_API_URL=f"{server}/api").out
    assert "refuses the password (HTTP 401)" in said
    assert "PREFECT_API_AUTH_STRING" in said
    away = offline.run("doctor", PREFECT_API_URL=NOBODY).out
    assert f"no Prefect server answers at {NOBODY}" in away
