"""Check the prices in a pipeline file: prices without another source, and prices too low."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from shotgraph.graph import Graph, Node
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.money.prices import Prices
from shotgraph.money.step_price import KnownPrice, WrongPrice, dollars, wrong_price
from shotgraph.spec import Problem
from shotgraph.spec.fal_arguments import FalArguments


@dataclass(frozen=True)
class FilePrices:
    """The prices in a file, compared with the known prices.

    Attributes:
        prices: The known prices.
        backend: The service that would draw, as content keys name it; a rehearsal is free.
        is_trusted: Whether the person who runs the film vouches for the file's prices.
    """

    prices: Prices
    backend: str
    is_trusted: bool

    def wrong(self, node: Node) -> WrongPrice | None:
        """Find why the price of a step to be bought is wrong; None if it is not."""
        price_usd = _price_of(node)
        if not price_usd:
            return None
        return _wrong(node, price_usd, self._known(node), is_trusted=self.is_trusted)

    def doubt(self, node: Node) -> str:
        """Give the reason why only the file has a price for a step to be bought.

        Empty if fal has a price too, or if the person who runs the film vouches for the file.
        """
        if _price_of(node) is None or node.endpoint is None:
            return ""
        if self.is_trusted or self.backend == REHEARSAL:
            return ""
        known, endpoint_id = self._known(node), node.endpoint.id
        if known is not None and known.is_by_compute:
            return (
                f'fal\'s pricing API prices {endpoint_id} by "{known.unit}", so the cost '
                "of a job is not known"
            )
        if known is not None:
            return ""
        if self.prices.others is not None and endpoint_id in self.prices.others.asked_for():
            return f"fal's pricing API names no price in dollars for {endpoint_id}"
        why_not = self.prices.why_not_others or "fal was not asked"
        return f"fal's price for {endpoint_id} is not known, because {why_not}"

    def note(self, node: Node) -> str:
        """Tell that a step is counted at more than its file's price; empty if it is not."""
        price_usd, known = _price_of(node), self._known(node)
        worst_usd = known.worst_usd if known is not None else None
        if price_usd is None or worst_usd is None or worst_usd <= price_usd:
            return ""
        return (
            f"price_usd is {dollars(price_usd)}, and a job was billed {dollars(worst_usd)} here: "
            "shotgraph counts the higher price"
        )

    def _known(self, node: Node) -> KnownPrice | None:
        return self.prices.known(node.endpoint.id) if node.endpoint is not None else None


def free_steps(
    graph: Graph, prices: Prices | None = None, *, but: Collection[str] = ()
) -> list[Problem]:
    """Find steps with a price of zero in the file: a budget would not count them.

    Args:
        graph: The film.
        prices: The known prices.
        but: The names of nodes to skip.
    """
    nodes = [node for name, node in graph.nodes.items() if name not in but]
    return list(_free(graph, nodes, prices or Prices()))


def _free(graph: Graph, nodes: Iterable[Node], prices: Prices) -> Iterator[Problem]:
    for node in nodes:
        price_usd = _price_of(node)
        if price_usd is None or price_usd or node.endpoint is None:
            continue
        wrong = _wrong(node, price_usd, prices.known(node.endpoint.id), is_trusted=False)
        if wrong is not None:
            yield graph.problem(node, ("price_usd",), wrong.what, allowed=wrong.allowed)


def _price_of(node: Node) -> Decimal | None:
    return node.arguments.price_usd if isinstance(node.arguments, FalArguments) else None


def _wrong(
    node: Node, price_usd: Decimal, known: KnownPrice | None, *, is_trusted: bool
) -> WrongPrice | None:
    arguments = node.arguments.arguments if isinstance(node.arguments, FalArguments) else {}
    return wrong_price(price_usd, known, arguments, is_trusted=is_trusted)
