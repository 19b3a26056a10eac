"""Models → the graph of a film: references resolved and type-checked, order known."""

from shotgraph.graph.build import build_graph
from shotgraph.graph.node import Graph, Node

__all__ = ["Graph", "Node", "build_graph"]
