"""fal's Python client, as it is published; only its constants for fal's hosts are set."""

import os
import subprocess
import sys
from pathlib import Path

import fal_client
import fal_client.client
import httpx
import pytest

from .conftest import Stage

pytestmark = pytest.mark.slow

EDIT = "fal-ai/kling-video/o1/standard/video-to-video/edit"
_HOSTS = ("RUN_URL_FORMAT", "QUEUE_URL_FORMAT", "REST_URL", "CDN_URL")


def _hosts(stage: Stage) -> dict[str, str]:
    bases = stage.bases
    values = (f"{bases.run_url}/", f"{bases.queue_url}/", bases.rest_url, bases.cdn_url)
    return dict(zip(_HOSTS, values, strict=True))


@pytest.fixture
def sync(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> fal_client.SyncClient:
    for name, value in _hosts(stage).items():
        monkeypatch.setattr(fal_client.client, name, value)
    return fal_client.SyncClient(key=stage.key)


@pytest.fixture
def client(sync: fal_client.SyncClient, stage: Stage) -> fal_client.AsyncClient:
    return fal_client.AsyncClient(key=stage.key)


@pytest.mark.parametrize("name", ["edit", "reference"])
def test_the_quick_start_runs_as_it_is_on_the_page(stage: Stage, name: str) -> None:
    hosts = "\n".join(f"fal_client.client.{key} = {url!r}" for key, url in _hosts(stage).items())
    program = f"import fal_client.client\n{hosts}\n{stage.quick_start(f'{name}.py')}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "FAL_KEY": stage.key},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *logs, result = done.stdout.splitlines()
    assert logs[0] == "Runner is ready"
    assert result.startswith("{'video': {'url': '" + stage.bases.cdn_url)
    (job,) = stage.book()["jobs"]
    assert job["endpoint_id"].endswith(f"/{name}")
    assert job["charged_units"] == {"edit": 3, "reference": 5}[name]


async def test_the_async_client_follows_a_job_by_its_handle(
    client: fal_client.AsyncClient, stage: Stage
) -> None:
    seen: list[type] = []
    enqueued: list[str] = []
    arguments = {"prompt": "x", "video_url": stage.clip_url}
    result = await client.subscribe(
        EDIT,
        arguments,
        with_logs=True,
        on_enqueue=enqueued.append,
        on_queue_update=lambda update: seen.append(type(update)),
    )
    assert result["video"]["url"].startswith(stage.bases.cdn_url)
    assert seen[0] is fal_client.Queued
    assert fal_client.InProgress in seen
    assert seen[-1] is fal_client.Completed
    status = await client.status(EDIT, enqueued[0], with_logs=True)
    assert isinstance(status, fal_client.Completed)
    assert status.logs
    assert status.metrics["inference_time"] >= 0.9
    assert await client.result(EDIT, enqueued[0]) == result
    assert await client.run(EDIT, arguments) != result


def test_a_failed_job_raises_what_the_model_said(sync: fal_client.SyncClient, stage: Stage) -> None:
    handle = sync.submit(EDIT, {"prompt": "x"})
    with pytest.raises(fal_client.FalClientHTTPError) as raised:
        handle.get()
    assert raised.value.status_code == 422
    assert raised.value.error_type == "value_error.missing"
    with pytest.raises(fal_client.FalClientHTTPError) as raised:
        handle.cancel()
    assert raised.value.status_code == 400


def test_a_wrong_key_raises(sync: fal_client.SyncClient) -> None:
    with pytest.raises(fal_client.FalClientHTTPError, match="No user found for Key"):
        fal_client.SyncClient(key="no:key").submit(EDIT, {})


@pytest.mark.parametrize(
    ("fault", "jobs"),
    [
        ({"kind": "drop", "times": 1}, 2),
        (
            {
                "kind": "status",
                "status": 502,
                "body": "nginx",
                "with_request_id": False,
                "times": 2,
            },
            3,
        ),
        ({"kind": "refuse", "status": 409, "times": 2}, 1),
        ({"kind": "reset", "times": 1}, 1),
    ],
)
def test_a_lost_reply_makes_this_client_buy_again(
    sync: fal_client.SyncClient, stage: Stage, fault: dict[str, object], jobs: int
) -> None:
    stage.fault(**fault)  # type: ignore[arg-type]
    sync.submit(EDIT, {"prompt": "x"})
    assert len(stage.book()["jobs"]) == jobs


@pytest.mark.parametrize("repository", ["fal_v3", "fal"])
def test_small_uploads(sync: fal_client.SyncClient, clip: Path, repository: str) -> None:
    url = sync.upload(
        clip.read_bytes(),
        "video/mp4",
        file_name="a clip.mp4",
        repository=repository,  # type: ignore[arg-type]
        fallback_repository=[],
    )
    reply = httpx.get(url, timeout=300)
    assert reply.content == clip.read_bytes()
    assert reply.headers["content-type"] == "video/mp4"


async def test_small_uploads_of_the_async_client(
    client: fal_client.AsyncClient, clip: Path
) -> None:
    url = await client.upload_file(clip)
    async with httpx.AsyncClient(timeout=300) as http:
        assert (await http.get(url)).content == clip.read_bytes()


def test_large_uploads_come_in_parts(
    sync: fal_client.SyncClient, stage: Stage, large: Path
) -> None:
    _check_large(sync.upload_file(large), stage)


@pytest.mark.slow
async def test_large_uploads_of_the_async_client(
    client: fal_client.AsyncClient, stage: Stage, large: Path
) -> None:
    _check_large(await client.upload_file(large), stage)


def _check_large(url: str, stage: Stage) -> None:
    head = httpx.head(url)
    assert head.headers["content-length"] == str(101 << 20)
    assert head.headers["content-type"] == "video/mp4"
    assert stage.book()["counts"]["multipart_uploads"] == 1
