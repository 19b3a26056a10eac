"""Medians of a few runs."""

from collections.abc import Callable
from statistics import median
from time import perf_counter


def median_s(work: Callable[[], object], runs: int = 5) -> float:
    """Time some work, in seconds; the first run warms up and does not count."""
    work()
    times = []
    for _ in range(runs):
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    return median(times)


def beside(name: str, seconds: float, other: str, other_seconds: float) -> str:
    """Write a figure beside another one."""
    return (
        f"{name}: {seconds * 1000:.1f} ms; {other}: {other_seconds * 1000:.1f} ms; "
        f"ratio {other_seconds / seconds:.2f}"
    )
