"""Equal data is one text, and only equal data is."""

import json
import unicodedata
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotgraph.keys import canonical_json
from shotgraph.model.references import LocalFile, RemoteUrl, StepOutput
from tests.endpoints.examples import asset

TEXTS = st.text(max_size=8).map(lambda text: unicodedata.normalize("NFC", text))
DATA = st.recursive(
    TEXTS | st.integers() | st.booleans(),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=4,
)


@given(DATA)
def test_is_json_that_says_the_same(data: Any) -> None:
    text = canonical_json(data)
    assert json.loads(text) == data
    assert canonical_json(json.loads(text)) == text


@given(DATA, DATA)
def test_other_data_is_another_text(one: Any, other: Any) -> None:
    assert (canonical_json(one) == canonical_json(other)) == (_tagged(one) == _tagged(other))


def _tagged(data: Any) -> Any:
    """Tell 1 from True, which are equal in Python."""
    if isinstance(data, dict):
        return {key: _tagged(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_tagged(value) for value in data]
    return type(data).__name__, data


@given(st.dictionaries(TEXTS, DATA, max_size=4), st.randoms())
def test_the_order_of_a_mapping_says_nothing(data: dict[str, Any], random: Any) -> None:
    names = list(data)
    random.shuffle(names)
    assert canonical_json({name: data[name] for name in names}) == canonical_json(data)


@given(st.dictionaries(TEXTS, DATA, max_size=4))
def test_none_and_an_empty_list_say_nothing(data: dict[str, Any]) -> None:
    more = {**data, "\x00none": None, "\x00empty": []}
    assert canonical_json(more) == canonical_json(data)


@given(st.fractions())
def test_a_fraction_is_exact_however_it_is_written(value: Fraction) -> None:
    assert canonical_json(value) == f'"{value}"'
    assert canonical_json(Fraction(value.numerator * 6, value.denominator * 6)) == f'"{value}"'


def test_equal_numbers_of_seconds_are_one() -> None:
    assert {canonical_json(half) for half in (Fraction(1, 2), Decimal("0.5"), Decimal("0.50"))} == {
        '"1/2"'
    }


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        float("nan"),
        b"bytes",
        Path("a.mp4"),
        {1, 2},
        object(),
        LocalFile(file=Path("a.mp4")),
        RemoteUrl(url="https://v3.fal.media/a.mp4"),
        StepOutput(step="a", kind="video"),
    ],
)
def test_what_has_no_exact_form_is_refused(value: Any) -> None:
    for data in (value, [value], {"a": {"b": [value]}}):
        with pytest.raises(TypeError, match=r"no exact form for a key|can't be in a key"):
            canonical_json(data)


def test_an_asset_is_its_bytes() -> None:
    assert canonical_json({"video": asset(255, "video")}) == (
        f'{{"video":{{"sha256":"{255:064x}"}}}}'
    )


def test_is_plain_utf_8() -> None:
    assert canonical_json({"b": "é🎬", "a": [1, True, "x"]}) == '{"a":[1,true,"x"],"b":"é🎬"}'
