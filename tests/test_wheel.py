"""What is built: one top-level package, which runs in a clean environment from another folder."""

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("source") / "checkout"
    # Built from what git would hand to somebody else: nothing of this folder's own leaks in.
    subprocess.run(["git", "clone", "-q", str(ROOT), str(source)], check=True)
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(source)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return folder


def test_the_wheel_has_one_top_level_package(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = wheel.namelist()
    tops = {name.split("/")[0] for name in names if not name.split("/")[0].endswith(".dist-info")}
    assert tops == {"shotgraph"}
    for wanted in (
        "shotgraph/py.typed",
        "shotgraph/flows/film.py",
        "shotgraph/tasks/edit.py",
        "shotgraph/blocks/fal_credentials.py",
        "shotgraph/examples/extend-restyle-concat.yaml",
        "shotgraph/examples/first-film.yaml",
        "shotgraph/examples/parts/painted-sign.yaml",
        "shotgraph/examples/clips/harbour.mp4",
        "shotgraph/examples/stills/lamp-front.png",
        "shotgraph/examples/sounds/waltz.m4a",
        "shotgraph/spec/pipeline.schema.json",
        "shotgraph/rehearsal/draw/font/DejaVuSans.ttf",
    ):
        assert wanted in names


def test_the_source_archive_has_the_linked_folders(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = [name.split("/", 1)[-1] for name in archive.getnames()]
    assert {"flows/film.py", "tasks/edit.py", "blocks/media_store.py"} <= set(names) or {
        "src/shotgraph/flows/film.py",
        "src/shotgraph/tasks/edit.py",
        "src/shotgraph/blocks/media_store.py",
    } <= set(names)


def test_it_makes_the_demo_in_a_clean_environment(built: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    locked = str(ROOT / "constraints.txt")
    subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", locked], check=True)
    subprocess.run([*pip, "--no-deps", str(next(built.glob("*.whl")))], check=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    ended = subprocess.run(
        [str(environment / "bin" / "shotgraph"), "demo"],
        cwd=elsewhere,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "PREFECT_HOME": str(tmp_path / "prefect"),
            "SHOTGRAPH_STORE": str(tmp_path / "store"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert (elsewhere / "films/rehearsal/harbour-at-dusk.mp4").stat().st_size > 100_000
