"""The folder for films is tried before a run buys anything, and the trial leaves nothing."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shotgraph.graph import Graph, build_graph
from shotgraph.report import film_place
from shotgraph.report.film_place import NoPlaceForFilms, check_folder, check_place
from shotgraph.spec import read_pipeline
from shotgraph.store import disk
from tests.store.small_disk import small_disk

FILM = """\
name: harbour
params:
  shot: {type: video, default: "https://example.com/shot.mp4"}
steps:
  cut:
    trim: {video: $shot, seconds: 1}
output: $cut
deliver:
  - {profile: youtube}
"""


@pytest.fixture(scope="module")
def graph() -> Graph:
    return build_graph(read_pipeline(FILM), {}, folder=Path.cwd())


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("below", ["films", "new/films", "new/films/rehearsal"])
def test_a_good_folder_is_left_as_it_was(graph: Graph, tmp_path: Path, below: str) -> None:
    check_place(graph, tmp_path / below)
    assert everything(tmp_path) == []
    (tmp_path / below).mkdir(parents=True)
    (tmp_path / below / "harbour.mp4").touch()
    before = everything(tmp_path)
    check_place(graph, tmp_path / below)
    assert everything(tmp_path) == before


def a_file(folder: Path) -> Path:
    (folder / "films").touch()
    return folder / "films"


def below_a_file(folder: Path) -> Path:
    return a_file(folder) / "inside"


def a_dead_link(folder: Path) -> Path:
    (folder / "films").symlink_to("nowhere")
    return folder / "films"


def a_link_to_itself(folder: Path) -> Path:
    (folder / "films").symlink_to("films")
    return folder / "films"


def no_real_disk(folder: Path) -> Path:
    if not Path("/proc/self").exists():
        pytest.skip("no /proc here")
    return Path("/proc/films/inside")


def too_long(folder: Path) -> Path:
    return folder / "new" / ("x" * 300)


def films_name_is_taken(folder: Path) -> Path:
    (folder / "films" / "harbour.mp4").mkdir(parents=True)
    return folder / "films"


def further_files_name_is_taken(folder: Path) -> Path:
    (folder / "films" / "harbour" / "harbour-youtube.mp4").mkdir(parents=True)
    return folder / "films"


def own_folder_is_a_file(folder: Path) -> Path:
    (folder / "films").mkdir()
    (folder / "films" / "harbour").touch()
    return folder / "films"


def own_folder_is_a_link(folder: Path) -> Path:
    (folder / "films").mkdir()
    (folder / "films" / "harbour").symlink_to(folder)
    return folder / "films"


def page_is_a_folder(folder: Path) -> Path:
    (folder / "films" / "harbour" / "storyboard.html").mkdir(parents=True)
    return folder / "films"


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (a_file, "films is a file, and no folder"),
        (below_a_file, "films is a file, and no folder"),
        (a_dead_link, "a link leads nowhere"),
        (a_link_to_itself, "a link leads nowhere|symbolic links"),
        (no_real_disk, "/proc/films/inside: No such file"),
        (too_long, "File name too long"),
        (films_name_is_taken, r"harbour\.mp4: a folder has that name"),
        (further_files_name_is_taken, r"harbour-youtube\.mp4: a folder has that name"),
        (own_folder_is_a_file, "harbour is a file, and no folder"),
        (own_folder_is_a_link, "harbour: it is a link to another folder"),
        (page_is_a_folder, r"storyboard\.html: a folder has that name"),
    ],
)
def test_a_bad_folder_is_refused(
    graph: Graph, tmp_path: Path, bad: Callable[[Path], Path], why: str
) -> None:
    folder = bad(tmp_path)
    before = everything(tmp_path)
    with pytest.raises(NoPlaceForFilms, match=f"(?s)({why}).*Nothing was bought.*--out") as caught:
        check_place(graph, folder)
    assert caught.value.exit_code == 2
    assert everything(tmp_path) == before


def test_another_run_may_make_the_folder_at_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, mkdir = tmp_path / "new" / "films", Path.mkdir

    def later(path: Path, mode: int = 0o777, **options: bool) -> None:
        if path in (folder, folder.parent) and not path.exists():
            mkdir(path, parents=True)
        mkdir(path, mode, **options)

    monkeypatch.setattr(Path, "mkdir", later)
    check_folder(folder)


def test_a_trial_removes_no_folder_of_another_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "new" / "films"

    @contextmanager
    def room_in(place: Path, prefix: str) -> Iterator[Path]:
        with disk.room_in(place, prefix) as room:
            yield room
            folder.mkdir(parents=True, exist_ok=True)  # another run puts its films here next

    monkeypatch.setattr(film_place, "room_in", room_in)
    check_folder(folder)
    assert folder.is_dir()


def test_a_folder_without_the_right_to_write(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir(mode=0o500)
    if os.access(tmp_path / "films", os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(NoPlaceForFilms, match="Permission denied"):
        check_folder(tmp_path / "films")


def test_a_disk_that_can_only_be_read(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        (disk / "films").mkdir()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for folder in (disk / "films", disk / "new" / "films"):
            with pytest.raises(NoPlaceForFilms, match=r"can only be read|Read-only"):
                check_folder(folder)
