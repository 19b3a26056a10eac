"""Put the retakes that people asked for into the graph, and plan it."""

from collections.abc import Sequence
from dataclasses import dataclass

from shotgraph.clock import Clock
from shotgraph.errors import InvalidInput
from shotgraph.graph import Graph, Node
from shotgraph.graph.takes import behind, prompt_of, retaken, takes_of, to_retake
from shotgraph.keys import Key
from shotgraph.money.decisions import Again
from shotgraph.money.prices import Prices
from shotgraph.plan.inputs import PlannedGate
from shotgraph.plan.plan import Plan
from shotgraph.plan.planner import make_plan
from shotgraph.store import Store


@dataclass(frozen=True)
class Before:
    """A step before it was made again."""

    step: str
    take: int
    prompt: str | None


@dataclass(frozen=True)
class Followed:
    """A graph with all retakes that people asked for, and its plan.

    Attributes:
        before: The steps before their retakes.
    """

    graph: Graph
    plan: Plan
    before: Sequence[Before] = ()

    @property
    def waiting(self) -> list[PlannedGate]:
        """The gates where a person has to decide now, in the order of the file."""
        return [
            gate
            for gate in self.plan.gates
            if gate.decision is None or gate.decision.chosen is None
        ]

    def again(self, target: Node, prompt: str | None) -> Again:
        """Make the request for the next take: the first number not yet used with this prompt.

        Args:
            target: The step to do again.
            prompt: The new prompt; None keeps the present prompt.

        Raises:
            InvalidInput: The step does not accept this prompt.
        """
        has = prompt_of(self.graph, target)
        changed = None if prompt is None or prompt == has else prompt
        wanted = has if changed is None else changed
        seen = [(one.take, prompt_of(self.graph, one)) for one in takes_of(self.graph, target)]
        seen += [(one.take, one.prompt) for one in self.before if one.step == target.name]
        take = max((number for number, words in seen if words == wanted), default=0) + 1
        retaken(self.graph, target.name, take=take, prompt=changed)
        return Again(step=target.name, take=take, prompt=changed)


async def follow_retakes(
    graph: Graph,
    store: Store,
    *,
    backend: str,
    prices: Prices | None = None,
    clock: Clock | None = None,
    trust_prices: bool = False,
    rehearsal_url: str | None = None,
    supposed: tuple[Key, Again] | None = None,
) -> Followed:
    """Plan a film, with the retakes that people asked for.

    The decision to retake a step is stored under the clips that the person saw. So every run of the
    film gets the same clips in the same order, and asks nobody twice.

    Args:
        graph: The film, as its file has it.
        store: The store with results and decisions.
        backend: The server's name in content keys.
        prices: The prices of endpoints; the built-in table by default.
        clock: The clock, for jobs in flight.
        trust_prices: As for `make_plan`.
        rehearsal_url: As for `make_plan`.
        supposed: A retake to plan though it is not decided yet, and the key of its decision.

    Raises:
        InvalidPipeline: As for `make_plan`.
        Retryable: The store could not be read.
    """
    before: list[Before] = []
    followed: set[Key] = set()
    while True:
        plan = await make_plan(
            graph,
            store,
            backend=backend,
            prices=prices,
            clock=clock,
            trust_prices=trust_prices,
            rehearsal_url=rehearsal_url,
        )
        changed: set[str] = set()
        for gate in plan.gates:
            again = gate.decision.again if gate.decision is not None else None
            if supposed is not None and gate.key == supposed[0]:
                again = supposed[1]
            # Gates after a retaken step show another clip.
            if again is None or gate.key in followed or behind(graph, gate.node) & changed:
                continue
            followed.add(gate.key)
            target = _target(graph, gate, again)
            if target is None:
                continue
            try:
                next_graph = retaken(graph, target.name, take=again.take, prompt=again.prompt)
            except InvalidInput:
                continue  # The step has changed since: the run asks the person again.
            before += [
                Before(target.name, one.take, prompt_of(graph, one))
                for one in takes_of(graph, target)
            ]
            graph = next_graph
            changed.add(target.name)
        if not changed:
            return Followed(graph, plan, before)


def _target(graph: Graph, gate: PlannedGate, again: Again) -> Node | None:
    found = to_retake(graph, graph.nodes[gate.node.name])
    return next((node for node in found if node.name == again.step), None)
