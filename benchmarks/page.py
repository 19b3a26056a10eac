"""Write the results: docs/benchmarks.md, its plots, and the ratios for the short form."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median

from benchmarks.asked import Others, asked_table
from benchmarks.films import (
    AGAIN,
    FIRST,
    JOB_S,
    OURS,
    OURS_STANDING,
    PREFECT,
    PREFECT_STANDING,
    SHOTS,
    WORDS,
    Rounds,
)
from benchmarks.growth import AGAIN as RUN_AGAIN
from benchmarks.growth import AGAIN_QUIET, RUN, RUN_QUIET, Grown
from benchmarks.plots import bars, lines

DOCS = Path(__file__).parents[1] / "docs"
RATIOS = Path(__file__).with_name("ratios.json")
COMPARED = ((OURS_STANDING, PREFECT_STANDING), (OURS, PREFECT))


def ratios_of(rounds: Rounds) -> dict[str, float]:
    """Return the ratios to watch: a plain Prefect flow's time divided by ours, in one round."""
    found = {}
    for ours, theirs in COMPARED:
        for what in (FIRST, AGAIN):
            ratio = rounds.ratio(what, ours, theirs)
            if ratio is not None:
                found[f"{theirs} ÷ {ours}, {what}"] = round(ratio, 3)
    return found


def warnings(now: dict[str, float]) -> list[str]:
    """Return a warning for each ratio that has fallen by a third since the page was written."""
    if not RATIOS.exists():
        return []
    before: dict[str, float] = json.loads(RATIOS.read_text())
    return [
        f"WARNING: {name} was {before[name]:.2f} and is {ratio:.2f}"
        for name, ratio in now.items()
        if name in before and ratio < before[name] * 2 / 3
    ]


def films_table(rounds: Rounds, what: str) -> list[str]:
    """Return a table with the medians and ranges of all programs."""
    rows = [
        "| program | s | range | CPU s | MiB | jobs sent |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    names = [name for name in rounds.names() if rounds.took[name, what]]
    for name in sorted(names, key=lambda each: _median_s(rounds, each, what)):
        took = rounds.took[name, what]
        walls = [one.wall_s for one in took]
        shown = f"**{name}**" if name in (OURS, OURS_STANDING) else name
        rows.append(
            f"| {shown} | {median(walls):.1f} | {min(walls):.1f} to {max(walls):.1f} "
            f"| {median(one.cpu_s for one in took):.1f} | {max(one.peak_mib for one in took):.0f} "
            f"| {rounds.submits[name, what]} |"
        )
    return rows


def _median_s(rounds: Rounds, name: str, what: str) -> float:
    return median(one.wall_s for one in rounds.took[name, what])


def growth_table(grown: Sequence[Grown]) -> list[str]:
    """Return a table with each command for each size of film."""
    rows = [
        "| steps | command | s | CPU s | MiB | server's CPU s | calls to Prefect "
        "| store operations | files hashed | first job after, s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in grown:
        first = "" if one.first_submit_s is None else f"{one.first_submit_s:.1f}"
        rows.append(
            f"| {one.steps:,} | {one.what} | {one.wall_s:.1f} | {one.cpu_s:.1f} "
            f"| {one.peak_mib:.0f} | {one.server_cpu_s:.1f} | {one.calls:,} | {one.operations:,} "
            f"| {one.hashed:,} | {first} |"
        )
    return rows


def write(rounds: Rounds, grown: Sequence[Grown], others: Others) -> Path:
    """Write the page and its plots.

    Args:
        rounds: The times of all programs for the same film.
        grown: The measurements for films of several sizes.
        others: The results of the other benchmarks.
    """
    images = DOCS / "images"
    for what in (FIRST, AGAIN):
        took = {
            name: _median_s(rounds, name, what)
            for name in rounds.names()
            if rounds.took[name, what]
        }
        picture = bars(f"{WORDS[what]}: seconds", took, {OURS, OURS_STANDING})
        (images / f"bench-{what}.svg").write_text(picture)
    series = {
        what: [(one.steps, one.cpu_s) for one in grown if one.what == what]
        for what in dict.fromkeys(one.what for one in grown)
    }
    (images / "bench-growth.svg").write_text(lines("CPU seconds, by steps", series))
    if ratios := ratios_of(rounds):
        RATIOS.write_text(json.dumps(ratios, indent=2, ensure_ascii=False) + "\n")
    page = DOCS / "benchmarks.md"
    page.write_text("\n".join(_page(rounds, grown, others)) + "\n")
    return page


def _page(rounds: Rounds, grown: Sequence[Grown], others: Others) -> list[str]:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    versions = {name: version(name) for name in ("shotgraph", "prefect", "fal-client")}
    # A child begins as a copy of this process, which counts in the child's peak memory.
    own_mib = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    told = ", ".join(f"{name} {number}" for name, number in versions.items())
    text = [
        "# Benchmarks",
        "",
        "`make bench` writes this page. It lets all programs do the same work in turns, against "
        "the same server, and ends by itself within 30 minutes. Compare only the ratios within a "
        "round: other work on the machine slows all programs.",
        "",
        f"{datetime.now(UTC):%-d %B %Y}; {platform.system()} on {os.cpu_count()} processors, "
        f"Python {platform.python_version()}; {told}. **Load at the end: {load}**. If the load is "
        f"above {os.cpu_count()}, the seconds on the clock are upper bounds. CPU is the user and "
        "system time of the process and of its child processes. Memory is the peak of the largest "
        f"process. A peak below {own_mib:.0f} MiB can't be measured: that much belongs to the "
        "measuring process.",
        "",
        "## Targets and results",
        "",
        *asked_table(rounds, grown, others),
        "",
        f"## A film of {SHOTS} shots in {2 * SHOTS} jobs",
        "",
        "A stand-in for fal continues (`reference`) and repaints (`edit`) each shot; it needs "
        f"{JOB_S} s for a job. shotgraph also downloads and checks every clip, keeps a ledger and "
        "writes a storyboard; the other programs only pass URLs on. "
        "[The code of the other programs](../benchmarks/peers).",
        "",
    ]
    for what in (FIRST, AGAIN):
        count = len(rounds.took.get((OURS_STANDING, what), ()))
        text += [f"### {WORDS[what]}", "", f"Rounds: {count}.", ""]
        text += [*films_table(rounds, what), "", f"![Bars](images/bench-{what}.svg)", ""]
    text += ["### Ratios within a round", "", "Above 1, shotgraph is faster.", ""]
    text += [f"- {name}: {ratio:.2f}" for name, ratio in ratios_of(rounds).items()]
    if rounds.left_out:
        text += ["", *(f"- {name}: left out; {why}" for name, why in rounds.left_out.items())]
    text += ["", "## Growth", "", *_GROWTH, ""]
    text += [*growth_table(grown), "", "![Lines](images/bench-growth.svg)", ""]
    text += _a_step(grown)
    for heading, said in others.values():
        text += ["", f"## {heading}", "", *(f"- {line}" for line in said)]
    return text


_GROWTH = (
    "Prefect's server is running, and jobs take no time. The CPU seconds of a run include its "
    "child processes, which decode each clip and look for faults. The clips have 5 s at "
    "1280 x 720 and are hard to decode. Quiet clips show the other costs of a step: 3 s at that "
    "size, one colour with a moving box, each repainted twice. For 200 steps and more, a plan "
    "lists all records once; for fewer steps it asks for each record. So it has fewer store "
    "operations for 1,000 steps than for 100.",
    "",
    "The limits stay. A film has at most 5,000 steps, and its file at most 20,000 values and "
    "262,144 characters: a `takes` inside a `for_each` inside a loop soon costs more than its "
    "author intended, and a file may come from another person. The 5,000 steps are two steps, "
    "each for 2,500 shots.",
)


def _a_step(grown: Sequence[Grown]) -> list[str]:
    """The CPU time of one more step, between the two largest sizes."""
    said = []
    for what in (RUN, RUN_AGAIN, RUN_QUIET, AGAIN_QUIET):
        sizes = [one for one in grown if one.what == what]
        if len(sizes) >= 2:
            small, large = sizes[-2], sizes[-1]
            ms = (large.cpu_s - small.cpu_s) / (large.steps - small.steps) * 1000
            said.append(
                f"- {what}: {ms:.0f} ms of processor time for each further step, between "
                f"{small.steps:,} and {large.steps:,} steps, without Prefect's server."
            )
    return said
