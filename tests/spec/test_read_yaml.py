"""Scalars as YAML 1.2 reads them, and where everything stands."""

from decimal import Decimal
from typing import Any

import pytest

from shotgraph.spec import InvalidPipeline, Location
from shotgraph.spec.document import dotted
from shotgraph.spec.mended_yaml import mended_document, read_document


def read(text: str) -> Any:
    return read_document(text, "film.yaml").data


RATIOS = ["16:9", "9:16", "1:30", "1:30:00", "a::b"]
WORDS = ["no", "No", "yes", "on", "off", "y", "n", ".inf", "-.INF", ".nan", "--1", "+", "."]
NUMBERS = ["0x1F", "0o17", "1_000", "2026-11-01", "1e", "5s"]
ADDRESSES = ["https://example.com/a.mp4?x=1&y=2#z", "clips/a:b.mp4", "$shot", "C:/clip.mp4"]


@pytest.mark.parametrize("text", [*RATIOS, *WORDS, *NUMBERS, *ADDRESSES])
def test_stays_text(text: str) -> None:
    assert read(f"a: {text}") == {"a": text}
    assert read(f"[{text}]") == [text]
    assert read(f"{{a: {text}, b: {text}}}") == {"a": text, "b": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("+5", 5),
        ("-5", -5),
        ("007", 7),
        ("0.10", Decimal("0.10")),
        (".5", Decimal("0.5")),
        ("5.", Decimal(5)),
        ("1e3", Decimal(1000)),
        ("-2.5E-3", Decimal("-0.0025")),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('"5"', "5"),
        ("'true'", "true"),
        ('""', ""),
        ("|\n  5\n", "5\n"),
    ],
)
def test_reads_scalars_of_the_core_schema(text: str, value: Any) -> None:
    found = read(f"a: {text}")["a"]
    assert found == value
    assert type(found) is type(value)


def test_a_number_is_bounded() -> None:
    assert read("a: 1e99")["a"] == Decimal("1e99")
    assert read("a: 1e100") == {"a": "1e100"}
    assert read(f"a: {'9' * 19}") == {"a": "9" * 19}


def test_leaves_a_byte_order_mark_out() -> None:
    document = read_document("\ufeffname: film", "film.yaml")
    assert document.data == {"name": "film"}
    assert document.location(("name",)) == Location("film.yaml", 1, 7, 4)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_counts_lines_as_editors_do(end: str) -> None:
    document = read_document(f"a: b{end}c: d{end}e: 🎬 f{end}g: [h, i]{end}", "film.yaml")
    assert document.location(("c",)) == Location("film.yaml", 2, 4)
    assert document.location(("e",)) == Location("film.yaml", 3, 4, 3)
    assert document.location(("g", 1)) == Location("film.yaml", 4, 8)
    assert document.location(("g",), of_key=True) == Location("film.yaml", 4, 1)


def test_the_location_of_what_is_not_there_is_what_is_around_it() -> None:
    document = read_document("a:\n  b: [c]\n", "film.yaml")
    assert document.location(("a", "b", 7)) == document.location(("a", "b"))
    assert document.location(("x",)) == document.location(())
    assert read_document("", "film.yaml").location(("a",)) == Location("film.yaml", 1, 1)


def test_an_empty_text_is_no_data() -> None:
    assert read("") is None
    assert read("# nothing\n") is None
    assert read("---\n...\n") is None


def test_points_at_the_right_characters_in_a_line_with_wide_ones() -> None:
    with pytest.raises(InvalidPipeline) as raised:
        read("look: {été 🎬 船: 1, b: !x 船}")
    assert raised.value.problems[0].location.column == 23
    # In a terminal, a picture and a Chinese letter take two columns; so they do below them.
    assert raised.value.message.splitlines()[1:3] == [
        "    1 | look: {été 🎬 船: 1, b: !x 船}",
        "      |                         ^^^^^",
    ]


def test_points_at_the_right_characters_behind_combined_ones() -> None:
    with pytest.raises(InvalidPipeline) as raised:
        read("look: {e\u0301te\u0301: 1, b: !x c}")
    assert raised.value.message.splitlines()[2] == "      |                   ^^^^"


def test_keeps_a_long_line_out_of_the_message() -> None:
    with pytest.raises(InvalidPipeline) as raised:
        read(f"look: {'x' * 300} !y\nb: !z c")
    assert "x" not in raised.value.message.replace("film.yaml", "")


def test_writes_a_path_as_people_say_it() -> None:
    assert dotted(("steps", "film", "concat", "clips", 1)) == "steps.film.concat.clips[1]"
    assert dotted(()) == ""


def test_a_space_that_is_none_to_yaml_beside_a_key_is_left_out() -> None:
    document = mended_document("a:\n\tb: {c: d,\xa0 e: f}\n", "film.yaml")
    assert [one.what for one in document.problems] == [
        "this is not YAML: a tab where a value begins",
        '"e" has a no-break space (U+00A0) beside it, which YAML takes for a part of the key',
    ]
    assert document.data == {"a": {"b": {"c": "d", "e": "f"}}}
