"""``shotgraph new``: a film to begin with, which is right and can be run as it is."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shotgraph.cli.main import app
from shotgraph.errors import InvalidInput
from shotgraph.graph import Graph, build_graph
from shotgraph.spec import load_pipeline
from tests.cli.command import Desk
from tests.examples.gallery import GALLERY


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["new", *arguments])


def said(ran: Result) -> str:
    return str(ran.exception)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def kinds_of(graph: Graph) -> list[tuple[str, str]]:
    return [(node.name, node.kind.name) for node in graph.in_file_order()]


def test_the_film_that_explains_itself(folder: Path) -> None:
    ran = new()
    assert ran.exit_code == 0
    assert ran.stdout == (
        "film.yaml is written, and what it uses: clips/harbour.mp4, pipeline.schema.json\n"
        "Try it for nothing:  shotgraph run film.yaml --rehearse\n"
        "What it would cost:  shotgraph plan film.yaml\n"
    )
    assert set(contents(folder)) == {"film.yaml", "clips/harbour.mp4", "pipeline.schema.json"}
    text = (folder / "film.yaml").read_text()
    line, _, schema = text.partition("\n")[0].partition("=")
    assert line == "# yaml-language-server: $schema"
    assert "properties" in json.loads((folder / schema).read_text()), "an editor completes from it"
    assert "shotgraph run film.yaml --rehearse" in text
    assert "first-film" not in text
    assert len([line for line in text.splitlines() if "#" in line]) > 15
    graph = build_graph(load_pipeline(folder / "film.yaml"))
    assert (graph.name, graph.warnings) == ("film", ())


@pytest.mark.parametrize("name", [example.name for example in GALLERY])
def test_like_any_film_of_the_gallery(folder: Path, name: str) -> None:
    ran = new("deep/down/My film, no. 2.yaml", "--like", name)
    assert ran.exit_code == 0, said(ran)
    file = folder / "deep/down/My film, no. 2.yaml"
    assert "shotgraph run 'deep/down/My film, no. 2.yaml' --rehearse" in ran.stdout
    made = build_graph(load_pipeline(file))
    (example,) = (one for one in GALLERY if one.name == name)
    assert kinds_of(made) == kinds_of(build_graph(load_pipeline(example.file)))
    assert made.name == "my-film-no-2"
    assert f"examples/{name}" not in file.read_text()


def test_nothing_is_overwritten(folder: Path) -> None:
    assert new("one.yaml").exit_code == 0
    before = contents(folder)
    again = new("one.yaml", "--like", "music-film")
    assert again.exit_code != 0
    assert said(again) == "one.yaml exists already, and is not overwritten. Name another file"
    assert contents(folder) == before
    # What the film uses is there already, and is the same.
    assert new("two.yaml").exit_code == 0
    assert set(contents(folder)) == {*before, "two.yaml"}


def test_a_file_in_the_way_of_its_clip_stops_it_before_anything_is_written(folder: Path) -> None:
    (folder / "clips").mkdir()
    (folder / "clips/harbour.mp4").write_bytes(b"mine")
    ran = new("film.yaml", "--like", "music-film")
    assert "clips/harbour.mp4 exists already with other contents" in said(ran)
    assert contents(folder) == {"clips/harbour.mp4": b"mine"}


def test_a_folder_that_can_t_be_written_to_is_named(folder: Path) -> None:
    (folder / "taken").write_text("a file")
    assert "taken" in said(new("taken/film.yaml"))
    assert contents(folder) == {"taken": b"a file"}
    (folder / "dangling.yaml").symlink_to("nowhere/at/all.yaml")
    assert "dangling.yaml exists already" in said(new("dangling.yaml"))
    assert os.path.islink("dangling.yaml")


def test_a_name_that_is_not_in_the_gallery(folder: Path) -> None:
    ran = new("film.yaml", "--like", "musicfilm")
    assert '--like "musicfilm": there is no such film in the gallery' in said(ran)
    assert "did you mean music-film?" in said(ran)
    assert contents(folder) == {}


@pytest.mark.slow
def test_as_a_command(offline: Desk) -> None:
    assert offline.run("new", "mine.yaml").code == 0
    assert offline.run("validate", "mine.yaml").out.startswith("mine.yaml is right: 2 steps")
    again = offline.run("new", "mine.yaml")
    assert (again.code, again.out) == (2, "")
    assert "Traceback" not in again.err


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_runs_in_rehearsal_as_it_is(offline: Desk) -> None:
    assert offline.run("new", "mine.yaml").code == 0
    ran = offline.run("run", "mine.yaml", "--rehearse", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["output"]["path"] == str(offline.folder / "films/rehearsal/mine.mp4")


@pytest.mark.parametrize(
    "text", ["name: dusk\n", "", "{}", '{"$id": "urn:other"}', "[1]", "[" * 100_000, "\xff"]
)
def test_a_schema_replaces_only_a_schema(text: str, folder: Path) -> None:
    out = folder / "film.yaml"
    out.write_text(text, encoding="latin-1")
    ran = CliRunner().invoke(app, ["schema", "--out", str(out)])
    assert isinstance(ran.exception, InvalidInput)
    assert "exists already, is not a schema of shotgraph, and is not overwritten" in said(ran)
    assert out.read_text(encoding="latin-1") == text
    out.unlink()
    out.symlink_to("nowhere")
    assert CliRunner().invoke(app, ["schema", "--out", str(out)]).exit_code != 0
    assert not (folder / "nowhere").exists()


def test_a_schema_of_before_is_replaced(folder: Path) -> None:
    out = folder / "own.json"
    assert CliRunner().invoke(app, ["schema", "--out", str(out)]).exit_code == 0
    now = out.read_text()
    out.write_text(json.dumps({"$id": json.loads(now)["$id"], "title": "of before"}))
    assert CliRunner().invoke(app, ["schema", "--out", str(out)]).exit_code == 0
    assert out.read_text() == now
