"""Models → the graph of a film, with references resolved, types checked and nodes in order.

* build: a pipeline and its values become a graph
* node: the graph and its nodes, and the nodes that no paid job is made from
* bind, meanings, resolve: the values of parameters, the meaning of names, references
* layout, runs, takes, used: the nodes of a step: loops, rounds, takes, other files
* derived_nodes: nodes that no step declares: shots that continue, further files of a film
* doubts: warnings
"""

from shotgraph.graph.build import CheckedPipeline, build_graph, check, graph_of_file
from shotgraph.graph.node import Graph, Node

__all__ = ["CheckedPipeline", "Graph", "Node", "build_graph", "check", "graph_of_file"]
