"""The form that a waiting run shows, and what is read out of it."""

from typing import Any

import pytest
from prefect._internal.pydantic.v2_schema import create_v2_schema
from prefect.utilities.schema_tools import validate

from shotgraph.errors import InvalidInput
from shotgraph.flows.decision_form import (
    Answer,
    Choose,
    Retakable,
    Stop,
    TakeAgain,
    decision_form,
    read_answer,
)

ONE = [Retakable("dawn", "Paint it")]
SEVERAL = [Retakable("dawn", "Paint it"), Retakable("dusk", "Later")]
WORDLESS = [Retakable("still", None)]


def schema_of(clips: int, retakable: list[Retakable]) -> dict[str, Any]:
    """What Prefect keeps, shows and checks answers against."""
    form = decision_form(clips, retakable, "![it](data:…)")
    assert form._description == "![it](data:…)"
    return create_v2_schema(form.__name__, model_base=form)


def test_every_field_says_what_it_is() -> None:
    fields = schema_of(1, SEVERAL)["properties"]
    assert set(fields) == {"decision", "step", "prompt"}
    assert all(field["title"] and field["description"] for field in fields.values())
    assert fields["step"]["enum"] == ["dawn", "dusk"]


def test_the_prompt_is_the_one_that_it_has() -> None:
    assert schema_of(1, ONE)["properties"]["prompt"]["default"] == "Paint it"
    assert schema_of(1, SEVERAL)["properties"]["prompt"]["default"] == ""
    assert set(schema_of(1, WORDLESS)["properties"]) == {"decision"}


def test_what_nobody_can_do_again_is_not_offered() -> None:
    assert schema_of(1, [])["properties"]["decision"]["enum"] == ["approve", "stop"]
    choices = schema_of(3, ONE)["properties"]["decision"]["enum"]
    assert choices == ["take 1", "take 2", "take 3", "take again", "stop"]


def test_prefect_takes_no_empty_answer() -> None:
    schema = schema_of(1, ONE)
    assert validate({"decision": "approve"}, schema) == []
    for wrong in ({}, {"decision": "yes"}, {"decision": "approve", "promt": "x"}):
        assert validate(wrong, schema), wrong


@pytest.mark.parametrize(
    ("given", "clips", "retakable", "answer"),
    [
        ({"decision": "approve"}, 1, ONE, Choose(1)),
        ({"decision": "take 2"}, 2, ONE, Choose(2)),
        ({"decision": "stop"}, 1, [], Stop()),
        ({"decision": "take again"}, 1, ONE, TakeAgain("dawn", None)),
        ({"decision": "take again", "prompt": " Paint it\n"}, 1, ONE, TakeAgain("dawn", None)),
        ({"decision": "take again", "prompt": ""}, 1, ONE, TakeAgain("dawn", None)),
        ({"decision": "take again", "prompt": "Red"}, 1, ONE, TakeAgain("dawn", "Red")),
        ({"decision": "take again", "step": "dusk"}, 1, SEVERAL, TakeAgain("dusk", None)),
        ({"decision": "take again"}, 1, WORDLESS, TakeAgain("still", None)),
    ],
)
def test_answers(
    given: dict[str, Any], clips: int, retakable: list[Retakable], answer: Answer
) -> None:
    assert read_answer(given, clips, retakable) == answer


@pytest.mark.parametrize(
    ("given", "clips", "retakable"),
    [
        ({}, 1, ONE),
        ({"decision": "approve"}, 2, ONE),
        ({"decision": "take 3"}, 2, ONE),
        ({"decision": "take again"}, 1, []),
        ({"decision": "take again", "step": "film"}, 1, SEVERAL),
    ],
)
def test_what_is_no_answer(given: dict[str, Any], clips: int, retakable: list[Retakable]) -> None:
    with pytest.raises(InvalidInput):
        read_answer(given, clips, retakable)
