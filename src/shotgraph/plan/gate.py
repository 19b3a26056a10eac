"""Steps at which a person decides: which of the clips that they take goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shotgraph.clock import Clock, SystemClock
from shotgraph.graph import Node
from shotgraph.graph.takes import GivenAnswers
from shotgraph.keys import Key
from shotgraph.model.references import Asset
from shotgraph.money.decisions import Decision, Decisions, decision_key
from shotgraph.plan.inputs import Taken
from shotgraph.spec import ApproveArguments
from shotgraph.store import Store

GATES = ("approve", "pick")
WAITS = "waits for a person"
FEWEST_TAKES = 2
"""From so many on there is something to pick from."""


@dataclass(frozen=True)
class PlannedGate:
    """A step at which a person decides, and everything that is to be seen is there.

    Attributes:
        key: The decision's.
        clips: What is to be seen, in order.
        decision: The last one; None if nobody has decided yet.
    """

    node: Node
    key: Key
    clips: Sequence[Asset]
    decision: Decision | None

    @property
    def question(self) -> str:
        """What the person is asked; empty if the file has no words for it."""
        return question_of(self.node)


def is_gate(node: Node) -> bool:
    """Tell whether a person decides there."""
    return node.kind.name in GATES


def question_of(node: Node) -> str:
    """What a person is asked at a gate; empty if the file has no words for it."""
    arguments = node.arguments
    return arguments.message if isinstance(arguments, ApproveArguments) else ""


async def gate_at(taken: Taken, store: Store, clock: Clock) -> PlannedGate | None:
    """Find what was decided at a gate; None if what is to be seen is not there yet.

    Raises:
        Retryable: The store could not be read.
    """
    clips = [ref for _, _, ref in taken.media if isinstance(ref, Asset)]
    if len(clips) < len(taken.media):
        return None
    key = decision_key(question_of(taken.node), [clip.sha256 for clip in clips])
    return PlannedGate(taken.node, key, clips, await Decisions(store, clock).latest(key))


async def given_answers(
    approve: Sequence[str], pick: Mapping[str, int], store: Store
) -> GivenAnswers:
    """Bring together what a run was told to decide, to be checked before it starts.

    Raises:
        Retryable: The store could not be read.
    """
    # Where a person picks, there are at least two takes. More may have been made since.
    if not any(take > FEWEST_TAKES for take in pick.values()):
        return GivenAnswers(approve, pick)
    added = await Decisions(store, SystemClock()).added_takes()
    return GivenAnswers(approve, pick, added)
