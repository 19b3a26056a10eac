"""fal's JavaScript client, as it is published, at the version of ``node/package-lock.json``."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from .conftest import Stage

pytestmark = pytest.mark.node
_NODE = Path(__file__).with_name("node")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client installed, outside the checkout."""
    folder = tmp_path_factory.mktemp("node")
    for file in _NODE.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=300,
    )
    return folder


def _run(folder: Path, stage: Stage, program: str, **environment: str) -> list[str]:
    done = subprocess.run(
        ["node", "rehearse.mjs", f"./{program}"],
        cwd=folder,
        env={
            **os.environ,
            "FAL_KEY": stage.key,
            "REHEARSAL": json.dumps(stage.bases.as_dict()),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", ["edit", "reference"])
def test_the_quick_start_runs_as_it_is_on_the_page(folder: Path, stage: Stage, name: str) -> None:
    (folder / f"{name}.mjs").write_text(stage.quick_start(f"{name}.mjs"), "utf-8")
    lines = _run(folder, stage, f"{name}.mjs")
    (job,) = stage.book()["jobs"]
    assert lines[0].startswith("Runner is ready")
    assert lines[-1] == job["request_id"]
    assert any(job["output"]["video"]["url"] in line for line in lines)
    assert job["endpoint_id"].endswith(f"/{name}")


def test_events_errors_and_the_direct_way(folder: Path, stage: Stage) -> None:
    (line,) = _run(folder, stage, "follow.mjs", CLIP_URL=stage.clip_url)
    seen = json.loads(line)
    states = [state for state, _ in seen["seen"]]
    assert states[-1] == "COMPLETED"
    assert "IN_PROGRESS" in states
    counts = [count for _, count in seen["seen"]]
    assert counts == sorted(counts)
    assert seen["failed"] == {
        "validation": True,
        "status": 422,
        "fields": ["value_error.missing"],
    }
    for url in (seen["streamed"], seen["direct"]):
        assert httpx.head(url).status_code == 200


@pytest.mark.parametrize(("mebibytes", "parts"), [(1, 0), (101, 1)])
def test_uploads_in_one_piece_and_in_parts(
    folder: Path, stage: Stage, mebibytes: int, parts: int
) -> None:
    (url,) = _run(folder, stage, "upload.mjs", MEBIBYTES=str(mebibytes))
    head = httpx.head(url)
    assert head.headers["content-length"] == str(mebibytes << 20)
    assert head.headers["content-type"] == "video/mp4"
    assert stage.book()["counts"].get("multipart_uploads", 0) == parts
