"""The fal that a run uses: plan and the question at a terminal are about that one, and no other."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from prefect.client.orchestration import get_client

from shotgraph.blocks import FalCredentials
from shotgraph.cli.fal_of_run import fal_of_run
from shotgraph.errors import InvalidInput
from shotgraph.money.connection import check_fal, only_at
from shotgraph.settings import Settings
from tests.cli.command import Desk
from tests.cli.terminal import at_terminal
from tests.cli.test_before_run import home, save_block
from tests.flows.pipelines import film_of, run
from tests.rehearsal.client import Client

__all__ = ["home"]

ELSEWHERE = "http://127.0.0.1:9/of-the-block"
ADDRESSES = dict.fromkeys(("run_url", "rest_url", "cdn_url", "api_url"), "http://127.0.0.1:9")
BLOCK = {"key": "id-of-block:secret-of-block", "queue_url": ELSEWHERE, **ADDRESSES}


@contextmanager
def prefect_that_says(code: int, said: Any) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """A server that answers every question alike, and the questions with their passwords."""
    asked: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Authorization"]))
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output to the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api", asked
    finally:
        server.shutdown()
        server.server_close()


async def test_the_block_of_the_server_is_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", "id:of-the-environment")
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "admin:a-long-password")
    with prefect_that_says(200, {"data": BLOCK}) as (url, asked):
        (home / "profiles.toml").write_text(
            f'active = "a"\n[profiles.a]\nPREFECT_API_URL = "{url}"\n', encoding="utf-8"
        )
        found = await fal_of_run(Settings())
    connection = found.connect()
    assert (found.backend, found.doubt) == (ELSEWHERE, "")
    assert connection is not None
    assert connection.key.get_secret_value() == BLOCK["key"]
    assert connection.bases.queue_url == ELSEWHERE
    assert asked == [
        (
            "/api/block_types/slug/fal-credentials/block_documents/name/default?include_secrets=true",
            "Basic YWRtaW46YS1sb25nLXBhc3N3b3Jk",
        )
    ]


@pytest.mark.parametrize(("code", "said", "doubt"), [
    (404, {"detail": "Block document not found"}, None),
    (404, {"detail": "Not Found"}, "could not be read (HTTP 404)"),
    (401, {"exception_message": "Unauthorized"}, "could not be read (HTTP 401)"),
    (200, b"<html>", "could not be read (HTTP 200, and no JSON)"),
    (200, [1], "could not be read (HTTP 200)"),
    (404, ["Block document not found"], "could not be read (HTTP 404)"),
    (404, "Block document not found", "could not be read (HTTP 404)"),
    (200, {"data": {"queue_url": ELSEWHERE}}, "something in it is wrong"),
    (200, {"data": {**BLOCK, "key": 5}}, "something in it is wrong"),
    (200, {"data": {**BLOCK, "queue_url": 5}}, "something in it is wrong"),
    (200, {"data": {"key": "secret \u20ac of-block"}}, "something in it is wrong"),
    (200, {"data": {**BLOCK, "queue_url": "nowhere"}}, "something in it is wrong"),
])  # fmt: skip
async def test_what_is_not_known_is_said(
    code: int, said: Any, doubt: str | None, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with prefect_that_says(code, said) as (url, _):
        monkeypatch.setenv("PREFECT_API_URL", url)
        found = await fal_of_run(Settings())
    assert found.backend == "fal"
    assert (doubt or "") in found.doubt
    assert bool(found.doubt) is (doubt is not None)
    assert "of-block" not in found.doubt, "never the key"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PREFECT_API_KEY", "k\u00e9y"),
        ("ALL_PROXY", "socks5://127.0.0.1:9"),
        ("ALL_PROXY", "unknown://127.0.0.1:9"),
    ],
)
async def test_what_httpx_can_not_use_is_said(
    name: str, value: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for proxied in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(proxied, raising=False)
    with prefect_that_says(200, {"data": BLOCK}) as (url, _):
        monkeypatch.setenv("PREFECT_API_URL", url)
        monkeypatch.setenv(name, value)
        found = await fal_of_run(Settings())
    assert "could not be read" in found.doubt
    assert value not in found.doubt


async def test_of_a_block_in_a_database_only_a_run_knows(home: Path) -> None:
    assert (await fal_of_run(Settings())).doubt == ""
    save_block(home, "default", 1)
    assert "only a run reads it" in (await fal_of_run(Settings())).doubt


def test_a_run_buys_only_at_the_fal_that_was_told() -> None:
    check_fal("fal")
    with only_at(None):
        check_fal("fal")
    with only_at(ELSEWHERE):
        check_fal(ELSEWHERE)
        with pytest.raises(InvalidInput, match=rf"planned for the fal {ELSEWHERE}.*Nothing was se"):
            check_fal("fal")


@pytest.mark.usefixtures("prefect_server")
async def test_a_block_that_changes_after_the_question_buys_nothing(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    with only_at(ELSEWHERE), pytest.raises(InvalidInput, match="planned for the fal"):
        await run(film_of("harbour"), shot, tmp_path / "films")
    assert await at_fal.jobs() == []


@pytest.fixture
def other_fal(desk: Desk) -> Iterator[None]:
    """A block ``default`` at the server of Prefect: it names another fal than the environment."""

    async def remove() -> None:
        async with get_client() as client:
            found = await client.read_block_document_by_name("default", "fal-credentials")
            await client.delete_block_document(found.id)

    FalCredentials.model_validate(BLOCK).save("default", overwrite=True)
    try:
        yield
    finally:
        asyncio.run(remove())


@pytest.mark.slow
def test_what_is_there_at_another_fal_is_not_there(desk: Desk, other_fal: None) -> None:
    here = desk.without("PREFECT_API_URL")
    bought = here.run("run", "film.yaml", "--out", "films", "--json", "--progress", "quiet")
    assert bought.code == 0, bought.err
    assert here.run("plan", "film.yaml", "--json").json["cost_usd"] == 0
    planned = desk.run("plan", "film.yaml", "--json", PYTHONPROFILEIMPORTTIME="1")
    assert planned.json["cost_usd"] == 1.176, "the block's fal has none of these clips"
    loaded = {line.split("|")[-1].strip() for line in planned.err.splitlines()}
    assert "prefect" not in loaded
    with at_terminal(desk, "run", "film.yaml") as terminal:
        while "Continue? [y/N]:" not in terminal.said:
            assert terminal.is_running(), terminal.said
            time.sleep(0.02)
        terminal.press(b"n\n")
        assert terminal.ended(300) == 130
        assert "This run will buy 2 shots for at most $1.18" in terminal.said
        assert terminal.said.endswith("Nothing was bought, and nothing is running\n")
