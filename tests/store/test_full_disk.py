"""A full disk is one error, with the folder in it and what to do."""

import asyncio
import errno
import os
from pathlib import Path

import pytest

from shotgraph.errors import FullDisk, ReadOnlyDisk, Retryable, StoreRefused
from shotgraph.store import open_store
from shotgraph.store.disk import on_disk_of, room_in, scratch
from shotgraph.store.refusals import not_done
from tests.store.small_disk import small_disk


def fill_up(*_: object) -> None:
    """What the system says of every full disk, without filling one."""
    Path("/dev/full").write_bytes(b"x")


@pytest.mark.parametrize("folder", ["the store's", None])
def test_in_a_room_of_the_store(tmp_path: Path, folder: str | None) -> None:
    place = tmp_path / "store" if folder else None
    with pytest.raises(FullDisk, match="no space left on the disk of") as caught, scratch(place):
        fill_up()
    assert "shotgraph purge --dry-run" in caught.value.message
    assert isinstance(caught.value, Retryable)
    assert str(place or "") in caught.value.message


def test_a_disk_that_can_only_be_read_is_said_to_be_that(tmp_path: Path) -> None:
    with pytest.raises(ReadOnlyDisk, match="can only be read at the moment"), on_disk_of(tmp_path):
        raise OSError(errno.EROFS, "Read-only file system")


def test_another_error_of_the_system_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), room_in(tmp_path):
        (tmp_path / "nothing").read_bytes()


def test_a_record_and_a_clip_on_a_disk_that_is_full(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"\x00\x00\x00\x18ftypmp42" + b"x" * 100_000)
    with small_disk(tmp_path / "disk") as disk:
        store = open_store(str(disk / "store"))
        with pytest.raises(FullDisk, match=str(disk)):
            asyncio.run(store.records.put_if_absent("results/one.json", b"x" * 100_000))
        with pytest.raises(FullDisk, match=str(disk)):
            asyncio.run(store.assets.add(clip, "video"))
        assert [path for path in disk.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_a_folder_that_may_not_be_written_is_for_a_person(number: int) -> None:
    refused = not_done("could not keep it", OSError(number, os.strerror(number)))
    assert isinstance(refused, StoreRefused)
    assert os.strerror(number) in refused.message
    assert "Errno" not in refused.message
    assert "SHOTGRAPH_STORE" in refused.message


def test_another_error_of_the_disk_may_pass() -> None:
    assert type(not_done("could not keep it", OSError(errno.EIO, "it broke"))) is Retryable
