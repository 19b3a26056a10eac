import sys
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.errors import FullDisk, MediaError
from shotgraph.media.output import target
from shotgraph.media.smart.splice import remux_picture


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"

    with target(film) as part:
        part.write_bytes(b"whole")
        assert part.parent == tmp_path
        assert part.name.endswith(".part")
        assert not film.exists()

    assert film.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [film]


def _fail_half_way(film: Path) -> None:
    with target(film) as part:
        part.write_bytes(b"half")
        raise KeyboardInterrupt


def test_what_fails_leaves_what_was_there(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"old")

    with pytest.raises(KeyboardInterrupt):
        _fail_half_way(film)

    assert film.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [film]


def test_nothing_written_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="nothing was written"), target(tmp_path / "film.mp4"):
        pass

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="can't write"), target(tmp_path / "no" / "film.mp4"):
        pass


full = pytest.mark.skipif(sys.platform != "linux", reason="writes to /dev/full")


@full
def test_a_full_disk_is_said_with_its_folder_and_what_to_do(tmp_path: Path) -> None:
    said = f"no space left on the disk of {tmp_path}; nothing was kept there, .* Make room there"
    with pytest.raises(FullDisk, match=said), target(tmp_path / "film.mp4"):
        Path("/dev/full").write_bytes(b"more")

    assert list(tmp_path.iterdir()) == []


@full
def test_a_full_disk_is_not_taken_for_a_clip_that_can_not_be_read(
    tmp_path: Path, first: Path
) -> None:
    with pytest.raises(FullDisk, match="no space left"), target(tmp_path / "film.mp4"):
        remux_picture(first, Path("/dev/full"), time_base=Fraction(1, 90_000))


def test_what_the_system_refuses_is_an_error_of_ours(tmp_path: Path) -> None:
    said = r"film\.mp4 can't be written: .*Is a directory"
    with pytest.raises(MediaError, match=said), target(tmp_path / "film.mp4"):
        tmp_path.write_bytes(b"")

    assert list(tmp_path.iterdir()) == []
