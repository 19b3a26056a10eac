"""What is remembered of a file holds for that file alone, and only while it stays the same."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from shotgraph.model.file_memory import SETTLED_NS, FileMemory, is_file


class Looks:
    """A memory of what files hold; it knows how often each was looked into."""

    def __init__(self, *, most: int = 100, later_ns: int = SETTLED_NS) -> None:
        self.into: list[str] = []
        self.memory = FileMemory(self._look, most=most, now_ns=lambda: time.time_ns() + later_ns)

    def _look(self, path: Path) -> bytes:
        self.into.append(path.name)
        return path.read_bytes()

    def of(self, path: Path) -> bytes:
        return self.memory.of(path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"one")
    return file


def test_a_file_is_looked_into_once(file: Path) -> None:
    looks = Looks()
    assert [looks.of(file), looks.of(file)] == [b"one", b"one"]
    assert looks.into == ["clip.mp4"]


def test_another_name_of_it_is_looked_into_once(file: Path) -> None:
    looks, link = Looks(), file.with_name("link.mp4")
    link.symlink_to(file)
    assert looks.of(file) == looks.of(link)
    assert looks.into == ["clip.mp4"]


def longer(file: Path) -> None:
    file.write_bytes(b"two and more")


def same_length(file: Path) -> None:
    file.write_bytes(b"two")


def same_length_and_time(file: Path) -> None:
    was = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))


def another_file(file: Path) -> None:
    was, other = file.stat(), file.with_name("other")
    other.write_bytes(b"two")
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    other.replace(file)


def another_folder(file: Path) -> None:
    real, link = file.with_name("real"), file.with_name("two")
    real.mkdir()
    link.mkdir()
    file.rename(real / "clip.mp4")
    file.symlink_to(real / "clip.mp4")
    (link / "clip.mp4").write_bytes(b"two")
    file.unlink()
    file.symlink_to(link / "clip.mp4")


@pytest.mark.parametrize(
    "change", [longer, same_length, same_length_and_time, another_file, another_folder]
)
def test_a_changed_file_is_looked_into_again(file: Path, change: Callable[[Path], None]) -> None:
    looks = Looks()
    looks.of(file)
    change(file)
    assert looks.of(file) == file.read_bytes() != b"one"


@pytest.mark.parametrize("field", ["st_size", "st_mtime_ns", "st_ctime_ns", "st_ino", "st_dev"])
def test_each_field_counts(file: Path, field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, stat, more = Looks(later_ns=2 * SETTLED_NS), os.stat, [0]

    def changed(path: str) -> SimpleNamespace:
        found = stat(path)
        names = ["st_size", "st_mtime_ns", "st_ctime_ns", "st_ino", "st_dev"]
        fields = {name: getattr(found, name) + more[0] * (name == field) for name in names}
        return SimpleNamespace(**fields)

    monkeypatch.setattr("shotgraph.model.file_memory.os.stat", changed)
    looks.of(file)
    looks.of(file)
    more[0] = 1
    looks.of(file)
    assert len(looks.into) == 2


def test_a_file_that_may_still_change_unseen_is_not_remembered(file: Path) -> None:
    looks = Looks(later_ns=0)
    assert [looks.of(file), looks.of(file)] == [b"one", b"one"]
    assert len(looks.into) == 2


def test_what_changes_while_it_is_looked_into_is_not_remembered(file: Path) -> None:
    def look(path: Path) -> bytes:
        found = path.read_bytes()
        path.write_bytes(b"another")
        return found

    memory = FileMemory(look, now_ns=lambda: time.time_ns() + SETTLED_NS)
    assert [memory.of(file), memory.of(file)] == [b"one", b"another"]


def test_what_is_wrong_is_found_each_time(tmp_path: Path) -> None:
    looks, folder = Looks(), tmp_path / "folder"
    folder.mkdir()
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            looks.of(tmp_path / "absent")
        with pytest.raises(IsADirectoryError):
            looks.of(folder)
    assert looks.into == ["absent", "folder"] * 2


def test_many_threads_look_once(file: Path) -> None:
    together, into = threading.Barrier(8), list[str]()

    def look(path: Path) -> bytes:
        into.append(path.name)
        return path.read_bytes()

    memory = FileMemory(look, now_ns=lambda: time.time_ns() + SETTLED_NS)

    def ask(_: int) -> bytes:
        together.wait()
        return memory.of(file)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {b"one"}
    assert into == ["clip.mp4"]


def test_those_who_wait_look_themselves_where_the_first_fails(file: Path) -> None:
    begun, waits, looked = threading.Event(), threading.Event(), []

    def look(path: Path) -> bytes:
        looked.append(path)
        if len(looked) == 1:
            begun.set()
            waits.wait()
            raise OSError("the first one fails")
        return path.read_bytes()

    memory = FileMemory(look, now_ns=lambda: time.time_ns() + SETTLED_NS)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(memory.of, file)
        begun.wait()
        second = pool.submit(memory.of, file)
        waits.set()
        assert isinstance(first.exception(), OSError)
        assert second.result() == b"one"


def test_the_file_not_asked_for_longest_is_forgotten(tmp_path: Path) -> None:
    looks = Looks(most=2)
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    for path in (one, two, three):
        path.touch()
    for path in (one, two, one, three, one, two):
        looks.of(path)
    assert looks.into == ["one", "two", "three", "two"]


def test_is_a_file_or_not_or_can_not_be_looked_up(file: Path, tmp_path: Path) -> None:
    link, loop, dangling = tmp_path / "link", tmp_path / "loop", tmp_path / "dangling"
    link.symlink_to(file)
    loop.symlink_to(loop)
    dangling.symlink_to(tmp_path / "nowhere")
    assert [is_file(path) for path in (file, link)] == [True, True]
    assert not any(map(is_file, (tmp_path, tmp_path / "nowhere", file / "below", loop, dangling)))
    with pytest.raises(OSError, match="File name too long"):
        is_file(tmp_path / ("long" * 100))
