"""A project with nothing but the wheel deploys a film and starts it by the guide's ten lines."""

import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from shotgraph.bundle import is_reference
from tests.docs.pages import blocks_of
from tests.prefect_crash.process_tree import running

from .shop import Shop

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a clean environment outside of the checkout, with the wheel in it."""
    folder = tmp_path_factory.mktemp("foreign")
    source = folder / "checkout"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(source)], check=True)
    build: list[str | Path] = [
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        "--wheel",
        "--outdir",
        folder,
        source,
    ]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(source)
    venv.create(folder / "venv")
    python = folder / "venv/bin/python"
    uv: list[str | Path] = [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", python]
    subprocess.run(
        [*uv, "--no-deps", "--require-hashes", "-r", ROOT / "constraints.txt"], check=True
    )
    subprocess.run([*uv, "--no-deps", next(folder.glob("*.whl"))], check=True)
    return python


def the_ten_lines() -> str:
    found = [
        block.text
        for block in blocks_of(ROOT / "docs/guide.md")
        if block.info == "python" and "arun_deployment" in block.text
    ]
    (text,) = found
    body = [line for line in text.splitlines() if line and not line.startswith(("import", "from"))]
    assert len(body) <= 12
    return text


def test_it_deploys_and_starts_a_film(shop: Shop, python: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples/extend-restyle-concat.yaml", tmp_path / "film.yaml")
    shutil.copytree(ROOT / "examples/clips", tmp_path / "clips")
    (tmp_path / "main.py").write_text(the_ten_lines(), encoding="utf-8")
    env = {**shop.env, "PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(tmp_path)}
    where = subprocess.run(
        [python, "-c", "import shotgraph; print(shotgraph.__file__)"],
        cwd=tmp_path,
        env=env,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert Path(where.strip()).is_relative_to(python.parents[1])
    worker = (python.parent / "prefect", "worker", "start", "--pool", "shotgraph")
    log = shop.folder / "foreign.log"
    with running(*worker, "--type", "process", env=env, log=log) as tree:
        done = subprocess.run(
            [python, "main.py"], cwd=tmp_path, env=env, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr + tree.said()
    match = re.fullmatch(r"([0-9a-f-]{36}) Completed\n", done.stdout)
    assert match is not None, done.stdout + shop.folder.joinpath("foreign.log").read_text()
    run = shop.ask("GET", f"flow_runs/{match[1]}").json()
    assert is_reference(run["parameters"]["pipeline"])
    assert run["name"] == "harbour-at-dusk"
    assert (
        shop.folder / "data/shotgraph/films/rehearsal/harbour-at-dusk.mp4"
    ).stat().st_size > 100_000
