"""The failpoints: each with the place in the code that it names."""

import ast
from pathlib import Path

import shotgraph
from pages.table import code, first_line, table
from shotgraph import failpoints
from shotgraph.failpoints import Failpoint

_SOURCE = Path(shotgraph.__file__).parent


def page() -> str:
    """Write the page."""
    places = _places()
    rows = []
    for place in Failpoint:
        if not places[place.name]:
            raise SystemExit(f"no code passes {place}")
        where = "; ".join(f"`{file}`, `{function}`" for file, function in places[place.name])
        rows.append([code(place.value), where])
    return "\n".join(
        [
            "# Failpoints\n",
            f"{first_line(failpoints.__doc__)}\n",
            table(["name", "passed in"], rows),
            "In the environment of a run, `SHOTGRAPH_FAILPOINT=name:action` arms one; "
            "`name:action:3` the third passing.\n",
            table(
                ["action", "what happens there"],
                [
                    [code("kill"), "the process is killed (SIGKILL)"],
                    [code("raise"), "an exception goes through everything"],
                    [
                        code("torn"),
                        "half of what is being written is left, and the process is killed",
                    ],
                    [code("pause"), "the process is stopped until a SIGCONT comes"],
                ],
            ),
        ]
    )


def _places() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {place.name: [] for place in Failpoint}
    for file in sorted(_SOURCE.rglob("*.py")):
        if file.name == "failpoints.py":
            continue
        name = file.relative_to(_SOURCE.parent).as_posix()
        for function in ast.walk(ast.parse(file.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in _own(function):
                    if isinstance(node, ast.Attribute) and _is_failpoint(node):
                        found[node.attr].append((name, function.name))
    return found


def _own(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.AST]:
    """Walk a function, and not the functions inside of it."""
    nodes: list[ast.AST] = []
    left: list[ast.AST] = list(function.body)
    while left:
        node = left.pop(0)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            nodes.append(node)
            left += ast.iter_child_nodes(node)
    return nodes


def _is_failpoint(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "Failpoint"
