"""A pipeline that is written out reads as the same pipeline, in blocks as in one line."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shotgraph.spec import STEP_KINDS, load_pipeline, read_pipeline
from shotgraph.spec.pipeline import Reference

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True)
FILM_NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True)
SCALARS = st.one_of(
    st.text(max_size=20),
    st.integers(-(10**17), 10**17),
    st.booleans(),
    st.decimals(-(10**6), 10**6, places=3, allow_nan=False),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=4,
)
MORE: dict[str, st.SearchStrategy[Any]] = {"default": VALUES, "description": st.text(max_size=20)}
CHOICES = st.lists(st.text(max_size=8), min_size=1, max_size=3)
PARAMS = st.one_of(
    st.fixed_dictionaries({"type": st.sampled_from(["video", "text", "number"])}, optional=MORE),
    st.fixed_dictionaries({"list": st.sampled_from(["image", "text"])}, optional=MORE),
    st.fixed_dictionaries({"type": st.just("choice"), "choices": CHOICES}, optional=MORE),
)


@st.composite
def films(draw: st.DrawFn) -> dict[str, Any]:
    """The data of a pipeline file whose structure is right."""
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    steps = names[: draw(st.integers(1, len(names)))]
    return {
        "name": draw(FILM_NAMES),
        "description": draw(st.text(max_size=20)),
        "params": {name: draw(PARAMS) for name in names[len(steps) :]},
        "budget_usd": draw(st.decimals(0, 1000, places=2)),
        "steps": {name: draw(_bodies(steps)) for name in steps},
        "output": f"${draw(st.sampled_from(steps))}",
    }


def _bodies(steps: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    arguments = st.dictionaries(NAMES, VALUES, max_size=3)
    needs = st.lists(st.sampled_from(steps), max_size=2)
    return st.sampled_from(sorted(STEP_KINDS)).flatmap(
        lambda kind: st.fixed_dictionaries({kind: arguments}, optional={"needs": needs})
    )


def in_blocks(value: Any, indent: int = 0) -> str:
    """Write data as YAML in blocks."""
    margin = "\n" + "  " * indent
    if isinstance(value, dict) and value:
        return "".join(f"{margin}{key}:{in_blocks(value[key], indent + 1)}" for key in value)
    if isinstance(value, list) and value:
        return "".join(f"{margin}-{in_blocks(item, indent + 1)}" for item in value)
    return f" {in_one_line(value)}"


def in_one_line(value: Any) -> str:
    """Write data as YAML in braces and brackets."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {in_one_line(value[key])}" for key in value) + "}"
        case list():
            return "[" + ", ".join(in_one_line(item) for item in value) + "]"
        case str():
            return '"' + "".join(_escaped(char) for char in value) + '"'
        case bool():
            return "true" if value else "false"
        case _:
            return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _escaped(char: str) -> str:
    return char if char.isalnum() or char in " .,:;-_{}[]()$@#'!?&*%|>" else f"\\U{ord(char):08X}"


@settings(max_examples=25)
@pytest.mark.parametrize("written", [in_blocks, in_one_line])
@given(film=films())
def test_reads_what_was_written(written: Callable[[Any], str], film: dict[str, Any]) -> None:
    pipeline = read_pipeline(written(film), folder=Path("/films"))
    assert pipeline.name == film["name"]
    assert pipeline.description == film["description"]
    assert pipeline.budget_usd == film["budget_usd"]
    assert pipeline.output == Reference(film["output"][1:])
    assert pipeline.folder == Path("/films")
    assert list(pipeline.params) == list(film["params"])
    for name, param in pipeline.params.items():
        said = param.model_dump(exclude_unset=True)
        assert {**said, **_as_lists(said)} == film["params"][name]
    assert list(pipeline.steps) == list(film["steps"])
    for name, step in pipeline.steps.items():
        body = film["steps"][name]
        assert step.name == name
        assert step.body == body[step.kind.name]
        assert list(step.needs) == body.get("needs", [])


def _as_lists(said: dict[str, Any]) -> dict[str, Any]:
    return {"choices": list(said["choices"])} if "choices" in said else {}


def test_a_file_is_read_as_its_text_is(tmp_path: Path) -> None:
    text = 'name: film\nsteps:\n  film:\n    concat: {clips: ["été.mp4"]}\noutput: $film\n'
    file = tmp_path / "film.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    from_file = load_pipeline(file)
    from_text = read_pipeline(text, folder=tmp_path)
    assert from_file.steps == from_text.steps
    assert from_file.folder == from_text.folder.resolve()


def test_what_may_be_left_out() -> None:
    pipeline = read_pipeline("name: a\nsteps: {b: {frame: {video: c.mp4}}}\noutput: ${b}\n")
    assert pipeline.description == ""
    assert pipeline.params == {}
    assert pipeline.budget_usd is None
    assert pipeline.folder == Path.cwd()
    assert pipeline.steps["b"].needs == ()
