"""Whatever stands in a file, what comes back is a pipeline or InvalidPipeline, with locations."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shotgraph.graph import build_graph
from shotgraph.spec import InvalidPipeline, Location, Problem, read_pipeline

FILM = """\
name: film
description: One shot, extended, repainted, joined.
params:
  shot:   {type: video, default: clip.mp4}
  look:   {type: text, default: an oil painting}
  length: {type: choice, choices: ["5", "10"], default: "5"}
  stills: {list: image, default: [still.png]}
  rounds: {type: integer, default: 2}
budget_usd: 5
defaults:
  edit: {keep_audio: true}
steps:
  next:
    reference: {video: $shot, prompt: Go on from there, duration: $length, aspect_ratio: 16:9}
  dusk:
    edit:
      video: $next
      prompt: "Repaint @Video1 like @Image1 and @Element1, as ${look}"
      images: $stills
      elements: [{frontal_image: still.png, reference_images: [still.png]}]
      tier: pro
    takes: 2
    pick: ask
  piece:
    trim: {video: $dusk, start: 0.5, end: 3}
    needs: [next]
  still:
    frame: {video: $piece, at: 12}
  looks:
    for_each: {one: [$shot, $piece], words: [dusk, dawn]}
    edit: {video: $one, prompt: "At ${words}"}
  chain:
    repeat: {times: $rounds, from: $piece, as: last}
    reference: {video: $last, prompt: "On, @Video1"}
  picture:
    fal:
      endpoint: fal-ai/some/model
      arguments: {prompt: "${look}", image_url: $still, deep: [{a: $shot}, 0.5, null]}
      output: {one: "images[0]", sound: audio.url}
      price_usd: "0.05"
  painted:
    use: {file: inner.yaml, params: {shot: $dusk}}
  seen:
    approve: {image: $picture, message: Right?}
  scored:
    soundtrack: {video: $painted, audio: $picture.sound, mode: duck, gain_db: -3}
  film:
    concat:
      clips: [$shot, $piece, $looks, $chain.first, $scored]
      transition: {kind: dissolve, seconds: 1/2}
output: $film
"""

OPTIONS = ["for_each", "repeat", "takes", "pick", "times", "from", "as", "defaults", "schema"]
KINDS = ["use", "fal", "soundtrack", "approve", "reference", "endpoint", "arguments", "output"]
KEYS = ["name", "steps", "params", "output", "needs", "type", "list", "default", "choices", "tier"]
STEPS = ["edit", "concat", "trim", "film", "dusk", "video", "clips", "prompt", "seconds", "at"]
SCALARS = ["5", "-1", "1.5", "1e9", "16:9", "true", "null", "~", "../x", "clip.mp4", "https://a/b"]
REFERENCES = ["$", "${", "$$", "$film", "$shot", "@Image9", "$looks.first", "$chain", "${one}"]
MARKS = [":", "[", "]", "{", "}", ",", '"', "'", "*a", "---", "...", "%", "\\", "|", ">-"]
SPACED = [": ", "- ", "# ", "? ", "&a ", "!!str ", "<<: ", "\n", "\n  ", "\n    ", "\t", "\r"]
ODD = ["\ufeff", "\u2028", "\x85", "é", "🎬", "\0", "\ud800"]
PIECES = st.sampled_from(
    [*OPTIONS, *KINDS, *KEYS, *STEPS, *SCALARS, *REFERENCES, *MARKS, *SPACED, *ODD]
)
TEXTS = st.one_of(
    st.text(st.characters()),
    st.lists(PIECES, max_size=30).map("".join),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(PIECES | st.text(), inner),
        max_leaves=20,
    ).map(json.dumps),
)


def check(text: str, folder: Path) -> None:
    """Build it or be told why not, with every location inside of the text."""
    lines = text.removeprefix("\ufeff").splitlines() or [""]
    for problem in problems_in(text, folder):
        assert problem.what
        assert 1 <= problem.location.line <= len(lines)
        assert 1 <= problem.location.column <= len(lines[problem.location.line - 1]) + 1


def problems_in(text: str, folder: Path) -> tuple[Problem, ...]:
    """Build a text's graph and say what is wrong with it."""
    try:
        build_graph(read_pipeline(text, file="film.yaml", folder=folder), placeholders=True)
    except InvalidPipeline as error:
        return error.problems or (Problem(Location("", 0, 0), "", "refused without a word"),)
    return ()


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS)
def test_any_text(text: str, folder: Path) -> None:
    check(text, folder)


@settings(max_examples=120)
@given(start=st.integers(0, len(FILM)), length=st.integers(0, 20), piece=PIECES | st.text())
def test_a_film_with_a_piece_replaced(start: int, length: int, piece: str, folder: Path) -> None:
    check(FILM[:start] + piece + FILM[start + length :], folder)


@settings(max_examples=60)
@given(data=st.data())
def test_a_film_with_its_values_replaced(data: st.DataObject, folder: Path) -> None:
    words = FILM.split(" ")
    for _ in range(data.draw(st.integers(1, 4))):
        words[data.draw(st.integers(0, len(words) - 1))] = data.draw(PIECES)
    check(" ".join(words), folder)


def test_the_film_itself_is_right(folder: Path) -> None:
    graph = build_graph(read_pipeline(FILM, file="film.yaml", folder=folder))
    names = [node.step for node in graph.in_file_order()]
    steps = ["next", "dusk", "piece", "still", "looks", "chain", "picture", "painted", "seen"]
    assert list(dict.fromkeys(names)) == [*steps, "scored", "film"]
    assert len(names) == 17


@pytest.mark.parametrize("end", ["", " ", "\n\n\n", "\n# the end"])
def test_the_end_of_a_film(end: str, folder: Path) -> None:
    for cut in range(0, len(FILM), 17):
        check(FILM[:cut] + end, folder)
