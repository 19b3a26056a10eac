"""The form says what the pipeline's parameters are, and refuses what they can't be."""

from pathlib import Path
from typing import Any

import pytest
from prefect.utilities.schema_tools.validation import ValidationError, validate

from shotgraph.flows.form import all_defaults, form_of, given_values
from shotgraph.spec import InvalidPipeline, load_pipeline

from .films import EVERY_TYPE, write_film


@pytest.fixture
def form(tmp_path: Path, shot: Path) -> dict[str, Any]:
    pipeline = load_pipeline(write_film(tmp_path, EVERY_TYPE, shot))
    given = given_values(pipeline, {"look": "ink"}, below="given")
    return form_of(pipeline, all_defaults(pipeline, given), max_usd=2)


def test_every_type_has_its_field(form: dict[str, Any]) -> None:
    shown = form["definitions"]["Params"]["properties"]
    kinds = {name: (field["type"], field.get("default")) for name, field in shown.items()}
    assert kinds == {
        "shot": ("string", "shot.mp4"),
        "still": ("string", None),
        "music": ("string", "shot.mp4"),
        "look": ("string", "ink"),
        "length": ("string", "5"),
        "speed": ("number", 2.5),
        "rounds": ("integer", 3),
        "sound": ("boolean", True),
        "scenes": ("array", ["one", "two"]),
        "shots": ("array", ["shot.mp4"]),
    }
    assert shown["length"]["enum"] == ["5", "10"]
    assert shown["shots"]["items"] == {"type": "string", "minLength": 1}
    assert shown["shot"]["description"] == (
        "The opening shot. An https URL, or a path: one of the film's own files, or a file on the "
        "worker's machine."
    )
    assert [field["position"] for field in shown.values()] == list(range(10))
    assert form["definitions"]["Params"]["required"] == ["still"]


def test_beside_them_is_what_a_run_may_cost_and_no_plumbing(form: dict[str, Any]) -> None:
    shown = form["properties"]
    assert list(shown) == ["params", "rehearse", "max_usd", "credentials"]
    assert [field["position"] for field in shown.values()] == [0, 1, 2, 3]
    assert form["required"] == ["params"]


@pytest.mark.parametrize(
    ("in_file", "max_usd", "said"),
    [
        ("", None, "If it is empty, the run has no budget."),
        ("", 2, "If it is empty: $2."),
        ("budget_usd: 5\n", None, "The budget in the film's file, $5, counts too."),
        (
            "budget_usd: 5\n",
            2.5,
            "If it is empty: $2.5. The budget in the film's file, $5, counts too.",
        ),
    ],
)
def test_the_form_says_what_an_empty_budget_means(
    in_file: str, max_usd: float | None, said: str, tmp_path: Path, shot: Path
) -> None:
    text = "name: bare\nsteps: {x: {trim: {video: shot.mp4, seconds: 1}}}\noutput: $x\n"
    pipeline = load_pipeline(write_film(tmp_path, text + in_file, shot))
    about = form_of(pipeline, {}, max_usd=max_usd)["properties"]["max_usd"]["description"]
    assert about == f"The most that the run may cost, in dollars. {said}"


def test_a_film_without_parameters_has_none(tmp_path: Path, shot: Path) -> None:
    text = "name: bare\nsteps: {x: {trim: {video: shot.mp4, seconds: 1}}}\noutput: $x\n"
    form = form_of(load_pipeline(write_film(tmp_path, text, shot)), {})
    assert list(form["properties"]) == ["rehearse", "max_usd", "credentials"]
    assert form["required"] == []


RIGHT = {"still": "look.png"}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"params": {**RIGHT, "length": "7"}}, "'7' is not one of ['5', '10']"),
    ({"params": {**RIGHT, "rounds": 2.5}}, "2.5 is not of type 'integer'"),
    ({"params": {**RIGHT, "speed": "fast"}}, "'fast' is not of type 'number'"),
    ({"params": {**RIGHT, "sound": "yes"}}, "'yes' is not of type 'boolean'"),
    ({"params": {**RIGHT, "scenes": "one"}}, "'one' is not of type 'array'"),
    ({"params": {**RIGHT, "shot": ""}}, "'' should be non-empty"),
    ({"params": {**RIGHT, "lok": "x"}}, "Additional properties are not allowed ('lok' was"),
    ({"params": {}}, "'still' is a required property"),
    ({}, "'params' is a required property"),
    ({"params": RIGHT, "max_usd": -1}, "-1 is less than the minimum of 0"),
    ({"params": RIGHT, "rehearse": 1}, "1 is not of type 'boolean'"),
    ({"params": RIGHT, "reherse": True}, "'reherse' does not match any of the regexes"),
    ({"params": RIGHT, "outs": "films"}, "'outs' does not match any of the regexes"),
]


@pytest.mark.parametrize(("given", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_does_not_fit_is_refused_by_prefects_own_check(
    form: dict[str, Any], given: dict[str, Any], said: str
) -> None:
    schema = {"title": "Parameters", "type": "object", **form}
    fixed = {"pipeline": "bundle:", "store": "/store", "approve": ["all"], "pick": {"dusk": 2}}
    validate({"params": RIGHT, "max_usd": None, **fixed}, schema, raise_on_error=True)
    with pytest.raises(ValidationError) as refused:
        validate(given, schema, raise_on_error=True)
    assert said in str(refused.value)


def test_values_are_checked_and_bring_their_files(
    tmp_path: Path, shot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = load_pipeline(write_film(tmp_path / "film", EVERY_TYPE, shot))
    monkeypatch.chdir(tmp_path / "film")
    still = tmp_path / "look.png"
    still.write_bytes(b"\x89PNG\r\n\x1a\n")
    given = given_values(
        pipeline,
        {"speed": "1.50", "rounds": "4", "sound": "false", "scenes": "[a, b]"}
        | {"shots": ["shot.mp4", "https://a.example/b.mp4"], "still": str(still)},
        below="given",
    )
    assert given.values == {
        "still": "given/still.png",
        "speed": 1.5,
        "rounds": 4,
        "sound": False,
        "scenes": ["a", "b"],
        "shots": ["given/shots-1.mp4", "https://a.example/b.mp4"],
    }
    assert {place: path.name for place, path in given.files.items()} == {
        "given/still.png": "look.png",
        "given/shots-1.mp4": "shot.mp4",
    }
    with pytest.raises(InvalidPipeline, match="is not one of the choices"):
        given_values(pipeline, {"length": "7"}, below="given")
