from pathlib import Path

import pytest

from shotgraph.errors import MediaError
from shotgraph.media.target import target


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
