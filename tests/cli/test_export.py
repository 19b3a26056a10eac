"""``shotgraph export``: a film by its file or its name; what is not there is said."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shotgraph.cli.export import film_named
from shotgraph.cli.main import app
from shotgraph.errors import InvalidInput, MediaError
from shotgraph.report.companions import write_companions
from shotgraph.report.manifest import put_manifest
from shotgraph.report.stories import story_behind
from shotgraph.store import open_store
from tests.report.test_handover import made_film


@pytest.fixture
async def films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the film ``harbour``, made by a store that the command finds."""
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    store = open_store(str(tmp_path / "store"))
    (tmp_path / "clips").mkdir()
    manifest = await made_film(store, tmp_path / "clips")
    await write_companions(manifest, store, tmp_path / "films")
    await put_manifest(store, manifest)
    (tmp_path / "films" / "harbour.mp4").write_bytes((tmp_path / "clips" / "2.mp4").read_bytes())
    return tmp_path / "films"


def export(*arguments: str) -> tuple[int, dict[str, Any]]:
    ran = CliRunner().invoke(app, ["export", *arguments, "--json"])
    return ran.exit_code, json.loads(ran.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("named", [lambda films: str(films / "harbour.mp4"), lambda _: "harbour"])
def test_a_film_is_found_by_its_file_or_its_name(
    films: Path, named: Callable[[Path], str], tmp_path: Path
) -> None:
    code, said = export(named(films))
    assert code == 0
    assert said["output"] == {
        "path": str(tmp_path / "harbour-folder"), "to": "folder", "clips": 2
    }  # fmt: skip
    assert (tmp_path / "harbour-folder" / "media" / "first.mp4").is_file()
    assert "an EDL links to no files" in said["not_carried"][-2]


@pytest.mark.slow
@pytest.mark.parametrize("is_told", [True, False])
async def test_a_film_that_was_moved_is_found(films: Path, is_told: bool, tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    manifest, film = await film_named("harbour", store)
    moved = tmp_path / "moved.mp4"
    story = await story_behind(films / "harbour.mp4", manifest, film, store)
    assert story
    whole = (films / "harbour.mp4").read_bytes()
    moved.write_bytes(whole + (story if is_told else b""))
    assert await film_named(str(moved), store) == (manifest, film)

    elsewhere = open_store(str(tmp_path / "other"))
    says = "says that the run .* of harbour made it" if is_told else "moved.mp4 carries no story"
    with pytest.raises(InvalidInput, match=says):
        await film_named(str(moved), elsewhere)
    moved.write_bytes(whole[:-1] + b"x" + (story if is_told else b""))
    says = (
        "has changed since it was made: no run" if is_told else r"no run in the store .* made these"
    )
    with pytest.raises(InvalidInput, match=says):
        await film_named(str(moved), store)


@pytest.mark.parametrize("place", ["harbour.mp4", "films/harbour.mp4", "harbour"])
async def test_a_file_is_no_film_by_its_name_alone(films: Path, place: str, tmp_path: Path) -> None:
    """One with the name of a film of the store, and bytes of its own, as a graded one has."""
    store = open_store(str(tmp_path / "store"))
    assert (await film_named("harbour", store))[1].file == "harbour.mp4"
    Path(place).write_bytes((films.parent / "clips" / "0.mp4").read_bytes())
    with pytest.raises(InvalidInput, match=r"no run in the store .* made these bytes"):
        await film_named(place, store)


async def test_one_of_several_films_is_named_by_its_number(films: Path, tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    manifest, film = await film_named("harbour", store)
    two = [film.model_copy(update={"file": f"two-{number}.mp4"}) for number in (1, 2)]
    several = manifest.model_copy(update={"film": "two", "films": tuple(two)})
    await put_manifest(store, several)
    assert (await film_named("two-2", store))[1] == two[1]
    with pytest.raises(InvalidInput, match="two has 2 films: give one of two-1, two-2"):
        await film_named("two", store)
    with pytest.raises(InvalidInput, match="there is no film two-3"):
        await film_named("two-3", store)


def test_words_for_people(films: Path, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["export", "harbour", "--to", "otioz", "--out", "a.otioz"])
    assert ran.exit_code == 0
    assert ran.stdout.splitlines() == ["a.otioz", "2 files, 48 frames"]
    assert (tmp_path / "a.otioz").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "there is no film nowhere: give the file of a film that a run has made"),
        (["harbour", "--out", "no/where"], "--out no/where: there is no folder no"),
        (["harbour", "--out", "films"], "films is there already: name another place"),
    ],
)
def test_what_can_not_be_done_is_said(films: Path, arguments: list[str], message: str) -> None:
    ran = CliRunner().invoke(app, ["export", *arguments])
    assert isinstance(ran.exception, InvalidInput)
    assert message in ran.exception.message


def test_a_file_is_no_folder_for_what_is_delivered(films: Path) -> None:
    ran = CliRunner().invoke(
        app, ["deliver", "harbour", "--to", "youtube", "--out", str(films / "harbour.mp4")]
    )
    assert isinstance(ran.exception, InvalidInput)
    assert ran.exception.message.endswith("harbour.mp4: that is a file, and no folder")


@pytest.mark.slow
def test_files_to_deliver_are_made_of_a_film_that_is_there(films: Path, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["deliver", "harbour", "--to", "youtube", "--json"])
    assert ran.exit_code == 0
    (made,) = json.loads(ran.stdout)["deliveries"]
    assert made["path"] == str(tmp_path / "harbour-youtube.mp4")
    assert (made["measured"]["tag"], made["measured"]["has_edits"]) == ("avc1", False)
    assert (tmp_path / "harbour-youtube.mp4").stat().st_size
    again = CliRunner().invoke(app, ["deliver", "harbour", "--to", "youtube"])
    assert isinstance(again.exception, InvalidInput)
    assert again.exception.message == (
        "harbour-youtube.mp4 is there already: name another folder with --out"
    )
    elsewhere = CliRunner().invoke(
        app, ["deliver", "harbour", "--to", "youtube", "--out", "for/them"]
    )
    assert Path("for/them/harbour-youtube.mp4").read_bytes() == Path(made["path"]).read_bytes()
    assert elsewhere.stdout.splitlines()[1].startswith("youtube: High, ")


@pytest.mark.slow
def test_a_film_that_is_too_short_for_a_profile_is_said(films: Path) -> None:
    ran = CliRunner().invoke(app, ["deliver", "harbour", "--to", "instagram-reel"])
    assert isinstance(ran.exception, MediaError)
    assert "instagram-reel takes films of 3 to 900 s, and this one lasts 2 s" in (
        ran.exception.message
    )
