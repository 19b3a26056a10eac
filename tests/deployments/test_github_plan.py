"""The action for pull requests posts a plan once, and again only when it says something new."""

import json
import runpy
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "deployments" / "github-plan"


@dataclass
class Hub:
    """What stands in for GitHub."""

    env: dict[str, str] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub(comments=[{"id": n, "body": "nice"} for n in range(150)])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path.startswith("/repos/me/films/issues/7/comments?per_page=100&page=")
            page = int(self.path.rpartition("=")[2])
            self._reply(hub.comments[(page - 1) * 100 : page * 100])

        def do_POST(self) -> None:
            assert self.path == "/repos/me/films/issues/7/comments"
            hub.comments.append({"id": 1000 + len(hub.comments), "body": self._body()})
            self._reply(hub.comments[-1])

        def do_PATCH(self) -> None:
            number = int(self.path.removeprefix("/repos/me/films/issues/comments/"))
            (comment,) = (one for one in hub.comments if one["id"] == number)
            comment["body"] = self._body()
            self._reply(comment)

        def _body(self) -> str:
            length = int(self.headers["Content-Length"])
            hub.written.append(f"{self.command} {self.path}")
            return str(json.loads(self.rfile.read(length))["body"])

        def _reply(self, document: Any) -> None:
            hub.tokens.add(self.headers["Authorization"])
            data = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        hub.env = {
            "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}",
            "GITHUB_REPOSITORY": "me/films",
            "GITHUB_TOKEN": "t0ken",
            "PULL_REQUEST": "7",
        }
        yield hub
        server.shutdown()


def test_it_posts_only_what_is_new(hub: Hub) -> None:
    script = runpy.run_path(str(FOLDER / "post_plan.py"))
    request, body_of = script["PullRequest"](hub.env), script["body_of"]
    first, second = body_of("a.yaml", "$1\n", ""), body_of("a.yaml", "$2\n", "")
    said = [request.post("a.yaml", body) for body in (first, first, second, second)]
    assert said == ["new", "unchanged", "changed", "unchanged"]
    assert request.post("b.yaml", body_of("b.yaml", "", "b.yaml:3:1: wrong\n```")) == "new"
    assert [line.partition(" ")[0] for line in hub.written] == ["POST", "PATCH", "POST"]
    assert hub.comments[150]["body"] == second
    assert "```text\nb.yaml:3:1: wrong\n'''\n```" in hub.comments[151]["body"]
    assert hub.tokens == {"Bearer t0ken"}


def test_its_steps_take_no_words_of_others_as_commands() -> None:
    action = (FOLDER / "action.yml").read_text()
    run = action.partition("run: |")[2]
    assert "${{" not in run, "a file's name would be run by the shell"
    assert "shotgraph plan" in run
