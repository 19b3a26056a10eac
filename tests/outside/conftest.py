"""What the suite from outside shares: a fal, a Prefect, a desk with the command, its figures."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import Desk, plain_env
from tests.free_port import free_port
from tests.prefect_crash.hosts import open_prefect

from .figures import BOARD, Count
from .other_fal import OtherFal

# They take minutes each. One that begins last keeps one worker busy while the others have ended.
_LONGEST = ("test_own_word", "test_noise", "test_terminal", "test_never_less", "test_whose_cancel")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder, and begin with the longest."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.outside)
            # Against hanging only: some start a dozen servers, and a busy machine is no finding.
            item.add_marker(pytest.mark.timeout(1800))
    items.sort(key=lambda item: item.path.stem not in _LONGEST)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where the whole of this folder was to run, and a kind has no line."""
    BOARD.fail_if_incomplete(session, Path(__file__).parent)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each kind, if any of them was tried."""
    BOARD.print(terminalreporter)


@pytest.fixture
def count(request: pytest.FixtureRequest, record_property: Count) -> Count:
    """Count for the kind that the test's module is about."""
    return BOARD.count(request, record_property)


@pytest.fixture(scope="session")
def other_fal(shot: Path) -> Iterator[OtherFal]:
    with OtherFal(shot.read_bytes()).running() as server:
        yield server


@pytest.fixture
def fal(other_fal: OtherFal) -> Iterator[OtherFal]:
    """A fal with an empty book and its usual answers."""
    other_fal.forget()
    yield other_fal
    other_fal.forget()


@pytest.fixture(scope="session")
def prefect_env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a user who has a Prefect server running.

    It takes half a minute to start on a busy machine; whoever works on these tests has one that
    goes on, and names it.
    """
    home = tmp_path_factory.mktemp("prefect-home")
    if standing := os.environ.get("OUTSIDE_PREFECT_API_URL"):
        yield {**plain_env(home), "PREFECT_API_URL": standing}
        return
    port = free_port()
    env = {**plain_env(home), "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    with open_prefect(env, port, home / "server.log"):
        yield env


@pytest.fixture
def offline(tmp_path: Path, shot: Path) -> Desk:
    """A desk with a clip and a store, and neither a key nor a Prefect."""
    folder = tmp_path / "desk"
    folder.mkdir()
    os.link(shot, folder / "shot.mp4")
    env = {**plain_env(tmp_path / "prefect"), "SHOTGRAPH_STORE": str(tmp_path / "store")}
    return Desk(folder, env)


@pytest.fixture
def desk(offline: Desk, fal: OtherFal, prefect_env: dict[str, str]) -> Desk:
    """A desk with a clip, a store, a key for our fal, and a Prefect that is running."""
    return Desk(offline.folder, {**offline.env, **prefect_env, **fal.env})


@pytest.fixture(scope="session")
def clocks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library by which a process sees its machine's clocks set forward."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler here, and clocks can't be set")
    library = tmp_path_factory.mktemp("clocks") / "clocks.so"
    source = Path(__file__).with_name("clocks.c")
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return library


def set_forward(clocks: Path, *, wall_s: int, boot_s: int = 0) -> dict[str, str]:
    """Give the environment of a process whose clocks are so many seconds ahead."""
    ahead = {"OUTSIDE_WALL_S": str(wall_s), "OUTSIDE_BOOT_S": str(boot_s)}
    return {"LD_PRELOAD": str(clocks), **ahead}
