"""The JSON Schema says what the loader says, as far as a schema can."""

import json
import runpy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from shotgraph.graph import build_graph
from shotgraph.spec import STEP_KINDS, InvalidPipeline, load_pipeline, read_pipeline
from shotgraph.spec.declare import pipeline_text
from shotgraph.spec.json_schema import FILE
from shotgraph.spec.mended_yaml import read_document
from tests.spec.broken_files import FILES
from tests.spec.right_films import BODIES, lay_out_media, right_films

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").rglob("*.yaml"))
SCHEMA: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
# Refused by the loader alone: what steps are called, and what they wait for.
ONLY_BY_NAME = {
    "for-each-name-of-a-parameter",
    "for-each-name-of-a-step",
    "for-each-over-what-is-not-there",
    "needs-names-nothing",
    "param-and-step-of-one-name",
    "repeat-as-a-name-of-for-each",
    "repeat-a-text-of-times",
}


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out_media(tmp_path_factory.mktemp("schema"))


def plain(value: Any) -> Any:
    """A file's data as JSON has it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def refusals(data: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(plain(data))]


def check(*arguments: str) -> int:
    main = runpy.run_path(str(ROOT / "docs/generate_schema.py"))["main"]
    return int(main(["--check", *arguments]))


def test_it_is_as_the_models_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check() == 0, "run docs/generate_schema.py"
    stale = tmp_path / "pipeline.schema.json"
    stale.write_text(FILE.read_text(encoding="utf-8").replace('"minimum": 0', '"minimum": 1', 1))
    assert check(str(stale)) == 1
    assert "is stale" in capsys.readouterr().err


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"].startswith("urn:")


def test_every_field_is_explained_and_every_kind_has_an_example_that_it_allows() -> None:
    definitions = SCHEMA["$defs"]
    for name, kind in STEP_KINDS.items():
        body = definitions[f"{name}_step"]
        assert list(body["properties"]) == kind.fields()
        assert [key for key, field in body["properties"].items() if not field["description"]] == []
        assert body["examples"]
        for example in body["examples"]:
            film = {"name": "film", "steps": {"film": {name: example}}, "output": "$film"}
            assert refusals(film) == []


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_examples_are_right_by_it(file: Path) -> None:
    assert refusals(load_pipeline(file).document.data) == []


@pytest.mark.slow
@settings(max_examples=20)
@given(film=right_films())
def test_what_is_right_is_right_by_it(media: Path, film: dict[str, Any]) -> None:
    build_graph(read_pipeline(pipeline_text(film), folder=media), placeholders=True)
    assert refusals(film) == []


def test_films_of_every_kind_are_made() -> None:
    assert set(BODIES) == set(STEP_KINDS)


def test_what_the_loader_refuses_is_wrong_by_it() -> None:
    by_loader, by_schema = set(), set()
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        try:
            data = read_document(text, file.name).data
        except InvalidPipeline:
            continue
        try:
            read_pipeline(text, file=file.name)
        except InvalidPipeline:
            by_loader.add(file.stem)
        if refusals(data):
            by_schema.add(file.stem)
    assert by_loader - by_schema == ONLY_BY_NAME & by_loader
    # Wrong fields in bodies besides, which the models refuse when the graph is built.
    assert len(by_schema - by_loader) >= 25


@settings(max_examples=15)
@given(film=right_films(), data=st.data())
def test_a_name_with_a_wrong_letter_is_wrong_by_it(
    film: dict[str, Any], data: st.DataObject
) -> None:
    step = film["steps"][data.draw(st.sampled_from(sorted(film["steps"])))]
    kind = next(key for key in step if key in STEP_KINDS)
    places = [film, step, step[kind], film["params"]["shot"]]
    place = places[data.draw(st.integers(0, len(places) - 1))]
    name = data.draw(st.sampled_from(sorted(place)))
    wrong = {**film}
    if place is film:
        wrong = {(f"{key}x" if key == name else key): value for key, value in film.items()}
    elif place is film["params"]["shot"]:
        wrong["params"] = {"shot": {f"{name}x": place[name]}}
    elif place is step:
        wrong["steps"] = {"film": {(f"{key}x" if key == name else key): step[key] for key in step}}
    else:
        wrong["steps"] = {"film": {kind: {**place, f"{name}x": place[name]}}}
    assert refusals(wrong)


def test_fields_that_defaults_give_are_not_asked_for() -> None:
    steps = {"film": {"edit": {"video": "$shot"}}}
    film = {
        "name": "film",
        "params": {"shot": {"type": "video"}},
        "steps": steps,
        "output": "$film",
    }
    assert any("'prompt' is a required" in said for said in refusals(film))
    assert refusals({**film, "defaults": {"edit": {"prompt": "Go on"}}}) == []
    assert refusals({**film, "defaults": {"trim": {"start": 1}}}), "another kind's say nothing"
