"""The page's command line for fal's direct way; only its host is replaced."""

import json
import shlex
import shutil
import subprocess

import httpx
import pytest

from .conftest import Stage

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["edit", "reference"])
def test_the_curl_line_works_as_it_is_on_the_page(stage: Stage, name: str) -> None:
    answer = json.loads(_send(_argv(stage, name)))
    assert answer["video"]["url"].startswith(stage.bases.cdn_url)
    assert answer["video"]["content_type"] == "video/mp4"
    (job,) = stage.book()["jobs"]
    assert job["output"] == answer
    assert job["host"] == "run"


def _argv(stage: Stage, name: str) -> list[str]:
    text = stage.quick_start(f"{name}.curl").replace("\\\n", " ")
    text = text.replace("https://fal.run", stage.bases.run_url).replace("$FAL_KEY", stage.key)
    return shlex.split(text)


def _send(argv: list[str]) -> str:
    curl = shutil.which("curl")
    if curl is not None:
        return subprocess.run(
            [curl, "--silent", "--fail", *argv[1:]],
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        ).stdout
    return _send_by_hand(argv)


def _send_by_hand(argv: list[str]) -> str:
    """The same request where there is no curl."""
    options = list(zip(argv[1::2], argv[2::2], strict=True))
    (method,) = [value for name, value in options if name == "--request"]
    (url,) = [value for name, value in options if name == "--url"]
    (data,) = [value for name, value in options if name == "--data"]
    headers = dict(value.split(": ", 1) for name, value in options if name == "--header")
    reply = httpx.request(method, url, headers=headers, content=data.encode(), timeout=300)
    assert reply.status_code == 200, reply.text
    return reply.text


def test_the_stand_in_for_curl_sends_the_same(stage: Stage) -> None:
    argv = _argv(stage, "edit")
    assert "video" in json.loads(_send_by_hand(argv))
    (job,) = stage.book()["jobs"]
    assert job["input"] == json.loads(argv[argv.index("--data") + 1])
