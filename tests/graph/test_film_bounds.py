"""A film is bounded before it is made, however few and short its files are."""

from pathlib import Path

import pytest

from shotgraph.graph import build_graph, room
from shotgraph.graph.layout import Layout
from shotgraph.spec import InvalidPipeline, load_draft, load_pipeline
from tests.graph.films import graph_of, problems_of

TRIM = "{trim: {video: a.mp4, seconds: 1}}"


def write(folder: Path, name: str, steps: str, params: str = "{}", output: str = "$s0") -> Path:
    file = folder / f"{name}.yaml"
    text = f"name: {name}\nparams: {params}\nsteps:\n{steps}\noutput: {output}\n"
    file.write_text(text, encoding="utf-8")
    return file


def uses(file: str, times: int, more: str = "") -> str:
    return "\n".join(f"  s{at}: {{use: {{file: {file}.yaml{more}}}}}" for at in range(times))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "a.mp4").touch()
    return tmp_path


@pytest.mark.parametrize("levels", [3, 7])
def test_files_that_use_files_have_no_more_steps_than_one_file(
    home: Path, levels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for level in range(levels):
        write(home, f"b{level}", uses(f"b{level + 1}", 30))
    write(home, f"b{levels}", f"  s0: {TRIM}")
    monkeypatch.setattr(room, "MOST_RUNS", 500)
    read, laid_out = [], []

    def counted_load(file: Path, *, called: str = "") -> object:
        read.append(file)
        return load_draft(file, called=called)

    def counted_lay_out(layout: Layout) -> None:
        laid_out.append(layout)
        lay_out(layout)

    lay_out = Layout.lay_out
    monkeypatch.setattr(room, "load_draft", counted_load)
    monkeypatch.setattr(Layout, "lay_out", counted_lay_out)
    with pytest.raises(InvalidPipeline) as raised:
        build_graph(load_pipeline(home / "b0.yaml"))
    (problem,) = raised.value.problems
    assert "with this one the film has 501 steps, or more" in problem.what
    assert problem.allowed == "at most 500"
    assert len(read) == levels, "each file is read once"
    assert len(laid_out) <= 500


def test_runs_of_a_use_count_with_the_steps_inside(home: Path) -> None:
    write(home, "inner", f"  s0: {TRIM}\n  s1: {TRIM}")
    items = ", ".join(["a"] * 2000)
    steps = f"film:\n  for_each: {{i: [{items}]}}\n  use: {{file: inner.yaml}}"
    (problem,) = problems_of(steps, home)
    assert problem == "steps.s0: with this one the film has 5001 steps, or more"


def test_a_used_file_with_problems_says_them_once(home: Path) -> None:
    write(home, "inner", "  s0: {trim: {video: nowhere.mp4, seconds: 1}}\ncolour: red")
    steps = "\n".join(f"s{at}: {{use: {{file: inner.yaml}}}}" for at in range(3))
    found = problems_of(f"{steps}\nfilm: {{concat: {{clips: [$s0, $s1, $s2]}}}}", home)
    assert len(found) == 2


ITEMS = ", ".join("abcdefghij")
LISTS = ", ".join(["$l"] * 12)


def fal(value: str) -> str:
    return (
        f"fal: {{endpoint: fal-ai/x, price_usd: 0, output: video.url, arguments: {{a: {value}}}}}"
    )


MANY = {
    "values of a body, for each run": f"film: {{for_each: {{i: $l}}, {fal(f'[{ITEMS}]')}}}",
    "a list inside a list": f"film: {{{fal('[$l, $l, $l, $l, $l, $l, $l, $l, $l, $l]')}}}",
    "a list for each run": f"film: {{for_each: {{i: $l}}, {fal('$l')}}}",
    "a list of lists of items": f"film: {{for_each: {{i: [{LISTS}]}}, {TRIM[1:]}",
    "items": f"film: {{for_each: {{i: $l, j: $l}}, {fal('[$i, $j]')}}}",
    "steps to wait for": (
        f"a: {{for_each: {{i: $l}}, {TRIM[1:]}\nfilm: {{for_each: {{i: $l}}, needs: [a], {TRIM[1:]}"
    ),
    "steps to wait for inside": (
        f"a: {{for_each: {{i: $l}}, {TRIM[1:]}\n"
        "film: {for_each: {i: $l}, needs: [a], use: {file: inner.yaml}}"
    ),
    "lists for a used file": (
        "film: {use: {file: lists.yaml, params: {l: [$l, $l, $l, $l, $l, $l, $l, $l, $l, $l]}}}"
    ),
    "parameters of a used file": "film: {for_each: {i: $l}, use: {file: inner.yaml}}",
}


@pytest.mark.parametrize("steps", MANY.values(), ids=MANY)
def test_values_are_counted_before_they_are_copied(
    steps: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, "inner", f"  s0: {TRIM}", params="{p: {list: text, default: [a, b, c]}}")
    write(home, "lists", f"  s0: {TRIM}", params="{l: {list: text}}")
    params = f"{{l: {{list: text, default: [{ITEMS}]}}}}"
    assert graph_of(steps, home, params=params)
    monkeypatch.setattr(room, "MOST_VALUES", 100)
    (problem,) = problems_of(steps, home, params=params)
    assert "with this one the steps of the film have more than 100 values" in problem


@pytest.mark.parametrize(
    "steps", [f"film: {{{fal(chr(34) + '$t$t$t$t$t' + chr(34))}}}", "film: {use: {file: i.yaml}}"]
)
def test_text_is_counted_before_it_is_copied(
    steps: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = '  s0: {use: {file: j.yaml, params: {t: "$t$t$t$t$t"}}}'
    write(home, "i", inner, params="{t: {type: text, default: aaaaaaaaaa}}")
    write(home, "j", f"  s0: {TRIM}", params="{t: {type: text}}")
    params = "{t: {type: text, default: aaaaaaaaaa}}"
    assert graph_of(steps, home, params=params)
    monkeypatch.setattr(room, "MOST_CHARACTERS", 40)
    (problem,) = problems_of(steps, home, params=params)
    assert "with this one the steps of the film have more than 40 characters of text" in problem
