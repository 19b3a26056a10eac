"""The film as a file: whole or not at all, under its own name."""

import os
import shutil
from collections.abc import Awaitable, Callable
from errno import ENOSPC
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.errors import FilmNotWritten, FullDisk, Terminal
from shotgraph.money.results import Result
from shotgraph.report import export_film
from shotgraph.report.film_folder import films_folder, staged_films
from shotgraph.store import Store
from tests.media.coded_clips import codes, read_codes

Make = Callable[..., Awaitable[Result]]


async def test_a_film_is_put_under_its_name(store: Store, result: Make, tmp_path: Path) -> None:
    made = await result()
    film = await export_film(made, store, name="harbour", folder=tmp_path / "new" / "films")
    assert film.path == tmp_path / "new" / "films" / "harbour.mp4"
    assert read_codes(film.path) == codes(1, range(12))
    assert (film.medium.duration_s, film.medium.sha256) == (Fraction(1, 2), made.asset.sha256)
    assert film.medium.fps == 24
    assert os.listdir(film.path.parent) == ["harbour.mp4"]
    # It is a copy, which whoever may see files of this user may see, and its owner may change.
    (tmp_path / "any").touch()
    assert film.path.stat().st_mode == (tmp_path / "any").stat().st_mode
    assert not film.path.samefile(await store.assets.file(made.asset))


async def test_an_older_film_is_replaced(store: Store, result: Make, tmp_path: Path) -> None:
    older = await export_film(await result(12), store, name="harbour", folder=tmp_path / "films")
    content = older.path.read_bytes()
    with older.path.open("rb") as watched:
        film = await export_film(await result(20), store, name="harbour", folder=tmp_path / "films")
        # Whoever watches the older one sees it to its end.
        assert watched.read() == content
    assert len(read_codes(film.path)) == 20
    assert os.listdir(film.path.parent) == ["harbour.mp4"]


async def test_a_folder_that_can_not_be_written_to_is_said(
    store: Store, result: Make, tmp_path: Path
) -> None:
    (tmp_path / "films").write_text("a file", encoding="utf-8")
    with pytest.raises(FilmNotWritten, match=r"can't be written to .*/films/harbour\.mp4: .*--out"):
        await export_film(await result(), store, name="harbour", folder=tmp_path / "films")
    assert (tmp_path / "films").read_text(encoding="utf-8") == "a file"


async def test_a_name_that_is_taken_by_a_folder_leaves_nothing_behind(
    store: Store, result: Make, tmp_path: Path
) -> None:
    (tmp_path / "films" / "harbour.mp4" / "inside").mkdir(parents=True)
    with pytest.raises(FilmNotWritten):
        await export_film(await result(), store, name="harbour", folder=tmp_path / "films")
    assert os.listdir(tmp_path / "films") == ["harbour.mp4"]


async def test_a_film_that_the_store_has_lost_is_said(
    store: Store, result: Make, tmp_path: Path
) -> None:
    made = await result()
    file = await store.assets.file(made.asset)
    file.chmod(0o600)
    file.unlink()
    with pytest.raises(Terminal, match="the store no longer has the video"):
        await export_film(made, store, name="harbour", folder=tmp_path / "films")
    assert not (tmp_path / "films").exists()


async def test_of_several_films_none_is_put_before_all_are_copied(
    store: Store, result: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "films"
    named = {"harbour-1": await result(12), "harbour-2": await result(20)}
    async with staged_films(named, store, folder) as films:
        films.put()
    older = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(older) == ["harbour-1.mp4", "harbour-2.mp4"]
    copied = shutil.copyfile

    def copy(source: Path, part: Path) -> None:
        if part.name == "harbour-2.mp4":
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        copied(source, part)

    monkeypatch.setattr(shutil, "copyfile", copy)
    anew = {"harbour-1": await result(16), "harbour-2": await result(24)}
    with pytest.raises(FullDisk, match="no space left"):
        async with staged_films(anew, store, folder):
            pass
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == older


def test_rehearsals_have_a_folder_of_their_own(tmp_path: Path) -> None:
    assert films_folder(tmp_path, rehearsal=False) == tmp_path
    assert films_folder(tmp_path, rehearsal=True) == tmp_path / "rehearsal"


def test_a_folder_has_no_detours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert films_folder(Path("../films"), rehearsal=False) == tmp_path.resolve() / "films"
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert films_folder(tmp_path / "link", rehearsal=False) == tmp_path / "link"
