"""What is built: one top-level package, which runs in a clean environment from another folder."""

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


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
        "shotgraph/tasks/paid.py",
        "shotgraph/blocks/fal_credentials.py",
        "shotgraph/examples/extend-restyle-concat.yaml",
        "shotgraph/examples/first-film.yaml",
        "shotgraph/examples/parts/painted-sign.yaml",
        "shotgraph/examples/clips/harbour.mp4",
        "shotgraph/examples/stills/lamp-front.png",
        "shotgraph/examples/sounds/waltz.m4a",
        "shotgraph/spec/pipeline.schema.json",
        "shotgraph/media/font/DejaVuSans.ttf",
    ):
        assert wanted in names


def test_the_source_archive_has_the_linked_folders(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = [name.split("/", 1)[-1] for name in archive.getnames()]
    assert {"flows/film.py", "tasks/paid.py", "blocks/media_store.py"} <= set(names) or {
        "src/shotgraph/flows/film.py",
        "src/shotgraph/tasks/paid.py",
        "src/shotgraph/blocks/media_store.py",
    } <= set(names)


@pytest.mark.wheel
def test_it_makes_the_demo_with_the_newest_of_everything(built: Path, tmp_path: Path) -> None:
    """The wheel alone, installed by pip as people do it: with no lock, only with its own bounds."""
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-q", str(next(built.glob("*.whl")))], check=True)
    subprocess.run([*pip, "check"], check=True)
    print(_beside_the_lock(subprocess.check_output([*pip, "freeze"], text=True)))
    first, second = (_demo(environment / "bin" / "shotgraph", tmp_path) for _ in range(2))
    assert "nothing was submitted" not in first
    assert "nothing was submitted" in second
    assert (tmp_path / "films/rehearsal/harbour-at-dusk.mp4").stat().st_size > 100_000


def _demo(command: Path, folder: Path) -> str:
    ended = subprocess.run(
        [command, "demo"],
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "PREFECT_HOME": str(folder / "prefect"),
            "SHOTGRAPH_STORE": str(folder / "store"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def _beside_the_lock(frozen: str) -> str:
    """Name the packages that are not as in the lock: they are the first to look at."""
    lock = (ROOT / "constraints.txt").read_text()
    pinned = {_pin(line.split()[0]) for line in lock.splitlines() if line[:1].isalnum()}
    others = [pin for pin in map(_pin, frozen.split()) if "==" in pin and pin not in pinned]
    return f"Not as in the lock: {', '.join(others) or 'nothing'}."


def _pin(text: str) -> str:
    name, _, version = text.partition("==")
    return f"{canonicalize_name(name)}=={version}" if version else text
