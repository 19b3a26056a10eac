"""``shotgraph validate``: every problem and every doubt with its place, for people and machines."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from shotgraph.cli.main import app
from tests.media.coded_clips import write_clip

FILM = """\
name: film
params:
  shot: {type: video, default: ntsc.mp4}
  spare: {type: text, default: x}
steps:
  dusk: {edit: {video: $shot, prompt: Paint it, keep_audio: true}}
  rain: {edit: {video: $shot, prompt: Let it rain}}
  film: {trim: {video: $dusk, seconds: 1}}
output: $film
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A film that is right, and four things in it that are probably not meant."""
    monkeypatch.chdir(tmp_path)
    write_clip(
        tmp_path / "ntsc.mp4", clip=1, frames=96, rate=Fraction(24000, 1001), size=(720, 720)
    )
    path = Path("film.yaml")
    path.write_text(FILM)
    return path


def validate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["validate", *arguments])


def in_short(item: dict[str, Any]) -> tuple[Any, ...]:
    names = ("line", "column", "end_column", "step", "field", "message")
    return tuple(item[name] for name in names)


def test_a_step_that_is_said_to_be_free_is_a_problem(file: Path) -> None:
    step = "  gift: {{fal: {{endpoint: someone/else, price_usd: {}}}}}\n"
    params = "params:\n  price: {type: number}\n"
    file.write_text(FILM.replace("steps:\n", "steps:\n" + step.format('"0"')))
    ran = validate(str(file), "--json")
    (problem,) = json.loads(ran.stdout)["problems"]
    assert ran.exit_code == 2
    assert (problem["step"], problem["field"]) == ("gift", "fal.price_usd")
    assert problem["message"] == "$0 is given, and no job at fal is known to be free"
    text = FILM.replace("params:\n", params).replace("steps:\n", "steps:\n" + step.format("$price"))
    file.write_text(text)
    assert validate(str(file)).exit_code == 0, "what a run will say is not known yet"
    assert validate(str(file), "--set", "price=0", "--json").exit_code == 2
    assert validate(str(file), "--set", "price=1").exit_code == 0


def test_doubts_for_people(file: Path) -> None:
    ran = validate(str(file))
    assert ran.exit_code == 0
    assert ran.stderr == ""
    assert ran.stdout == (
        "warning: film.yaml:4:3: params.spare: no step uses $spare\n"
        "    4 |   spare: {type: text, default: x}\n"
        "      |   ^^^^^\n"
        "warning: film.yaml:6:24: steps.dusk.edit.video: ntsc.mp4: "
        "23.976 frames a second are made 24\n"
        "    6 |   dusk: {edit: {video: $shot, prompt: Paint it, keep_audio: true}}\n"
        "      |                        ^^^^^\n"
        "warning: film.yaml:6:61: steps.dusk.edit.keep_audio: ntsc.mp4 has no sound that could be "
        "kept\n"
        "    6 |   dusk: {edit: {video: $shot, prompt: Paint it, keep_audio: true}}\n"
        "      |                                                             ^^^^\n"
        "warning: film.yaml:7:3: steps.rain: no step uses the output of $rain, and the output "
        "is paid for\n"
        "    7 |   rain: {edit: {video: $shot, prompt: Let it rain}}\n"
        "      |   ^^^^\n"
        "warning: film.yaml:7:24: steps.rain.edit.video: ntsc.mp4: "
        "23.976 frames a second are made 24\n"
        "    7 |   rain: {edit: {video: $shot, prompt: Let it rain}}\n"
        "      |                        ^^^^^\n"
        "film.yaml is right: 3 steps, 2 of them paid, making $film\n"
    )


def test_doubts_for_machines(file: Path) -> None:
    ran = validate(str(file), "--json")
    assert ran.exit_code == 0
    document = json.loads(ran.stdout)
    assert (document["valid"], document["problems"]) == (True, [])
    conformed = "ntsc.mp4: 23.976 frames a second are made 24"
    unused = "no step uses the output of $rain, and the output is paid for"
    assert [in_short(item) for item in document["warnings"]] == [
        (4, 3, 8, None, "params.spare", "no step uses $spare"),
        (6, 24, 29, "dusk", "edit.video", conformed),
        (6, 61, 65, "dusk", "edit.keep_audio", "ntsc.mp4 has no sound that could be kept"),
        (7, 3, 7, "rain", None, unused),
        (7, 24, 29, "rain", "edit.video", conformed),
    ]
    assert {item["file"] for item in document["warnings"]} == {"film.yaml"}


def test_problems_for_machines(file: Path) -> None:
    file.write_text(FILM.replace("$dusk", "$dask").replace("seconds: 1", "secnds: 1"))
    ran = validate(str(file), "--json")
    assert ran.exit_code == 2
    document = json.loads(ran.stdout)
    assert document["valid"] is False
    assert document["problems"] == [
        {
            "file": "film.yaml",
            "line": 8,
            "column": 24,
            "end_column": 29,
            "where": "steps.film.trim.video",
            "step": "film",
            "field": "trim.video",
            "message": 'there is no step or parameter "dask"',
            "allowed": "$shot, $spare, $dusk, $rain, $film",
            "nearest": "$dusk",
        },
        {
            "file": "film.yaml",
            "line": 8,
            "column": 31,
            "end_column": 37,
            "where": "steps.film.trim.secnds",
            "step": "film",
            "field": "trim.secnds",
            "message": 'unknown key "secnds"',
            "allowed": "video, start, seconds, end, audio_track, background",
            "nearest": "seconds",
        },
    ]


def test_a_wrong_use_is_one_document_too(file: Path) -> None:
    ran = validate(str(file), "--set", "shot", "--json")
    assert ran.exit_code == 2
    document = json.loads(ran.stdout)
    assert (document["valid"], document["problems"]) == (False, [])
    assert document["error"]["message"] == '--set "shot": write --set name=value'


def test_what_is_given_on_the_command_line_is_looked_at(file: Path, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("no clip")
    for value in ("none.mp4", str(tmp_path)):
        ran = validate(str(file), "--set", f"shot={value}", "--json")
        assert ran.exit_code == 2
        (problem,) = json.loads(ran.stdout)["problems"]
        assert (problem["line"], problem["field"]) == (3, "params.shot")


def test_what_is_wrong_with_a_file_and_with_the_text_is_said_at_once(file: Path) -> None:
    past = FILM.replace("$dusk, seconds: 1", "ntsc.mp4, seconds: 99")
    file.write_text(past.replace("keep_audio: true", "keep: 1"))
    ran = validate(str(file), "--json")
    assert ran.exit_code == 2
    unknown, too_long = json.loads(ran.stdout)["problems"]
    assert (unknown["line"], unknown["message"]) == (6, 'unknown key "keep"')
    assert too_long["line"] == 8
    assert too_long["message"].startswith("can't take 99 s from 0 s on: ntsc.mp4 lasts 4.")


def test_steps_that_wait_for_each_other_hide_nothing(file: Path) -> None:
    steps = "  a: {trim: {video: $b, seconds: 1}}\n  b: {concat: {clips: [$a, film.yaml]}}\n"
    file.write_text(FILM.replace("steps:\n", f"steps:\n{steps}"))
    ended = validate(str(file), "--json")
    assert ended.exit_code == 2, ended.exception
    said = [problem["message"] for problem in json.loads(ended.stdout)["problems"]]
    assert len(said) == 2, said
    assert said[0].startswith("the steps wait for each other: ")
    assert "film.yaml" in said[1]
