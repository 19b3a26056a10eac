"""A pipeline file that is no text in UTF-8: what it is, where that shows, and how to mend it."""

import os
import shlex
import socket
import subprocess
from pathlib import Path

import pytest

from shotgraph.graph import check
from shotgraph.spec import InvalidPipeline, Problem, load_draft, load_pipeline

FILM = """name: film
steps:
  a:
    edit: {video: clip.mp4, prompt: "un café “bleu”"}
output: $a
"""


def problem_of(path: Path) -> Problem:
    with pytest.raises(InvalidPipeline) as raised:
        load_pipeline(path)
    (problem,) = raised.value.problems
    return problem


@pytest.mark.parametrize(
    ("encoding", "place", "byte", "seems", "line"),
    [
        ("utf-16", (1, 1), "Byte 1 of the file, in line 1, is FF", "UTF-16", "name: film"),
        ("utf-16-le", (1, 2), "Byte 2 of the file, in line 1, is 00", "UTF-16LE", "name: film"),
        ("utf-16-be", (1, 1), "Byte 1 of the file, in line 1, is 00", "UTF-16BE", "name: film"),
        ("utf-32", (1, 1), "Byte 1 of the file, in line 1, is FF", "UTF-32", "name: film"),
        ("cp1252", (4, 44), "Byte 67 of the file, in line 4, is E9", "Windows-1252", ""),
        ("latin-1", (4, 44), "Byte 67 of the file, in line 4, is E9", "Latin-1 (ISO-8859-1)", ""),
    ],
)
def test_another_encoding_is_named_with_its_place_and_a_command_that_mends_it(
    encoding: str, place: tuple[int, int], byte: str, seems: str, line: str, tmp_path: Path
) -> None:
    text = FILM if encoding != "latin-1" else FILM.replace("“", "«").replace("”", "»")
    path = tmp_path / "my film.yaml"
    path.write_bytes(text.encode(encoding))
    problem = problem_of(path)
    assert (problem.location.line, problem.location.column) == place
    assert f"it is not UTF-8 text. {byte}; the file seems to be {seems}" in problem.what
    assert problem.line == (line or text.splitlines()[3])
    command, _, target = problem.allowed.removeprefix("UTF-8. To convert it: ").partition(" > ")
    made = subprocess.run(shlex.split(command), capture_output=True, check=True).stdout
    assert made.decode("utf-8").removeprefix("\ufeff") == text
    assert shlex.split(target) == [str(tmp_path / "my film-utf8.yaml")]


def test_an_encoding_that_can_not_be_guessed_is_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "film.yaml"
    path.write_bytes(FILM.replace("café", "лодка").encode("cp1251"))
    assert "its encoding is not known" in problem_of(path).what


def test_a_long_text_that_is_cut_within_a_character_is_only_too_long(tmp_path: Path) -> None:
    path = tmp_path / "film.yaml"
    path.write_text("#" + "é" * 600_000, encoding="utf-8")
    assert "longer than 262144 characters" in problem_of(path).what


def test_a_clip_and_other_data_are_no_pipeline(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"\0\0\0\x18ftypisom\xff\xff")
    assert problem_of(path).what == "can't be read: it is a media file (mp4)"
    path.write_bytes(b"\x01\xff\x02")
    assert problem_of(path).what == "can't be read: it is no text"


def test_what_is_no_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "film.yaml").write_text(FILM)
        kinds = {"pipe": "a named pipe", "socket": "a socket", "folder": "a folder"}
        for name, kind in kinds.items():
            assert problem_of(Path(name)).what == f"can't be read: it is {kind}"
        assert problem_of(Path("folder")).nearest == "folder/film.yaml"
        clips = "".join(f"        - {name}\n" for name in kinds)
        text = f"name: film\nsteps:\n  a:\n    concat:\n      clips:\n{clips}output: $a\n"
        text = text.replace("output", "  b: {use: {file: pipe}}\noutput")
        Path("film.yaml").write_text(text)
        found = check(load_draft(Path("film.yaml"))).problems
    said = [f'"{name}" is {kind}' for name, kind in kinds.items()]
    assert [one.what for one in found] == [*said, '"pipe" is a named pipe']


def test_a_problem_of_a_used_file_is_shown_with_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text("name: inner\nsteps:\n  a: {trim: *anchor}\noutput: $a\n")
    (tmp_path / "latin.yaml").write_bytes("\nname: é\n".encode("latin-1"))
    (tmp_path / "film.yaml").write_text(
        "name: film\nsteps:\n  one: {use: {file: inner.yaml}}\n"
        "  two: {use: {file: latin.yaml}}\noutput: $one\n"
    )
    with pytest.raises(InvalidPipeline) as raised:
        check(load_draft(tmp_path / "film.yaml")).graph_or_raise()
    assert [(Path(one.location.file).name, one.line) for one in raised.value.problems] == [
        ("inner.yaml", "  a: {trim: *anchor}"),
        ("latin.yaml", "name: é"),
    ]
    assert "use: {file" not in raised.value.message
