"""The failpoints: each with the files that pass it."""

import ast
from pathlib import Path
from typing import TypeGuard

import shotgraph
from pages.table import code, first_line, table
from shotgraph import failpoints
from shotgraph.failpoints import Failpoint

_SOURCE = Path(shotgraph.__file__).parent


def page() -> str:
    """Write the page."""
    passed_in = _passed_in()
    rows = []
    for failpoint in Failpoint:
        if not passed_in[failpoint.name]:
            raise SystemExit(f"no code passes {failpoint}")
        rows.append(
            [code(failpoint.value), ", ".join(code(file) for file in passed_in[failpoint.name])]
        )
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


def _passed_in() -> dict[str, list[str]]:
    """Find the files that pass each."""
    found: dict[str, list[str]] = {failpoint.name: [] for failpoint in Failpoint}
    for file in sorted(_SOURCE.rglob("*.py")):
        if file.name == "failpoints.py":
            continue
        name = file.relative_to(_SOURCE.parent).as_posix()
        for node in ast.walk(ast.parse(file.read_text())):
            if _is_failpoint(node) and name not in found[node.attr]:
                found[node.attr].append(name)
    return found


def _is_failpoint(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Failpoint"
    )
