"""Run the benchmarks: all of them and the page, those that are named, or the short form.

``python -m benchmarks`` writes docs/benchmarks.md and ends within 30 minutes. ``python -m
benchmarks NAME …`` prints what these say. ``python -m benchmarks --short`` ends within 5 minutes,
writes nothing, and prints a warning where a ratio has fallen by a third; it never fails by a ratio.
"""

import sys

from benchmarks import asking, joining, joins, keeping, opening, page, planning, splitting
from benchmarks.films import rounds
from benchmarks.growth import grown
from benchmarks.timing import Deadline

BENCHMARKS = {
    "planning": planning,
    "asking": asking,
    "keeping": keeping,
    "joining": joining,
    "joins": joins,
    "splitting": splitting,
    "opening": opening,
}
SHORT_S, FILMS_S, GROWTH_S, ALL_S = 270.0, 12 * 60.0, 9 * 60.0, 29 * 60.0
ROUNDS = 5
SIZES, MOST_RUN = (10, 100, 1000, 5000), 1000


def main() -> None:
    """Do what the command says."""
    match sys.argv[1:]:
        case ["--short"]:
            _short()
        case []:
            _all()
        case names:
            for name in names:
                _print(name, _lines(name))


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
    growth = grown(SIZES, MOST_RUN, Deadline(GROWTH_S))
    others = []
    for name in BENCHMARKS:
        if deadline.left_s < 120:
            others.append((name, ["left out: there was no time for it"]))
            continue
        others.append(((BENCHMARKS[name].__doc__ or "").splitlines()[0], _lines(name)))
        _print(name, others[-1][1])
    print(page.write(films, growth, others))


def _lines(name: str) -> list[str]:
    return list(BENCHMARKS[name].figures())


def _print(name: str, lines: list[str]) -> None:
    print((BENCHMARKS[name].__doc__ or "").splitlines()[0])
    for line in lines:
        print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
