"""Which local steps nothing paid is made of: their bytes are in no key of a paid job."""

from collections.abc import Mapping
from dataclasses import replace

from shotgraph.graph.node import Node
from shotgraph.model.references import StepOutput


def final_marked(nodes: Mapping[str, Node]) -> dict[str, Node]:
    """Mark the steps of this machine whose results go into no paid step, by whatever way.

    Only media count: what a paid step waits for (`needs`) is not in its key.
    """
    paid = {name for name, node in nodes.items() if node.kind.paid}
    taken, left = set(paid), list(paid)
    while left:
        made_of = {
            ref.step
            for _, _, ref in nodes[left.pop()].media()
            if isinstance(ref, StepOutput) and ref.step in nodes
        }
        left += made_of - taken
        taken |= made_of
    return {
        name: node if name in taken else replace(node, is_final=True)
        for name, node in nodes.items()
    }
