"""How long a run takes: the longest chain of steps that wait for each other."""

from collections.abc import Mapping

from shotgraph.graph import Graph
from shotgraph.plan.plan import PlannedStep


def longest_s(graph: Graph, planned: Mapping[str, PlannedStep]) -> int:
    """Add up the seconds along it.

    Args:
        graph: The film; its nodes are in order.
        planned: By node.
    """
    ends: dict[str, int] = {}
    for name, node in graph.nodes.items():
        begins = max((ends[before] for before in node.upstream()), default=0)
        ends[name] = begins + planned[name].seconds
    return max(ends.values(), default=0)
