"""Steps at which a person decides: which of the clips that they take goes on."""

from shotgraph.clock import Clock
from shotgraph.fal.backend import REHEARSAL
from shotgraph.graph import Node
from shotgraph.ledger import Decisions, decision_key
from shotgraph.media_ref import Asset
from shotgraph.plan.inputs import Taken
from shotgraph.spec import ApproveArguments
from shotgraph.store import Store

GATES = ("approve", "pick")
WAITS = "waits for a person"


def is_gate(node: Node) -> bool:
    """Tell whether a person decides there."""
    return node.kind.name in GATES


async def chosen_at(taken: Taken, store: Store, clock: Clock, backend: str) -> int | None:
    """Find which clip goes on, from 1; None if nobody has decided yet.

    Raises:
        Retryable: The store could not be read.
    """
    arguments = taken.node.arguments
    question = arguments.message if isinstance(arguments, ApproveArguments) else ""
    clips = [ref.sha256 for _, _, ref in taken.media if isinstance(ref, Asset)]
    known = None
    if len(clips) == len(taken.media):
        known = await Decisions(store, clock).latest(decision_key(question, clips))
    # A rehearsal waits for nobody.
    return 1 if known is None and backend == REHEARSAL else known
