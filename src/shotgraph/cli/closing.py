"""The last lines of a run: its steps, its film with all paths, and how to continue it."""

import sys
from collections.abc import Mapping
from shlex import quote
from typing import Any

from shotgraph.cli.printing import folded, print_table
from shotgraph.errors import Undecided


def _cost(step: dict[str, Any]) -> str:
    cost = f"${step['cost_usd']:.3f}" if step["cost_usd"] else ""
    unknown = f"${step['may_be_billed_usd']:.3f}?" if step["may_be_billed_usd"] else ""
    return " + ".join(filter(None, [cost, unknown]))


def print_report(report: dict[str, Any], *, rehearse: bool) -> None:
    """Print the results of a run, from the JSON of its report."""
    from shotgraph.report import billing_lines, cost_lines

    waiting = {
        step["name"]
        for step in report["steps"]
        if step.get("error", {}).get("code") == Undecided.code
    }
    rows = [
        [
            step["name"],
            step["kind"],
            "waits" if step["name"] in waiting else step["status"],
            _cost(step),
            step["request_id"] or "",
        ]
        for step in report["steps"]
    ]
    if rows:
        print_table(["step", "kind", "status", "cost", "request"], rows, {"cost"})
    films = report.get("outputs") or [report["output"]]
    for film in filter(None, films):
        fps = f", {film['fps']:g} frames a second" if film["fps"] else ""
        length = f"{film['duration_s']:g} s, " if film["fps"] else ""
        size = f"{film['width']} x {film['height']}"
        sys.stdout.write(f"\n{film['path']}\n{length}{size}{fps}\n")
    for further in report.get("deliveries", ()):
        measured = "; ".join(further["measured"]["says"][1:]) if "measured" in further else ""
        size = f"{further['width']} x {further['height']}, {further['fps']:g} frames a second"
        sys.stdout.write(f"{further['path']}\n")
        _say("; ".join(filter(None, [size, measured])))
    if "storyboard" in report:
        sys.stdout.write(f"{report['storyboard']}\n")
    if rows:
        for sentence in cost_lines(report, is_rehearsal=rehearse):
            _say(sentence)
    for step in report["steps"]:
        for one in step.get("lengths", ()):
            _say(f"{step['name']}: {one['says']}.")
        for one in step.get("flaws", ()):
            _say(f"{step['name']}: {one['says']}.")
    for line in billing_lines(report):
        _say(f"{line}.")
    if rows and all(step["status"] == "cached" for step in report["steps"]):
        _say("Every result was in the store: nothing was submitted.")


def _say(sentence: str) -> None:
    sys.stdout.write(f"{folded(sentence, sys.stdout)}\n")


def to_go_on(report: Mapping[str, Any], command: str | None) -> list[str]:
    """The last lines of a run that waits for a person: the command to continue; else no lines.

    Args:
        report: The report, as ``run --json`` prints it.
        command: The command of this run; None if it had no file.
    """
    waits = report.get("waits_for") or []
    if not waits or command is None:
        return []
    options = [
        f"--approve {quote(one['step'])}" if one["clips"] == 1 else f"--pick {quote(one['step'])}=1"
        for one in waits
    ]
    several = [f"{one['step']}: 1 to {one['clips']}" for one in waits if one["clips"] > 1]
    choice = f"   ({'; '.join(several)})" if several else ""
    return ["The run waits for a person. To continue:", f"  {command} {' '.join(options)}{choice}"]
