"""The child that reads media: what it has, what it is let do, and what is said when it dies."""

import fcntl
import os
import resource
import signal
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media import reader
from shotgraph.media.child import READING, Child
from shotgraph.media.info import MediaInfo
from shotgraph.media.reading import read_here

from .many_packets import write_many_packets

_CPU_S, _MEMORY_MB = READING.cpu_s, READING.memory_mb
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc and prlimit are Linux's")


@pytest.fixture
def child() -> Iterator[Child]:
    with_nothing = Child()
    yield with_nothing
    with_nothing.end()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "small.png"
    Image.new("RGB", (64, 48)).save(path)
    return path


def pid_of(child: Child) -> int:
    assert child.pid is not None
    return child.pid


def test_it_says_what_a_look_from_here_says(
    child: Child, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = write_many_packets(tmp_path / "sound.mkv", 500)
    for path in (picture, sound):
        assert MediaInfo.model_validate(child.ask(path)["info"]) == read_here(path)
    monkeypatch.chdir(tmp_path)
    assert child.ask(Path("small.png")) == child.ask(picture), "paths are relative to our folder"
    assert child.ask(Path("none.png"))["error"].startswith("can't read none.png: ")


@LINUX
def test_it_has_neither_the_key_nor_anything_else_of_our_environment(
    child: Child, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FAL_KEY", "PREFECT_API_KEY", "SHOTGRAPH_STORE", "HTTPS_PROXY", "AWS_SECRET_KEY"):
        monkeypatch.setenv(name, "canary")
    child.ask(picture)
    has = Path(f"/proc/{pid_of(child)}/environ").read_bytes()
    assert b"canary" not in has
    names = {pair.partition(b"=")[0].decode() for pair in has.split(b"\0") if pair}
    assert names <= {"PATH", "LC_ALL", "MALLOC_ARENA_MAX", "LD_LIBRARY_PATH"}


@LINUX
def test_its_time_memory_and_files_are_bounded(child: Child, picture: Path) -> None:
    child.ask(picture)
    pid = pid_of(child)
    assert resource.prlimit(pid, resource.RLIMIT_DATA)[0] == _MEMORY_MB << 20
    assert resource.prlimit(pid, resource.RLIMIT_CPU)[0] <= _CPU_S + 10
    assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == (0, 0)
    assert "NoNewPrivs:\t1" in Path(f"/proc/{pid}/status").read_text()


@LINUX
def test_it_has_no_network_where_the_system_lets_it_go(child: Child, picture: Path) -> None:
    child.ask(picture)
    if not child.left_network:
        pytest.skip("this system lets no process leave its network")
    own = os.readlink("/proc/self/ns/net")
    assert os.readlink(f"/proc/{pid_of(child)}/ns/net") != own
    devices = Path(f"/proc/{pid_of(child)}/net/dev").read_text().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in devices] == ["lo"]


def test_one_child_reads_all_files_and_another_takes_its_place(child: Child, picture: Path) -> None:
    assert child.pid is None, "it is started when it is asked"
    first = child.ask(picture)
    pid = pid_of(child)
    assert (child.ask(picture), pid_of(child)) == (first, pid)
    os.kill(pid, signal.SIGKILL)
    assert child.ask(picture) == first
    assert pid_of(child) != pid


def test_many_threads_get_each_their_own_answer(child: Child, tmp_path: Path) -> None:
    found: dict[int, int] = {}

    def ask(width: int) -> None:
        path = tmp_path / f"{width}.png"
        Image.new("L", (width, 10)).save(path)
        found[width] = child.ask(path)["info"]["width"]

    threads = [threading.Thread(target=ask, args=(width,)) for width in range(10, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {width: width for width in range(10, 40)}


@LINUX
def test_a_file_that_takes_too_much_memory_is_named(
    child: Child, picture: Path, tmp_path: Path
) -> None:
    child.ask(picture)
    pid = pid_of(child)
    resource.prlimit(pid, resource.RLIMIT_DATA, (64 << 20, 64 << 20))
    large = tmp_path / "large.png"
    Image.new("RGB", (6000, 6000)).save(large, compress_level=1)
    said = child.ask(large)["error"]
    assert (
        said == f"{large} is not opened: to read it takes over {_MEMORY_MB} MB of memory, the limit"
    )
    assert child.ask(picture)["info"]["width"] == 64
    assert pid_of(child) != pid, "what was taken is gone with the old one"


@LINUX
@pytest.mark.slow
def test_a_file_that_takes_too_long_is_named(child: Child, picture: Path, tmp_path: Path) -> None:
    child.ask(picture)
    # It leaves a second of these, to be ended by the limit of which it can be told.
    resource.prlimit(pid_of(child), resource.RLIMIT_CPU, (1, 2))
    many = write_many_packets(tmp_path / "many.mkv", 990_000)
    with pytest.raises(
        MediaError, match=f"many.mkv is not opened: .* {_CPU_S} s of processor time"
    ):
        child.ask(many)
    assert child.ask(picture)["info"]["width"] == 64


def test_more_packets_than_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_PACKETS", 1000)
    assert read_here(write_many_packets(tmp_path / "a.mkv", 1000)).duration == 1
    with pytest.raises(MediaError, match=r"b.mkv has over 1,000 packets; at most 1,000 are read"):
        read_here(write_many_packets(tmp_path / "b.mkv", 1001))


@LINUX
def test_a_child_that_breaks_says_by_what(child: Child, picture: Path, tmp_path: Path) -> None:
    child.ask(picture)
    pid = pid_of(child)
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)  # else the next signal may come first
    os.kill(pid, signal.SIGSEGV)  # which waits until it goes on
    wakes = threading.Thread(target=_wake_when_asked, args=(child,))
    wakes.start()
    with pytest.raises(MediaError, match=r"small\.png is not opened: it broke .* \(SIGSEGV, "):
        child.ask(picture)
    wakes.join()
    assert child.ask(picture)["info"]["width"] == 64


def _wake_when_asked(child: Child) -> None:
    process = child._process
    assert process is not None
    assert process.stdin is not None
    waiting = bytearray(4)
    while not int.from_bytes(waiting, sys.byteorder):
        fcntl.ioctl(process.stdin, termios.FIONREAD, waiting)
    os.kill(process.pid, signal.SIGCONT)


def test_a_child_ends_with_who_started_it(child: Child, picture: Path) -> None:
    child.ask(picture)
    process = child._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=300) == 0
