"""While a run goes, a page in the user's browser asks its Prefect server for the saved keys."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from prefect.settings import PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS, temporary_settings

from shotgraph.cli.embedded_server import EmbeddedServer
from tests.browser.chromium import open_page
from tests.cli.command import plain_env
from tests.figures import Count
from tests.through_prefect import START_S

KIND = 25

KEY = "canary-id:canary-secret"
ASKED = {"include_secrets": True}
PAGE = """\
<script>
async function ask(path, options) {
  try {
    const reply = await fetch(API + path, options);
    return reply.status + " " + await reply.text();
  } catch (error) {
    return "refused: " + error;
  }
}
function listen() {
  return new Promise(done => {
    const socket = new WebSocket(API.replace("http", "ws") + "/events/out");
    socket.onopen = () => done("opened");
    socket.onerror = () => done("refused");
  });
}
async function attack() {
  const body = JSON.stringify({include_secrets: true});
  const json = {"content-type": "application/json"};
  return [
    await ask("/block_documents/filter", {method: "POST", headers: json, body}),
    await ask("/block_documents/filter", {method: "POST", body}),
    await ask("/block_documents/filter", {method: "POST", body, mode: "no-cors"}),
    await ask("/block_documents/filter", {
      method: "POST", headers: json, body, credentials: "include",
    }),
    await ask("/admin/settings", {}),
    await ask("/health", {}),
    await listen(),
  ];
}
</script>
"""


@contextmanager
def page_elsewhere(api_url: str) -> Iterator[str]:
    """Serve a page at another port, which is another origin."""
    page = PAGE.replace("API", repr(api_url)).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect-home")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[tuple[str, str]]:
    """The address of a run's server that has a key, and its password."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in plain_env(home).items():
            patch.setenv(name, value)
        started = EmbeddedServer()
    try:
        with temporary_settings({PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS: START_S}):
            api_url = started.wait_until_ready()
        save_key(api_url, started.password)
        yield api_url, started.password
    finally:
        started.end()


def save_key(api_url: str, password: str) -> None:
    user, _, secret = password.partition(":")
    with httpx.Client(base_url=api_url, auth=(user, secret), timeout=300) as client:
        block_type = client.get("/block_types/slug/secret").raise_for_status().json()["id"]
        asked = {"block_schemas": {"block_type_id": {"any_": [block_type]}}}
        schema = client.post("/block_schemas/filter", json=asked).raise_for_status().json()[0]["id"]
        block = {
            "name": "saved",
            "block_type_id": block_type,
            "block_schema_id": schema,
            "data": {"value": KEY},
        }
        client.post("/block_documents/", json=block).raise_for_status()
        found = client.post("/block_documents/filter", json=ASKED).raise_for_status()
        assert KEY in found.text, "there is something to take"


FOREIGN = {
    "another page": {"Origin": "https://evil.example"},
    "a name that was made to point here": {"Host": "evil.example:8000"},
    "a page without an origin": {"Origin": "null"},
    "another user": {},
    "a wrong password": {"Authorization": "Basic Zm9vOmJhcg=="},
}


@pytest.mark.parametrize("who", FOREIGN)
def test_nobody_else_reads_a_saved_key(server: tuple[str, str], count: Count, who: str) -> None:
    api_url, _ = server
    with httpx.Client(headers=FOREIGN[who], timeout=300) as client:
        reply = client.post(f"{api_url}/block_documents/filter", json=ASKED)
        settings = client.get(f"{api_url}/admin/settings")
    count(callers=1, keys_read=int(KEY in reply.text))
    assert reply.status_code in (401, 403)
    assert settings.status_code in (401, 403)
    assert "access-control-allow-origin" not in reply.headers


def test_a_page_may_not_ask_before(server: tuple[str, str]) -> None:
    asked = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    reply = httpx.options(f"{server[0]}/block_documents/filter", headers=asked, timeout=300)
    assert reply.status_code == 403
    assert "access-control-allow-origin" not in reply.headers


def test_a_real_page_on_another_origin_gets_nothing(server: tuple[str, str], count: Count) -> None:
    api_url, _ = server
    with page_elsewhere(api_url) as address, open_page() as page:
        page.goto(address)
        said = page.evaluate("attack()")
    taken = [one for one in said if KEY in one or one.startswith("200") or one == "opened"]
    count(tries_in_chromium=len(said), read_in_chromium=len(taken))
    assert len(said) == 7
    assert taken == []
