"""The graph of a run as a drawing: the positions of the nodes, and the lines between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shotgraph.media.probe import Medium
from shotgraph.report.manifest import Manifest

NODE_PX, HEIGHT_PX, GAP_PX, ROW_GAP_PX = 168, 134, 56, 22
"""The size of a node, and the space between columns and between rows."""


@dataclass(frozen=True)
class DrawnNode:
    """A node, and the position of its upper left corner in pixels.

    Attributes:
        number: The number of its step, from 1; 0 for an input.
    """

    name: str
    number: int
    medium: Medium | None
    x: int
    y: int


@dataclass(frozen=True)
class Drawing:
    """The drawing of a graph; sizes in pixels.

    Attributes:
        lines: SVG paths, each from an output to an input.
    """

    nodes: Sequence[DrawnNode]
    lines: Sequence[str]
    width: int
    height: int


def draw_graph(manifest: Manifest, makers: Mapping[str, Sequence[str]]) -> Drawing:
    """Lay out a graph: each node is to the right of its inputs.

    Args:
        manifest: The manifest of the run.
        makers: The names of each step's inputs: steps and given media.
    """
    media = {given.name: given.medium for given in manifest.given}
    media.update({step.name: step.medium for step in manifest.steps})
    numbers = {step.name: number for number, step in enumerate(manifest.steps, start=1)}
    columns = _columns(manifest, makers)
    placed: dict[str, tuple[int, int]] = {}
    rows: list[list[str]] = [[] for _ in range(max(columns.values(), default=-1) + 1)]
    for name, column in columns.items():
        rows[column].append(name)
    for column, names in enumerate(rows):
        for row, name in enumerate(sorted(names, key=lambda each: _middle(each, makers, placed))):
            placed[name] = column, row
    nodes = [
        DrawnNode(
            name,
            numbers.get(name, 0),
            media.get(name),
            column * (NODE_PX + GAP_PX),
            row * (HEIGHT_PX + ROW_GAP_PX),
        )
        for name, (column, row) in placed.items()
    ]
    lines = [
        _line(placed[before], placed[name])
        for name in numbers
        for before in makers.get(name, ())
        if before in placed and name in placed and before != name
    ]
    most = max((len(names) for names in rows), default=0)
    width = len(rows) * (NODE_PX + GAP_PX) - GAP_PX
    return Drawing(nodes, lines, max(0, width), max(0, most * (HEIGHT_PX + ROW_GAP_PX)))


def _columns(manifest: Manifest, makers: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Count the nodes before each node, in the longest chain."""
    steps = {step.name for step in manifest.steps}
    found = {given.name: 0 for given in manifest.given if given.name not in steps}
    left = [step.name for step in manifest.steps]
    # Steps may come before their inputs. A graph has no loops, but a damaged record may have one.
    for _ in range(len(left) + 1):
        later = []
        for name in left:
            before = [one for one in makers.get(name, ()) if one in steps and one != name]
            if all(one in found for one in before):
                begin = [found[one] for one in makers.get(name, ()) if one in found]
                found[name] = max(begin, default=-1) + 1
            else:
                later.append(name)
        if not later or len(later) == len(left):
            break
        left = later
    return found


def _middle(
    name: str, makers: Mapping[str, Sequence[str]], placed: Mapping[str, tuple[int, int]]
) -> float:
    rows = [placed[before][1] for before in makers.get(name, ()) if before in placed]
    return sum(rows) / len(rows) if rows else 0.0


def _line(before: tuple[int, int], after: tuple[int, int]) -> str:
    x1 = before[0] * (NODE_PX + GAP_PX) + NODE_PX
    y1 = before[1] * (HEIGHT_PX + ROW_GAP_PX) + HEIGHT_PX // 2
    x2 = after[0] * (NODE_PX + GAP_PX)
    y2 = after[1] * (HEIGHT_PX + ROW_GAP_PX) + HEIGHT_PX // 2
    bend = max(GAP_PX // 2, (x2 - x1) // 2)
    return f"M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
