"""Progress of ffmpeg for the person who waits: a line every ten seconds, none for short work.

One step may run ffmpeg many times. A listener gets the progress of all runs, and each line is about
the current run.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction

from shotgraph.clock import Clock

EVERY_S = 10.0
"""Seconds between two lines, and before the first line."""


@dataclass(frozen=True)
class Work:
    """One run of ffmpeg.

    Attributes:
        name: The work in words: coding clip 2 of 4.
        lasting: Seconds of film that it writes or reads.
    """

    name: str
    lasting: Fraction


class _Listener:
    def __init__(self, say: Callable[[str], None], clock: Clock) -> None:
        self._say = say
        self._clock = clock
        self._last_s = clock.monotonic()

    def hear(self, work: Work, position: Fraction) -> None:
        now_s = self._clock.monotonic()
        if now_s - self._last_s < EVERY_S:
            return
        self._last_s = now_s
        percent = min(100, int(100 * position / work.lasting)) if work.lasting else 0
        self._say(f"{work.name}, {percent} %")


_listener: ContextVar[_Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(say: Callable[[str], None], clock: Clock) -> Iterator[None]:
    """Report the work in the block, and in tasks that the block starts, as lines.

    Args:
        say: Called with a line: coding clip 2 of 4, 37 %.
        clock: The clock for the time between lines.
    """
    token = _listener.set(_Listener(say, clock))
    try:
        yield
    finally:
        _listener.reset(token)


def report(work: Work, position: Fraction) -> None:
    """Report the progress of some work to the listener, if there is one.

    Args:
        work: The work.
        position: Seconds of film done. With ``-copyts`` ffmpeg counts from its first report, so
            half a second of its work may be missing.
    """
    listener = _listener.get()
    if listener is not None:
        listener.hear(work, position)
