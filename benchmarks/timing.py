"""The median time of a few runs, and the time and memory of whole processes."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter


def median_s(work: Callable[[], object], runs: int = 5) -> float:
    """Return the median seconds of a function; the first call warms up and does not count."""
    work()
    times = []
    for _ in range(runs):
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    return median(times)


def beside(name: str, seconds: float, other: str, other_seconds: float) -> str:
    """Return a line that compares two times."""
    return (
        f"{name}: {seconds * 1000:.1f} ms; {other}: {other_seconds * 1000:.1f} ms; "
        f"ratio {other_seconds / seconds:.2f}"
    )


LEFT_S = "BENCHMARK_LEFT_S"
"""The environment variable that tells a benchmark in its own process how long it may take."""
_TO_END_S = 10.0


class Deadline:
    """The end of all benchmarks; no work begins after it.

    The end is earlier than requested if `LEFT_S` leaves less time.
    """

    def __init__(self, seconds: float) -> None:
        left_s = float(os.environ.get(LEFT_S, "inf"))
        self._ends = time.monotonic() + min(seconds, left_s - _TO_END_S)

    @property
    def left_s(self) -> float:
        """The seconds until the deadline."""
        return self._ends - time.monotonic()


class OutOfTime(Exception):
    """The deadline has passed."""


@dataclass(frozen=True)
class Took:
    """The time and memory of a process, with the child processes that it waited for.

    Attributes:
        wall_s: Seconds on the clock.
        cpu_s: Seconds of processor time, user and system.
        peak_mib: The peak memory of the largest process, in MiB.
    """

    wall_s: float
    cpu_s: float
    peak_mib: float


def took(
    command: Sequence[str | Path], environment: Mapping[str, str], log: Path, deadline: Deadline
) -> Took:
    """Run a process to its end.

    Raises:
        OutOfTime: The process did not end before the deadline, and was killed.
        RuntimeError: The process failed; the message has the end of its output.
    """
    began = perf_counter()
    with log.open("wb") as said:
        process = subprocess.Popen(
            [str(word) for word in command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        if deadline.left_s < 0:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise OutOfTime
        time.sleep(0.005)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command}: {log.read_text(errors='replace')[-1500:]}")
    cpu_s = usage.ru_utime + usage.ru_stime
    return Took(perf_counter() - began, cpu_s, usage.ru_maxrss / 1024)
