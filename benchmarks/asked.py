"""What was asked of each piece of work, what this run of the benchmarks found, and why not more."""

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
    """One row."""

    work: str
    asked: str
    found: str
    holds_back: str


def asked_table(rounds: Rounds, grown: Sequence[Grown], others: Others) -> list[str]:
    """All rows."""
    rows = [*_films(rounds), *_starts(others), *_growth(grown, others), *_media(others)]
    return [
        "| work | asked | found | what holds it back |",
        "| --- | --- | --- | --- |",
        *(f"| {row.work} | {row.asked} | {row.found} | {row.holds_back} |" for row in rows),
    ]


def _films(rounds: Rounds) -> list[Asked]:
    jobs = 2 * SHOTS
    return [
        Asked(
            f"{jobs} jobs of 0.5 s, Prefect's server running",
            "2.0 × the plain Prefect flow, at last 1.3 ×; 6 CPU s",
            _times(rounds, FIRST, OURS_STANDING, PREFECT_STANDING),
            "each clip is downloaded, counted frame by frame, looked at for faults and synced to "
            "the disk, each event of a job is a synced record, and previews are drawn; the plain "
            "flow passes URLs on. 2 CPU s are imports",
        ),
        Asked(
            f"{jobs} jobs of 0.5 s, a server of its own",
            "1.3 × the plain Prefect flow",
            _times(rounds, FIRST, OURS, PREFECT),
            "the same; the start of the server, which both wait for, hides the imports",
        ),
        Asked(
            f"{jobs} jobs, all there, no server",
            "0.7 s on three steps; 0 jobs",
            _took(rounds, AGAIN, OURS),
            "nothing of Prefect is loaded; for three steps see the demo below. The film, its "
            "story and its page are written anew",
        ),
        Asked(
            f"{jobs} jobs, all there, Prefect's server running",
            "2 s",
            _took(rounds, AGAIN, OURS_STANDING),
            "importing Prefect: two thirds of a cached run of 10 steps. Its client alone "
            "is most of that, so recording the run without the engine saves little; see "
            "[0030](decisions/0030-what-is-there-is-not-run.md)",
        ),
        Asked(
            f"memory at {jobs} steps with previews",
            "250 MiB",
            _memory(rounds),
            "Prefect and what it imports are about 130",
        ),
    ]


def _starts(others: Others) -> list[Asked]:
    return [
        Asked("`--help`", "0.15 CPU s", _line(others, "starting", "--help"), "Typer is half of it"),
        Asked(
            "`validate` of 1,000 steps",
            "0.8 CPU s",
            _line(others, "starting", "validate"),
            "four fifths are there with 10 steps too: imports, pydantic most of all, and the child "
            "that reads the clip; the rest is YAML, each step's arguments checked, the graph",
        ),
        Asked(
            "`plan` of 1,000 steps",
            "0.8 CPU s",
            _line(others, "starting", "plan"),
            "two thirds are there with 10 steps too; the rest as `validate`, and a content key "
            "and a price for each step",
        ),
        Asked(
            "`make setup` from a clean clone",
            "40 s",
            _line(others, "setting_up", "make setup"),
            "Prefect's database, made by Prefect's own command, is most of it where uv has its "
            "packages",
        ),
        Asked(
            "`make demo`, first",
            "20 s",
            _line(others, "setting_up", "make demo, first"),
            "Prefect's server takes some seconds to start; ffmpeg draws, codes and checks the film",
        ),
        Asked(
            "`make demo`, again",
            "1.5 s",
            _line(others, "setting_up", "make demo, again"),
            "imports; Prefect is not among them",
        ),
        Asked(
            "the quick suite, at rest",
            "120 s",
            "116 s, 218 CPU s on 1 December 2026 on Python 3.11, at rest; CI prints its own",
            "its CPU time: real ffmpeg, real HTTP, and some hundred starts of Python; heavier "
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
            "500 jobs of 3 s, 100 at once",
            "makespan 1.15 × the ideal; first job after 3 s",
            "; ".join(_lines(others, "waiting")[:2]) or NOT_HERE,
            "where no job waits for another, the start of task runs in one process; in pairs the "
            "processors: a clip is decoded before anything is bought of it, 0.07 CPU s for a "
            "second of 1280 x 720. Jobs of minutes, as fal's are, hide that",
        ),
        Asked(
            "a further step, ours and the server's part",
            "half of 86 + 65 ms; cached of 30 + 37 ms",
            f"{_each(grown, RUN)}, of quiet clips {_each(grown, RUN_QUIET)}; cached "
            f"{_each(grown, RUN_AGAIN)}",
            "the one decode of a clip is most of it: ffmpeg alone takes four fifths of that. Then "
            "what a task run is to Prefect, requests to fal and synced records. A cached step has "
            "no task run",
        ),
        Asked(
            "40 cached steps: calls to Prefect; store operations; files hashed",
            "15; 200; once",
            here,
            "a result and its look for faults are read for each step, and the film is hashed as "
            "it is put in place",
        ),
        Asked(
            "1,000 jobs in one process that waits for them",
            "400 MiB",
            "; ".join(_lines(others, "following")) or NOT_HERE,
            "each job is asked about every 10 s, and 256 of them also have a stream",
        ),
    ]


def _media(others: Others) -> list[Asked]:
    return [
        Asked(
            "12 alike 1080p clips: coding all ÷ ours; first time",
            "15; 12",
            f"{_line(others, 'joins', 'alike, beside')}; {_line(others, 'joins', 'alike, when')}",
            "the first time every clip is decoded once, to know that it can be; in a run that "
            "happens as each clip arrives. Decoding alone is 8 times as fast as coding: 2.0 "
            "beside 16.1 CPU s for a clip, on a busy machine",
        ),
        Asked(
            "2 of 12 differ: coding all ÷ ours",
            "4",
            f"{_line(others, 'joins', '2 of 12 differ, beside')}; as a film that is looked at: "
            f"{_line(others, 'joins', '2 of 12 differ, as')}",
            "coding those two, both at the same settings: 34 of 56 CPU s on a busy machine. "
            "Then they are decoded beside their clips, frame by frame",
        ),
        Asked(
            "silent ÷ a blind copy",
            "1.5",
            _line(others, "joins", "silent"),
            "77 pictures are decoded at the joins, 1.4 of 2.5 CPU s on a busy machine, and 13 "
            "to read the files; all packets are hashed, in clips and film; the blind copy "
            "checks nothing",
        ),
        Asked(
            "a job of 180 s: requests",
            "40; seen within 2 s",
            _line(others, "asking", "a job of 3 min"),
            "pauses grow to 10 s: a job is seen 10 s after its end at worst",
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
    """What one more step costs, between the two largest sizes."""
    sizes = [one for one in grown if one.what == what]
    if len(sizes) < 2:
        return NOT_HERE
    small, large = sizes[-2:]
    more = large.steps - small.steps
    ours = (large.cpu_s - small.cpu_s) / more * 1000
    theirs = (large.server_cpu_s - small.server_cpu_s) / more * 1000
    return f"{ours:.0f} + {theirs:.0f} ms"
