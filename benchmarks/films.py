"""A film of 20 shots, each continued and repainted: shotgraph, and the usual alternatives."""

import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.environments import python_with
from benchmarks.standing import StandIn, prefect_server, stand_in
from benchmarks.timing import Deadline, OutOfTime, Took, took

HERE = Path(__file__).parent
CLIP = HERE.parent / "examples" / "clips" / "harbour.mp4"
SHOTS = 20
JOB_S = 0.5
FIRST, AGAIN = "first", "again"
WORDS = {FIRST: "Nothing is there", AGAIN: "Everything is there"}
OURS, OURS_STANDING = "shotgraph", "shotgraph, Prefect server running"
PREFECT, PREFECT_STANDING = "plain Prefect flow", "plain Prefect flow, server running"
_LETS_THROUGH = ("PATH", "HOME", "LANG", "TMPDIR")


def pipeline(shots: int) -> str:
    """Return the film as a pipeline file."""
    lines = ["name: bench", "params: {shot: {type: video}}", "steps:"]
    for n in range(shots):
        lines += [
            f"  r{n}:",
            f"    reference: {{video: $shot, prompt: 'Next of @Video1, shot {n}'}}",
            f"  e{n}:",
            f"    edit: {{video: $r{n}, prompt: 'Repaint {n}'}}",
        ]
    return "\n".join([*lines, f"output: $e{shots - 1}", ""])


def apart(shots: int) -> str:
    """Return a pipeline file in which no shot waits for another."""
    lines = ["name: bench", "params: {shot: {type: video}}", "steps:"]
    for n in range(shots):
        lines += [f"  r{n}: {{reference: {{video: $shot, prompt: 'Next of @Video1, shot {n}'}}}}"]
    return "\n".join([*lines, f"output: $r{shots - 1}", ""])


def edited(shots: int) -> str:
    """Return a film that repaints each shot twice, so that all clips resemble the given clip."""
    lines = ["name: bench", "params: {shot: {type: video}}", "steps:"]
    for n in range(shots):
        lines += [
            f"  r{n}: {{edit: {{video: $shot, prompt: 'Repaint {n}'}}}}",
            f"  e{n}: {{edit: {{video: $r{n}, prompt: 'Repaint {n} again'}}}}",
        ]
    return "\n".join([*lines, f"output: $e{shots - 1}", ""])


def repeated(shots: int) -> str:
    """Return the film of `pipeline` as two `for_each` steps: a file has at most 20,000 values."""
    looks = ", ".join(f"shot {n}" for n in range(shots))
    return f"""name: bench
params: {{shot: {{type: video}}, looks: {{list: text, default: [{looks}]}}}}
steps:
  r:
    for_each: {{look: $looks}}
    reference: {{video: $shot, prompt: 'Next of @Video1, ${{look}}'}}
  e:
    for_each: {{clip: $r}}
    edit: {{video: $clip, prompt: Repaint}}
output: $e
"""


@dataclass(frozen=True)
class Rival:
    """A program that does the work: shotgraph or a peer.

    Attributes:
        command: Returns the command for a folder that only this run uses.
        environment: Returns the additional environment variables for that folder.
    """

    name: str
    command: Callable[[Path], list[str | Path]]
    environment: Callable[[Path], Mapping[str, str]] = lambda _: {}


@dataclass
class Rounds:
    """The times of all programs, round by round.

    Attributes:
        took: The times by program, and by first run or repeated run.
        submits: The number of jobs sent in the last round, by the same keys.
        left_out: The programs that could not take part, with the reason.
    """

    took: dict[tuple[str, str], list[Took]] = field(default_factory=lambda: defaultdict(list))
    submits: dict[tuple[str, str], int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def names(self) -> list[str]:
        """Return the programs that took part, in the order within a round."""
        return list(dict.fromkeys(name for name, _ in self.took))

    def ratio(self, what: str, ours: str, theirs: str) -> float | None:
        """Return their time divided by ours: the median of the rounds that have both."""
        pairs = zip(self.took[ours, what], self.took[theirs, what], strict=False)
        found = [their.wall_s / our.wall_s for our, their in pairs]
        return median(found) if found else None


def rivals(work: Path, api: str, *, short: bool) -> tuple[list[Rival], dict[str, str]]:
    """Return the programs that can take part, and the reasons why the others can't."""
    file = work / "film.yaml"
    file.write_text(pipeline(SHOTS))
    ours = Path(sys.executable)
    standing = {"PREFECT_HOME": str(work / "server"), "PREFECT_API_URL": api}

    # Prefect's default of 20 s is too short on a busy machine.
    patient = {"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180"}

    def shotgraph(folder: Path) -> list[str | Path]:
        command = ours.with_name("shotgraph")
        return [command, "run", file, "--set", f"shot={CLIP}", "--out", folder / "films"]

    def at_home(folder: Path) -> Mapping[str, str]:
        store = str(folder / "store")
        return {**patient, "PREFECT_HOME": str(work / "home"), "SHOTGRAPH_STORE": store}

    def script(name: str, python: Path) -> Callable[[Path], list[str | Path]]:
        return lambda folder: [
            python, HERE / "peers" / f"{name}.py", CLIP, str(SHOTS), folder / "cache",
        ]  # fmt: skip

    def results(folder: Path) -> Mapping[str, str]:
        return {"PREFECT_LOCAL_STORAGE_PATH": str(folder / "results")}

    found = [
        Rival("fal-client script", script("plain_script", ours)),
        Rival(
            PREFECT_STANDING,
            script("prefect_flow", ours),
            lambda folder: {**standing, **results(folder)},
        ),
        Rival(OURS_STANDING, shotgraph, lambda folder: {**at_home(folder), **standing}),
        Rival(
            PREFECT,
            script("prefect_flow", ours),
            lambda folder: {**patient, "PREFECT_HOME": str(work / "home"), **results(folder)},
        ),
        Rival(OURS, shotgraph, at_home),
    ]
    if short:
        # Only the programs in the compared ratios, the fastest first.
        return found[1:], {}
    missing = {}
    peers = [
        ("genblaze-core", "0.3.8", "genblaze_pipeline"),
        ("falaw", "0.0.79", "falaw_calls"),
        ("sf-hamilton", "1.90.0", "hamilton_flow"),
    ]
    for package, version, name in peers:
        python = python_with(package, version)
        if python is None:
            missing[package] = "could not be installed here"
        else:
            found.insert(1, Rival(f"{package} {version}", script(name, python)))
    return found, missing


def rounds(deadline: Deadline, most: int, *, short: bool = False) -> Rounds:
    """Let all programs do the work in turns, until the time or the rounds are used up."""
    found = Rounds()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        stand_in(JOB_S, 64) as fal,
        prefect_server(Path(folder) / "server") as prefect,
    ):
        work = Path(folder)
        everybody, found.left_out = rivals(work, prefect.url, short=short)
        try:
            for number in range(most):
                for place, rival in enumerate(everybody):
                    if rival.name in found.left_out:
                        continue
                    try:
                        _round(rival, work / f"{number}-{place}", fal, found, deadline)
                    except RuntimeError as error:
                        found.left_out[rival.name] = f"failed: {str(error)[-300:]}"
        except OutOfTime:
            pass
    return found


def _round(rival: Rival, folder: Path, fal: StandIn, found: Rounds, deadline: Deadline) -> None:
    folder.mkdir()
    inherited = {name: os.environ[name] for name in _LETS_THROUGH if name in os.environ}
    environment = {**inherited, **fal.environment(), **rival.environment(folder)}
    fal.forget()
    sent = 0
    for what in (FIRST, AGAIN):
        one = took(rival.command(folder), environment, folder / f"{what}.log", deadline)
        found.took[rival.name, what].append(one)
        found.submits[rival.name, what] = fal.submitted() - sent
        sent = fal.submitted()
