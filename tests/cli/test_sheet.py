"""``shotgraph sheet``, in this process: what it needs of the command is only its arguments."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shotgraph.cli.main import app
from tests.media.coded_clips import write_clip
from tests.report.told_runs import medium, step, told


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("films") / "film.mp4", clip=1, frames=12)


@pytest.fixture(autouse=True)
def folder_is_left_clean(film: Path) -> Iterator[None]:
    yield
    left = [path for path in film.parent.iterdir() if path != film]
    for path in left:
        path.unlink()
    assert not [path.name for path in left if path.name.startswith(".")]


def sheet(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    ran = CliRunner().invoke(app, ["sheet", *map(str, arguments), "--json"])
    return ran.exit_code, json.loads(ran.stdout)


@pytest.mark.parametrize(
    ("options", "made", "size"),
    [
        ([], "film-contact.jpg", (1300, 556)),
        (["--kind", "filmstrip"], "film-filmstrip.jpg", (2084, 152)),
        (["--kind", "poster"], "film-poster.jpg", (320, 180)),
        (["--kind", "preview"], "film-preview.webp", (320, 180)),
    ],
)
def test_each_kind_is_made_beside_the_film(
    options: list[str], made: str, size: tuple[int, int], film: Path
) -> None:
    code, said = sheet(film, *options)

    target = film.with_name(made)
    assert (code, said["error"]) == (0, None)
    assert said["output"] == {
        "path": str(target),
        "width": size[0],
        "height": size[1],
        "size_bytes": target.stat().st_size,
    }


def test_before_and_after(film: Path) -> None:
    code, said = sheet(film, "--before", film)
    assert (code, Path(said["output"]["path"]).name) == (0, "film-before-after.mp4")

    code, said = sheet(film, "--before", film, "--out", film.with_name("both.png"))
    assert (code, said["output"]["width"]) == (0, 644)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none.mp4"], "there is no file none.mp4"),
        (["{film}", "--before", "none.mp4"], "there is no file none.mp4"),
        (["{film}", "--out", "x.gif"], "for contact it ends in .jpg, .jpeg, .png, .webp"),
        (["{film}", "--kind", "preview", "--out", "x.png"], "for preview it ends in .webp"),
        (["{film}", "--before", "{film}", "--kind", "poster"], "leave --kind out"),
        (["{film}", "--before", "{film}", "--out", "{film}"], "would replace what it is made of"),
        (["{film}", "--out", "no/x.png"], "there is no folder no"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_made(
    arguments: list[str], says: str, film: Path
) -> None:
    code, said = sheet(*(argument.format(film=film) for argument in arguments))

    assert (code, said["output"], said["error"]["code"]) == (2, None, "invalid_input")
    assert says in said["error"]["message"]


@pytest.mark.parametrize("name", ["harbour", "harbour-2"])
def test_a_film_is_not_replaced(name: str, film: Path, tmp_path: Path) -> None:
    made = medium(1)
    manifest = told([step("film", "concat", made)], made)
    films = [one.model_copy(update={"file": f"{name}.mp4"}) for one in manifest.films]
    (tmp_path / "harbour").mkdir()
    text = manifest.model_copy(update={"films": films}).model_dump_json()
    (tmp_path / "harbour" / "manifest.json").write_text(text)
    target = tmp_path / f"{name}.mp4"
    target.write_bytes(b"paid for")

    code, said = sheet(film, "--before", film, "--out", target)

    assert (code, said["error"]["code"]) == (2, "invalid_input")
    assert "would replace a film" in said["error"]["message"]
    assert target.read_bytes() == b"paid for"


@pytest.mark.parametrize("kind", ["contact", "filmstrip", "poster", "preview"])
def test_no_file_is_replaced(kind: str, film: Path, tmp_path: Path) -> None:
    keep, link = tmp_path / "keepme.webp", tmp_path / "link.webp"
    keep.write_bytes(b"somebody's")
    link.symlink_to("nowhere.webp")
    for target in (keep, link):
        code, said = sheet(film, "--kind", kind, "--out", target)
        assert (code, said["error"]["code"]) == (2, "invalid_input")
        assert "is there already: name another file with --out" in said["error"]["message"]
    assert keep.read_bytes() == b"somebody's"
    assert link.is_symlink()
    assert not link.exists()


def test_a_file_that_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_text("#EXTM3U\n")

    code, said = sheet(tmp_path / "film.mp4")

    assert (code, said["error"]["code"]) == (4, "media")
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]
