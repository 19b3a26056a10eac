"""Progress of ffmpeg for the person who waits: one line now and then, none for short work.

One step may run ffmpeg many times. A listener hears all of them, and each line is about the run
that goes on at that moment.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction

from shotgraph.clock import Clock

EVERY_S = 10.0
"""Between two lines, and before the first."""


@dataclass(frozen=True)
class Work:
    """One run of ffmpeg.

    Attributes:
        name: In words: coding clip 2 of 4.
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
    """Report the work in the block, and in the tasks that it starts, as lines.

    Args:
        say: Takes a line: coding clip 2 of 4, 37 %.
        clock: Tells when the next one is due.
    """
    token = _listener.set(_Listener(say, clock))
    try:
        yield
    finally:
        _listener.reset(token)


def report(work: Work, position: Fraction) -> None:
    """Report the progress of some work to the listener, if there is one.

    Args:
        work: Which.
        position: Seconds of film done; with ``-copyts`` ffmpeg counts from its own first report, so
            that half a second of its work may be missing.
    """
    listener = _listener.get()
    if listener is not None:
        listener.hear(work, position)
