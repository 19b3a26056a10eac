"""Values for parameters: from the file, from a command line, from Python."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotgraph.model.references import LocalFile, RemoteUrl
from shotgraph.spec import InvalidPipeline, Param, read_pipeline
from shotgraph.spec.bad_media import BadValue
from shotgraph.spec.params import take_value, text_of


def take(param: Param, given: Any, folder: Path = Path("/nowhere"), confined: bool = True) -> Any:
    return take_value(param, given, folder=folder, confined=confined)


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("text", "dusk", "dusk"),
        ("text", "", ""),
        ("text", "$look", "$look"),
        ("integer", 5, 5),
        ("integer", "5", 5),
        ("integer", "-5", -5),
        ("integer", Decimal("5.0"), 5),
        ("integer", 5.0, 5),
        ("number", "0.1", Decimal("0.1")),
        ("number", Decimal("0.10"), Decimal("0.10")),
        ("number", 0.1, Decimal("0.1")),
        ("number", "1e3", Decimal(1000)),
        ("boolean", True, True),
        ("boolean", "true", True),
        ("boolean", "false", False),
    ],
)
def test_takes(kind: Any, given: Any, value: Any) -> None:
    found = take(Param(type=kind), given, confined=False)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "given", "meant"),
    [
        ("integer", "5", "5"),
        ("number", "0.5", "0.5"),
        ("boolean", "true", "true"),
        ("boolean", "no", "false"),
    ],
)
def test_a_text_in_a_file_is_no_number_and_no_truth_value(
    kind: Any, given: str, meant: str
) -> None:
    with pytest.raises(BadValue, match=f'"{given}" is given') as refused:
        take(Param(type=kind), given, confined=True)
    assert refused.value.nearest == meant


WRONG: dict[Any, list[Any]] = {
    "text": [5, True, Decimal(1), None, ["a"], {"a": 1}],
    "integer": ["1.5", 1.5, "five", "", True, None, [1], "1_000", " 5", "5\n", "0x5", 10**18],
    "number": ["inf", "nan", float("inf"), float("nan"), "1,5", "٣", "/", "9" * 19, "1e999999"],
    "boolean": ["yes", "True", "1", 1, 0, None, "", ["true"]],
    "video": [5, True, None, "", [], {}, "a\0b", "ftp://a/b", "x" * 5000],
}


@pytest.mark.parametrize("kind", WRONG)
def test_refuses(kind: Any) -> None:
    for value in WRONG[kind]:
        with pytest.raises(BadValue):
            take(Param(type=kind), value)


@pytest.mark.parametrize("kind", ["integer", "number", "text"])
def test_refuses_a_number_that_python_will_not_write(kind: Any) -> None:
    with pytest.raises(BadValue, match="a number of more than 40 digits is given"):
        take(Param(type=kind), 10**5000)


def test_a_choice_is_chosen_by_its_text() -> None:
    param = Param(type="choice", choices=("5", "10", "0.50"))
    assert take(param, "5") == "5"
    assert take(param, 10) == "10"
    assert take(param, Decimal("0.50")) == "0.50"
    for wrong in ("7", 5.0, "", True, None, ["5"]):
        with pytest.raises(BadValue, match="allowed: 5, 10, 0"):
            take(param, wrong)


@given(st.lists(st.integers(-(10**17), 10**17)))
def test_a_list_is_taken_item_by_item(numbers: list[int]) -> None:
    param = Param(list="integer")
    assert take(param, [str(number) for number in numbers], confined=False) == numbers
    assert take(param, tuple(numbers)) == numbers


@pytest.mark.parametrize("wrong", ["5", 5, None, {"a": 5}, [5, "x"], [[5]]])
def test_a_list_is_no_single_value_and_holds_no_wrong_one(wrong: Any) -> None:
    with pytest.raises(BadValue):
        take(Param(list="integer"), wrong)


def test_a_path_is_relative_to_the_folder(folder: Path) -> None:
    param = Param(type="video")
    clip = LocalFile(file=folder / "clip.mp4")
    assert take(param, "clip.mp4", folder) == clip
    assert take(param, "./x/../clip.mp4", folder) == clip
    assert take(param, str(clip.file), folder) == clip
    assert take(param, Path("clip.mp4"), folder) == clip


@pytest.mark.parametrize("path", ["../outside.mp4", "link.mp4", "/etc/hostname", "x/../../x.mp4"])
def test_a_path_in_a_file_stays_below_the_folder(folder: Path, path: str) -> None:
    with pytest.raises(BadValue, match=r"outside of the pipeline's folder; allowed: a path below"):
        take(Param(type="video"), path, folder)


def test_a_link_out_of_the_folder_is_named_with_where_it_leads(tmp_path: Path) -> None:
    # In a folder of its own: all tests of a worker read the other one.
    folder = tmp_path.resolve() / "film"
    folder.mkdir()
    folder.with_name("outside.mp4").touch()
    (folder / "clips").symlink_to("..")
    for path in ("clips/outside.mp4", str(folder / "clips" / "outside.mp4")):
        with pytest.raises(BadValue, match=r'the link "clips" leads to "\.\.", which is outside'):
            take(Param(type="video"), path, folder)


def test_a_path_that_a_run_gives_may_lie_anywhere(folder: Path) -> None:
    outside = LocalFile(file=folder.parent / "outside.mp4")
    for path in ("../outside.mp4", "link.mp4"):
        assert take(Param(type="video"), path, folder, confined=False) == outside


def test_a_link_that_leads_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.mp4").symlink_to("loop.mp4")
    with pytest.raises(BadValue, match=r"loop\.mp4"):
        take(Param(type="video"), "loop.mp4", tmp_path)


def test_a_url_is_kept_as_it_is() -> None:
    url = "https://example.com/a b.mp4?x=$1"
    assert take(Param(type="image"), url) == RemoteUrl(url=url)


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (5, "5"), (Decimal("0.50"), "0.50"), ("a$b", "a$b")],
)
def test_writes_a_value_into_a_text(value: Any, text: str) -> None:
    assert text_of(value) == text


def test_a_comma_in_a_parameter_without_a_default_is_one_problem() -> None:
    film = "name: a\nparams: {look: {type: text, an oil painting}}\nsteps: {}\noutput: $look\n"
    with pytest.raises(InvalidPipeline) as wrong:
        read_pipeline(film)
    assert str(wrong.value).count('unknown key "an oil painting"; the comma before it') == 1
    assert str(wrong.value).count("unknown key") == 1
