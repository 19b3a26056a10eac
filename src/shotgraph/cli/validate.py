"""``shotgraph validate FILE``: is the file right?"""

import asyncio
import sys

from shotgraph.cli.options import AsJson, File, Set
from shotgraph.cli.output import error_json, print_json
from shotgraph.errors import ShotgraphError
from shotgraph.spec import InvalidPipeline
from shotgraph.spec.problem import rendered


def validate(file: File, values: Set = None, as_json: AsJson = False) -> None:
    """Check a pipeline file: every problem with its line, and warnings. Nothing is sent or made."""
    from shotgraph.fitting.media_warnings import media_warnings
    from shotgraph.graph import check
    from shotgraph.graph.bind import settings
    from shotgraph.spec import load_draft

    try:
        graph = check(load_draft(file), settings(values or []), placeholders=True).whole()
        warnings = [*graph.warnings, *asyncio.run(media_warnings(graph))]
    except InvalidPipeline as error:
        if as_json:
            problems = [item.as_json() for item in error.problems]
            print_json({"valid": False, "problems": problems, "warnings": []})
            sys.exit(error.exit_code)
        raise
    except ShotgraphError as error:
        if as_json:
            said = error_json(error)
            print_json({"valid": False, "problems": [], "warnings": [], "error": said})
            sys.exit(error.exit_code)
        raise
    warnings.sort(key=lambda warning: warning.place)
    if as_json:
        found = [item.as_json() for item in warnings]
        print_json({"valid": True, "problems": [], "warnings": found})
        return
    for warning in warnings:
        sys.stdout.write(f"warning: {rendered(warning)}\n")
    paid = sum(node.endpoint is not None for node in graph.nodes.values())
    sys.stdout.write(
        f"{file} is right: {len(graph.nodes)} steps, {paid} of them paid, making ${graph.output}\n"
    )
