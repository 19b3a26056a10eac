"""``shotgraph validate FILE``: is the file right?"""

import sys

from shotgraph.cli.options import AsJson, File, Set
from shotgraph.cli.output import print_json
from shotgraph.spec import InvalidPipeline


def validate(file: File, values: Set = None, as_json: AsJson = False) -> None:
    """Check a pipeline file: every problem with its line. Nothing is sent or made."""
    from shotgraph.graph import build_graph
    from shotgraph.graph.bind import settings
    from shotgraph.spec import load_pipeline

    try:
        graph = build_graph(load_pipeline(file), settings(values or []), placeholders=True)
    except InvalidPipeline as error:
        if as_json:
            print_json({"valid": False, "problems": [item.as_json() for item in error.problems]})
            sys.exit(error.exit_code)
        raise
    if as_json:
        print_json({"valid": True, "problems": []})
    else:
        paid = sum(node.endpoint is not None for node in graph.nodes.values())
        sys.stdout.write(
            f"{file} is right: {len(graph.nodes)} steps, {paid} of them paid, "
            f"making ${graph.output}\n"
        )
