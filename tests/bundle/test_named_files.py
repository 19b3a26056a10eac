"""Which files go along with a pipeline file."""

import shutil
from pathlib import Path

import pytest

from shotgraph.bundle import named_files
from shotgraph.errors import InvalidInput
from shotgraph.graph import build_graph
from shotgraph.model.references import LocalFile
from shotgraph.spec import load_pipeline

EXAMPLES = Path(__file__).parents[2] / "examples"


OUT_OF_WORDS = {"film-out-of-words"}
"""The examples that take no file."""


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_all_that_a_graph_takes_is_found(example: Path) -> None:
    graph = build_graph(load_pipeline(example), placeholders=True)
    taken = {
        ref.file
        for node in graph.nodes.values()
        for _, _, ref in node.media()
        if isinstance(ref, LocalFile)
    }
    found = named_files(example)
    assert bool(taken) == (example.stem not in OUT_OF_WORDS)
    assert taken <= set(found.values())
    assert all((EXAMPLES / place).resolve() == path for place, path in found.items())


def test_what_only_other_values_would_take_is_found_too(tmp_path: Path) -> None:
    for name in ("one.mp4", "two.mp4", "look.png", "schema.json", "beside.mp4"):
        (tmp_path / name).write_bytes(b"\0\0\0\x18ftypmp42")
    (tmp_path / "film.yaml").write_text(
        """\
name: many
params:
  shots: {list: video, default: []}
  shot: {type: video, default: one.mp4}
steps:
  painted:
    for_each: {clip: $shots}
    edit: {video: $clip, images: [look.png], prompt: Paint it}
  chain:
    repeat: {times: 1, from: two.mp4, as: last}
    reference: {video: $last, prompt: Go on}
  song:
    fal: {endpoint: a/b, schema: schema.json, output: audio, arguments: {}}
  film: {trim: {video: $shot, seconds: 1}}
output: $film
"""
    )
    found = named_files(tmp_path / "film.yaml")
    assert list(found) == ["film.yaml", "look.png", "one.mp4", "schema.json", "two.mp4"]


def test_a_text_that_is_no_medium_takes_no_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in (".env", "sub/id_rsa", "notes.txt", "schema.json"):
        (tmp_path / name).write_text("FAL_KEY=canary")
    (tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    (tmp_path / "film.yaml").write_text(
        """\
name: curious
params: {words: {type: text, default: .env}}
steps:
  a: {edit: {video: clip.mp4, prompt: .env}}
  b:
    for_each: {look: [sub/id_rsa, notes.txt]}
    edit: {video: $a, prompt: $look}
  c: {fal: {endpoint: x/y, output: video, arguments: {prompt: notes.txt, file_name: .env}}}
output: $c
"""
    )
    assert list(named_files(tmp_path / "film.yaml")) == ["clip.mp4", "film.yaml"]


def test_used_files_bring_their_own(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "parts", tmp_path / "in" / "parts")
    (tmp_path / "in/parts/clip.mp4").write_bytes(b"clip")
    (tmp_path / "in/parts/inner.yaml").write_text(
        "name: inner\nsteps: {x: {trim: {video: clip.mp4, seconds: 1}}}\noutput: $x\n"
    )
    (tmp_path / "film.yaml").write_text(
        "name: outer\nsteps: {x: {use: {file: in/parts/inner.yaml}}}\noutput: $x\n"
    )
    found = named_files(tmp_path / "film.yaml")
    assert list(found) == ["film.yaml", "in/parts/clip.mp4", "in/parts/inner.yaml"]


def test_nothing_outside_of_the_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "film"
    folder.mkdir()
    (folder / "link.mp4").symlink_to(tmp_path / "secret.txt")
    (folder / "film.yaml").write_text(
        "name: sly\n"
        "params: {a: {type: video, default: ../secret.txt}, b: {type: video, default: link.mp4}}\n"
        f"steps: {{x: {{trim: {{video: {tmp_path}/secret.txt, seconds: 1}}}}}}\n"
        "output: $x\n"
    )
    assert list(named_files(folder / "film.yaml")) == ["film.yaml"]


def test_a_link_inside_of_the_folder_goes_along_under_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "real.mp4").write_bytes(b"clip")
    (tmp_path / "link.mp4").symlink_to("real.mp4")
    (tmp_path / "film.yaml").write_text(
        "name: linked\nsteps: {x: {trim: {video: link.mp4, seconds: 1}}}\noutput: $x\n"
    )
    assert list(named_files(tmp_path / "film.yaml")) == ["film.yaml", "link.mp4"]


def test_an_absolute_path_can_not_go_along(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"clip")
    (tmp_path / "film.yaml").write_text(
        f"name: bound\nsteps: {{x: {{trim: {{video: {tmp_path}/clip.mp4, seconds: 1}}}}}}\n"
        "output: $x\n"
    )
    with pytest.raises(InvalidInput, match="write it relative to the file"):
        named_files(tmp_path / "film.yaml")
