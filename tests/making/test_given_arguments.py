"""Arguments that Python gives are refused in the words of a pipeline file."""

from typing import Any

import pytest

from shotgraph.endpoints import Tier
from shotgraph.errors import InvalidInput
from shotgraph.making.given_arguments import checked

SHOT = "https://example.com/shot.mp4"
WRONG: list[tuple[str, dict[str, Any], str]] = [
    (
        "speed",
        {"video": SHOT, "factor": 0.5},
        'speed: factor: 0.5 is a float, and floats are not exact; write it as text, "0.5"',
    ),
    (
        "hold",
        {"video": SHOT, "seconds": 1.5},
        'hold: seconds: 1.5 is a float, and floats are not exact; write it as text, "1.5"',
    ),
    (
        "concat",
        {"clips": [SHOT, SHOT], "transition": {"kind": "dissolve", "seconds": 0.5}},
        "concat: transition.seconds: 0.5 is a float, and floats are not exact; write it as text, "
        '"0.5"',
    ),
    ("speed", {"video": SHOT, "factor": "90"}, '"90" is no such factor; write a number from'),
    ("concat", {"clips": []}, "concat: clips: the list is empty"),
    ("concat", {"clips": "shot.mp4"}, 'concat: clips: "shot.mp4" is given; allowed: a list'),
    ("edit", {"video": SHOT, "prompt": ""}, "edit: prompt: the text is empty"),
    ("trim", {"video": None, "seconds": 1}, "trim: video: it is missing"),
    ("trim", {"video": SHOT, "seconds": 1, "secs": 1}, "trim: secs: there is no such field"),
    (
        "reference",
        {"video": SHOT, "prompt": "x", "duration": 2},
        "reference: duration: 2 is not one of the choices; allowed: 3, 4, 5, 6, 7, 8, 9, 10",
    ),
]


@pytest.mark.parametrize(("kind", "given", "said"), WRONG, ids=[said for *_, said in WRONG])
def test_each_is_named_with_its_value_and_what_may_be_there(
    kind: str, given: dict[str, Any], said: str
) -> None:
    tier: Tier | None = "standard" if kind in ("edit", "reference") else None
    with pytest.raises(InvalidInput) as refused:
        checked(kind, given, tier)
    assert said in refused.value.message


def test_a_whole_number_of_seconds_is_fals_choice_as_in_a_file() -> None:
    given = {"video": SHOT, "prompt": "x"}
    number = checked("reference", {**given, "duration": 3}, "standard")
    assert number == checked("reference", {**given, "duration": "3"}, "standard")
