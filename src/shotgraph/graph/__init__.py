"""Models → the graph of a film: references resolved and type-checked, order known."""

from shotgraph.graph.build import Checked, build_graph, check, graph_of_file
from shotgraph.graph.node import Graph, Node

__all__ = ["Checked", "Graph", "Node", "build_graph", "check", "graph_of_file"]
