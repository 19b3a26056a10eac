"""``shotgraph plan FILE``: what would a run do, and cost?"""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from shotgraph.cli.options import AsJson, File, Set
from shotgraph.cli.output import error_json, print_json, print_table
from shotgraph.errors import ShotgraphError

if TYPE_CHECKING:
    from shotgraph.plan import Plan

Rehearse = Annotated[
    bool, typer.Option("--rehearse", help="Plan a rehearsal, whose clips are kept apart.")
]


def plan(
    file: File, values: Set = None, rehearse: Rehearse = False, as_json: AsJson = False
) -> None:
    """Show what a run would do: what is there, in flight, or to buy, and for how much."""
    try:
        made = _make(file, values or [], rehearse=rehearse)
    except ShotgraphError as error:
        if as_json:
            print_json({"steps": [], "cost_usd": 0, "error": error_json(error)})
            sys.exit(error.exit_code)
        raise
    if as_json:
        print_json(made.as_json())
    else:
        _print(made)


def _make(file: File, values: list[str], *, rehearse: bool) -> "Plan":
    from shotgraph.fal.backend import REHEARSAL, backend_of
    from shotgraph.graph import build_graph
    from shotgraph.graph.bind import settings as given
    from shotgraph.plan import make_plan
    from shotgraph.settings import Settings
    from shotgraph.spec import load_pipeline
    from shotgraph.store import open_store

    settings = Settings()
    graph = build_graph(load_pipeline(file), given(values))
    backend = REHEARSAL if rehearse else backend_of(settings.bases)
    return asyncio.run(make_plan(graph, open_store(settings.store), backend=backend))


_WORDS = {
    "have": "have",
    "in_flight": "in flight",
    "buy": "to buy",
    "local": "to make here",
    "unknown": "not known",
}


def _print(made: "Plan") -> None:
    rows = [
        [
            step.name,
            step.kind,
            _WORDS[step.state],
            f"${step.cost_usd:.3f}" if step.cost_usd else "",
            f"{step.seconds} s" if step.seconds else "",
            step.note,
        ]
        for step in made.steps
    ]
    print_table(["step", "kind", "state", "cost", "takes about", ""], rows, {"cost", "takes about"})
    have = sum(step.state == "have" for step in made.steps)
    sys.stdout.write(
        f"\nA run would cost at most ${made.cost_usd:.3f}; "
        f"{have} of {len(made.steps)} steps are there.\n"
    )
