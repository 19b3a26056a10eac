"""Texts that some template, shell, format or filter would take for an order."""

from pathlib import Path
from typing import Any

from shotgraph.graph import build_graph
from shotgraph.spec import read_pipeline
from tests.figures import Count

KIND = 18
ORDERS = (
    "{{7*7}}",
    "{0.__class__.__mro__}",
    "%(password)s",
    "${look}",
    "$(id)",
    "`id`",
    "; id #",
    "<%= 7*7 %>",
    "#{7*7}",
    "__import__('os').system('id')",
    "!!python/object/apply:os.system [id]",
    "x':textfile=/etc/passwd",
    "-y",
    "--help",
    "@/etc/passwd",
    "file:///etc/passwd",
    "\\g<0>",
)
FILM = """\
name: a
params: {look: {type: text, default: dusk}}
steps:
  f: {reference_to_video: {prompt: "as $look and ${look}", aspect_ratio: "1:1"}}
output: $f
"""


def test_a_text_arrives_as_it_was_written(tmp_path: Path, count: Count) -> None:
    pipeline = read_pipeline(FILM, file=str(tmp_path / "film.yaml"))
    evaluated = []
    for order in ORDERS:
        graph = build_graph(pipeline, {"look": order}, folder=tmp_path)
        arguments: Any = graph.nodes["f"].arguments
        if arguments.prompt != f"as {order} and {order}":
            evaluated.append(order)
    count(orders=len(ORDERS), evaluated=len(evaluated))
    assert evaluated == []
