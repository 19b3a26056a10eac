"""Models → the graph of a film: references resolved and type-checked, order known.

* build: a pipeline and its values become a graph
* node: the graph and its nodes, and which of them nothing paid is made of
* bind, meanings, resolve: the values of parameters, the meaning of names, references
* layout, runs, takes, used: a step becomes nodes: loops, rounds, takes, other files
* derived_nodes: nodes that no step declares: shots that continue, further files of a film
* doubts: warnings
"""

from shotgraph.graph.build import CheckedPipeline, build_graph, check, graph_of_file
from shotgraph.graph.node import Graph, Node

__all__ = ["CheckedPipeline", "Graph", "Node", "build_graph", "check", "graph_of_file"]
