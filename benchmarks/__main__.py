"""Run the benchmarks: all of them with the page, the named benchmarks, or the short form.

``python -m benchmarks`` writes docs/benchmarks.md and ends within 30 minutes. ``python -m
benchmarks NAME …`` prints the results of the named benchmarks; ``growth`` is one of the names.
``python -m benchmarks --short`` ends within 3 minutes, writes nothing, and prints a warning if a
ratio has fallen by a third; a low ratio never makes it fail.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from benchmarks import (
    asking,
    following,
    joining,
    joins,
    keeping,
    opening,
    page,
    setting_up,
    splitting,
    starting,
    waiting,
)
from benchmarks.films import rounds
from benchmarks.growth import Grown, grown
from benchmarks.timing import LEFT_S, Deadline

ROOT = Path(__file__).parents[1]
BENCHMARKS = {
    "starting": starting,
    "waiting": waiting,
    "setting_up": setting_up,
    "joins": joins,
    "asking": asking,
    "joining": joining,
    "splitting": splitting,
    "opening": opening,
    "keeping": keeping,
    "following": following,
}
SHORT_S, FILMS_S, GROWTH_S, ALL_S = 150.0, 9 * 60.0, 9 * 60.0, 28 * 60.0
ONE_S, LEAST_S = 4 * 60.0, 15.0
"""The most seconds for each other benchmark, and the least time left in which one is started."""
ROUNDS = 5
# The largest films are only planned, which takes seconds; the last run may use up the time.
SIZES, MOST_RUN, QUIET_SIZES = (10, 40, 100, 1000, 5000), 100, (10, 100, 1000)


def main() -> None:
    """Run the command."""
    # Without compiled files, each start would compile Prefect again: 10 CPU s more.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    match sys.argv[1:]:
        case ["--short"]:
            _short()
        case []:
            _all()
        case names:
            for name in names:
                if name == "growth":  # it prints its rows itself
                    _growth()
                    continue
                print((BENCHMARKS[name].__doc__ or "").splitlines()[0])
                for line in BENCHMARKS[name].figures():
                    print(f"  {line}", flush=True)


def _short() -> None:
    found = rounds(Deadline(SHORT_S), 1, short=True)
    ratios = page.ratios_of(found)
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f}")
    for line in page.warnings(ratios):
        print(line)
    if not ratios:
        print("no round was done in the time that there is")


def _all() -> None:
    deadline = Deadline(ALL_S)
    films = rounds(Deadline(FILMS_S), ROUNDS)
    growth = _growth()
    others = {name: _by_itself(name, deadline) for name in BENCHMARKS}
    print(page.write(films, growth, others))


def _growth() -> list[Grown]:
    found = grown(SIZES, MOST_RUN, QUIET_SIZES, Deadline(GROWTH_S))
    return sorted(found, key=lambda one: one.steps)


def _by_itself(name: str, deadline: Deadline) -> tuple[str, list[str]]:
    """Run one benchmark in a process of its own, which is killed when its time is over."""
    heading = (BENCHMARKS[name].__doc__ or "").splitlines()[0]
    most_s = min(ONE_S, deadline.left_s)
    if most_s < LEAST_S:
        return heading, ["left out: there was no time for it"]
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks", name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, LEFT_S: str(most_s)},
        cwd=ROOT,
    ) as process:
        try:
            said, _ = process.communicate(timeout=most_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
            said += f"  ended after {most_s:.0f} s\n"
    lines = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    if process.returncode > 0:
        lines.append(f"failed with {process.returncode}; what it said is in the log of the command")
    print(heading, *lines, sep="\n  ", flush=True)
    return heading, lines


if __name__ == "__main__":
    main()
