"""The table of targets: each task with its target, the result of this run, and an explanation."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.films import (
    AGAIN,
    FIRST,
    OURS,
    OURS_STANDING,
    PREFECT,
    PREFECT_STANDING,
    SHOTS,
    Rounds,
)
from benchmarks.growth import AGAIN as RUN_AGAIN
from benchmarks.growth import RUN, RUN_QUIET, Grown

Others = Mapping[str, tuple[str, list[str]]]
"""The heading and the lines of each other benchmark, by its name."""
NOT_HERE = "not measured this time"


@dataclass(frozen=True)
class Asked:
    """One row of the table."""

    work: str
    asked: str
    found: str
    holds_back: str


def asked_table(rounds: Rounds, grown: Sequence[Grown], others: Others) -> list[str]:
    """Return the lines of the table."""
    rows = [*_films(rounds), *_starts(others), *_growth(grown, others), *_media(others)]
    return [
        "| task | target | result | explanation |",
        "| --- | --- | --- | --- |",
        *(f"| {row.work} | {row.asked} | {row.found} | {row.holds_back} |" for row in rows),
    ]


def _films(rounds: Rounds) -> list[Asked]:
    jobs = 2 * SHOTS
    return [
        Asked(
            f"{jobs} jobs of 0.5 s, Prefect's server running",
            "2.0 × the time of the plain Prefect flow, in the end 1.3 ×; 6 CPU s",
            _times(rounds, FIRST, OURS_STANDING, PREFECT_STANDING),
            "shotgraph downloads each clip, counts its frames, looks for faults, and syncs it to "
            "the disk; it syncs a record for each event of a job, and draws previews. The plain "
            "flow only passes URLs on. Imports take 2 CPU s",
        ),
        Asked(
            f"{jobs} jobs of 0.5 s, each run with its own server",
            "1.3 × the plain Prefect flow",
            _times(rounds, FIRST, OURS, PREFECT),
            "the same; both wait for the start of the server, which hides the imports",
        ),
        Asked(
            f"{jobs} jobs with results in the store, no server",
            "0.7 s for three steps; 0 jobs",
            _took(rounds, AGAIN, OURS),
            "Prefect is not loaded; for three steps see the demo below. The film, its story and "
            "its storyboard are written again",
        ),
        Asked(
            f"{jobs} jobs with results in the store, Prefect's server running",
            "2 s",
            _took(rounds, AGAIN, OURS_STANDING),
            "importing Prefect takes two thirds of a cached run of 10 steps. Prefect's client is "
            "most of the import, so recording the run without the engine saves little; see "
            "[0030](decisions/0030-what-is-there-is-not-run.md)",
        ),
        Asked(
            f"memory at {jobs} steps with previews",
            "250 MiB",
            _memory(rounds),
            "Prefect and its imports take about 130 MiB",
        ),
    ]


def _starts(others: Others) -> list[Asked]:
    return [
        Asked("`--help`", "0.15 CPU s", _line(others, "starting", "--help"), "Typer takes half"),
        Asked(
            "`validate` of 1,000 steps",
            "0.8 CPU s",
            _line(others, "starting", "validate"),
            "10 steps take four fifths of it: imports, most of them pydantic, and the child "
            "process that reads the clip. The rest is YAML, the check of each step's arguments, "
            "the graph",
        ),
        Asked(
            "`plan` of 1,000 steps",
            "0.8 CPU s",
            _line(others, "starting", "plan"),
            "10 steps take two thirds of it; the rest is as for `validate`, and a content key and "
            "a price for each step",
        ),
        Asked(
            "`make setup` from a clean clone",
            "40 s",
            _line(others, "setting_up", "make setup"),
            "if uv has the packages in its cache, most of it is Prefect's database, which "
            "Prefect's own command makes",
        ),
        Asked(
            "`make demo`, first",
            "20 s",
            _line(others, "setting_up", "make demo, first"),
            "Prefect's server needs some seconds to start; ffmpeg draws, codes and checks the film",
        ),
        Asked(
            "`make demo`, again",
            "1.5 s",
            _line(others, "setting_up", "make demo, again"),
            "imports, without Prefect",
        ),
        Asked(
            "the quick test suite, on an idle machine",
            "120 s",
            "134 s, 241 CPU s for 6,725 tests on 1 December 2026 on Python 3.11, idle; CI prints "
            "its own times",
            "the CPU time: real ffmpeg, real HTTP, and some hundred starts of Python; heavier "
            "tests are in the slow suite",
        ),
    ]


def _growth(grown: Sequence[Grown], others: Others) -> list[Asked]:
    at_40 = next((one for one in grown if one.what == RUN_AGAIN and one.steps == 40), None)
    here = NOT_HERE
    if at_40 is not None:
        here = f"{at_40.calls}; {at_40.operations}; {at_40.hashed} files or copies of them"
    return [
        Asked(
            "500 jobs of 3 s, 100 at a time",
            "makespan 1.15 × the ideal; the first job is sent within 3 s",
            "; ".join(_lines(others, "waiting")[:2]) or NOT_HERE,
            "if no job waits for another: one process starts all task runs. For pairs of jobs: the "
            "processors, since shotgraph decodes a clip before it buys a job with that clip as "
            "input, 0.07 CPU s for a second of 1280 x 720. fal's jobs take minutes, which hides "
            "that",
        ),
        Asked(
            "CPU time of each further step: shotgraph + Prefect's server",
            "43 + 33 ms; cached 15 + 19 ms",
            f"{_each(grown, RUN)}, with quiet clips {_each(grown, RUN_QUIET)}; cached "
            f"{_each(grown, RUN_AGAIN)}",
            "most of it is the one decode of the clip, four fifths of that in ffmpeg itself. The "
            "rest is Prefect's work for a task run, requests to fal and synced records. A cached "
            "step has no task run",
        ),
        Asked(
            "40 cached steps: calls to Prefect; store operations; files hashed",
            "15; 200; once",
            here,
            "each step reads its result and its check for faults; the film is hashed when it is "
            "put in place",
        ),
        Asked(
            "1,000 jobs that one process waits for",
            "400 MiB",
            "; ".join(_lines(others, "following")) or NOT_HERE,
            "one status request for each job every 10 s; 256 jobs also have a stream",
        ),
    ]


def _media(others: Others) -> list[Asked]:
    return [
        Asked(
            "joining 12 equal 1080p clips: coding all ÷ ours; the time of ours at the first time",
            "15; 12 at the first time",
            f"{_line(others, 'joins', 'alike, beside')}; {_line(others, 'joins', 'alike, when')}",
            "the first time, each clip is decoded once, to prove that it can be decoded; a run "
            "does that as each clip arrives. Decoding alone is 8 times as fast as coding",
        ),
        Asked(
            "joining 12 clips of which 2 differ: coding all ÷ ours",
            "4",
            f"{_line(others, 'joins', '2 of 12 differ, beside')}; as a final film: "
            f"{_line(others, 'joins', '2 of 12 differ, as')}",
            "coding the two clips, with the same settings in both, takes three fifths of our "
            "processor time. Then the two are decoded and compared with their clips, frame by "
            "frame",
        ),
        Asked(
            "joining clips without sound: a blind copy ÷ ours",
            "0.67: ours takes at most 1.5 times as long",
            _line(others, "joins", "silent"),
            "shotgraph decodes 77 pictures at the joins, which takes more than half of its time, "
            "and 13 to read the files; it hashes all packets of the clips and of the film. The "
            "blind copy checks nothing",
        ),
        Asked(
            "requests for the status of a job of 180 s",
            "40; end seen within 2 s",
            _line(others, "asking", "a job of 3 min"),
            "pauses grow to 10 s: the end of a job is seen at most 10 s late",
        ),
    ]


def _times(rounds: Rounds, what: str, ours: str, theirs: str) -> str:
    ratio = rounds.ratio(what, ours, theirs)
    if ratio is None:
        return NOT_HERE
    return f"{1 / ratio:.2f} ×; {_took(rounds, what, ours)}"


def _took(rounds: Rounds, what: str, who: str) -> str:
    took = rounds.took.get((who, what), [])
    if not took:
        return NOT_HERE
    wall_s, cpu_s = median(one.wall_s for one in took), median(one.cpu_s for one in took)
    return f"{wall_s:.1f} s, {cpu_s:.1f} CPU s; {rounds.submits[who, what]} jobs"


def _memory(rounds: Rounds) -> str:
    peaks = [one.peak_mib for one in rounds.took.get((OURS_STANDING, FIRST), [])]
    return f"{max(peaks):.0f} MiB" if peaks else NOT_HERE


def _lines(others: Others, name: str) -> list[str]:
    return others.get(name, ("", []))[1]


def _line(others: Others, name: str, begin: str) -> str:
    found = next((line for line in _lines(others, name) if line.startswith(begin)), None)
    return re.sub(r"^[^:]*: ", "", found) if found is not None else NOT_HERE


def _each(grown: Sequence[Grown], what: str) -> str:
    """The CPU time of one more step, between the two largest sizes."""
    sizes = [one for one in grown if one.what == what]
    if len(sizes) < 2:
        return NOT_HERE
    small, large = sizes[-2:]
    more = large.steps - small.steps
    ours = (large.cpu_s - small.cpu_s) / more * 1000
    theirs = (large.server_cpu_s - small.server_cpu_s) / more * 1000
    return f"{ours:.0f} + {theirs:.0f} ms"
