"""Progress of a job at fal, and the lines about it that are worth logging."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from fal_client import Completed, InProgress, Queued, Status

from shotgraph.clock import Clock
from shotgraph.foreign_text import one_line

MOST_LINES = 100
"""The most lines of fal's own log that are logged for one job: some models log without end."""
LINE_CHARS = 200
SAME_AGAIN_S = 60.0
"""After so many seconds, a line that differs from an earlier one only in numbers is logged."""
PERCENT_APART = 25.0
_NEAR = 10
"""From this place in the queue on, each step forward is logged; before it, steps of a tenth."""
_PERCENT = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s?%")
_OF = re.compile(r"(?<![\d.])(\d{1,6})\s?/\s?(\d{1,6})(?![\d.])")


@dataclass(frozen=True)
class ProgressAtFal:
    """How far a job is.

    Attributes:
        step: The step, and the number of the piece.
        state: The job's state; accepted: fal has accepted the job, and has sent no status yet.
        queue_position: The number of jobs before it in the queue; None if the job is not in the
            queue, or fal does not say.
        percent: The finished part of the drawing, 0 to 100; None if fal does not say.
        line: The last line of fal's log; empty if there is none.
        unread: If the status can't be read: since when, why, and how long the job is followed;
            else empty.
    """

    step: str
    state: Literal["accepted", "queued", "drawing", "done"]
    queue_position: int | None = None
    percent: float | None = None
    line: str = ""
    unread: str = ""


Watch: TypeAlias = Callable[[ProgressAtFal], None]


def unwatched(progress: ProgressAtFal) -> None:
    """Ignore all progress."""


class JobProgress:
    """Reads one job's statuses.

    Args:
        what: The step.
        say: Takes a line for the log.
        watch: Called at every change, logged or not.
        clock: The clock.
        followed_s: How long the job is followed, in seconds.
    """

    def __init__(
        self,
        what: str,
        say: Callable[[str], None],
        watch: Watch,
        clock: Clock,
        followed_s: float = 0.0,
    ) -> None:
        self._what = what
        self._say = say
        self._watch = watch
        self._clock = clock
        self._said: set[str] = set()
        self._read: set[str] = set()
        self._said_at: dict[str, float] = {}
        self._said_percent: dict[str, float] = {}
        self._lines = 0
        self._position: int | None = None
        self._seen: ProgressAtFal | None = None
        self._until = clock.now() + timedelta(seconds=followed_s)
        self._unread_since: datetime | None = None

    def accepted(self) -> None:
        """Show that fal has accepted the job."""
        self._show(ProgressAtFal(self._what, "accepted"))

    def read(self, status: Status | None, why: str = "") -> None:
        """Log the changes in a status; None if no status could be read, for the reason in `why`."""
        if status is None:
            if why:
                self._show_unread(why)
            self._once("fal did not answer the question about the status; asking again")
            return
        self._unread_since = None
        if isinstance(status, Queued):
            self._queued(status.position)
        elif isinstance(status, InProgress | Completed):
            self._drawn(status)

    def _show_unread(self, why: str) -> None:
        since = self._unread_since = self._unread_since or self._clock.now()
        said = (
            f"its status can't be read since {since:%H:%M:%S} UTC ({why}); shotgraph asks for it "
            f"until {self._until:%H:%M} UTC"
        )
        seen = self._seen or ProgressAtFal(self._what, "accepted")
        self._show(replace(seen, unread=said))

    def no_result(self, why: str) -> None:
        """Log that the job is done at fal, and its result could not be read yet."""
        self._once(
            f"fal says that the job is done, but its result can't be read yet ({why}); asking again"
        )

    def _queued(self, position: int | None) -> None:
        if position is None:
            self._once("in fal's queue")
            self._show(ProgressAtFal(self._what, "queued"))
            return
        before = self._position
        if before is None or (
            position != before and (position <= _NEAR or abs(position - before) * 10 >= before)
        ):
            self._position = position
            self._say(f"{self._what}: in fal's queue, {position} ahead")
        self._show(ProgressAtFal(self._what, "queued", queue_position=position))

    def _drawn(self, status: InProgress | Completed) -> None:
        if isinstance(status, InProgress):
            self._once("being drawn")
        seen = self._seen
        line, percent = (seen.line, seen.percent) if seen is not None else ("", None)
        fresh: dict[object, str] = {}
        for log in status.logs or []:
            found = one_line(str(log.get("message") or ""), LINE_CHARS)
            # fal sends the whole log each time, so a repeated line is not new.
            if not found or found in self._read:
                continue
            self._read.add(found)
            line, here = found, _percent_in(found)
            percent = here if here is not None else percent
            # Of several percentages, log only the last.
            fresh[_shape(found) if here is not None else found] = found
        for found in fresh.values():
            self._fal_says(found)
        done = isinstance(status, Completed)
        state: Literal["drawing", "done"] = "done" if done else "drawing"
        self._show(ProgressAtFal(self._what, state, percent=100.0 if done else percent, line=line))

    def _fal_says(self, line: str) -> None:
        shape, now, percent = _shape(line), self._clock.monotonic(), _percent_in(line)
        if percent is not None:
            said = self._said_percent.get(shape)
            worth = said is None or percent >= said + PERCENT_APART or percent >= 100.0 > said
        else:
            worth = now - self._said_at.get(shape, -SAME_AGAIN_S) >= SAME_AGAIN_S
        if not worth or self._lines >= MOST_LINES:
            return
        self._lines += 1
        self._said_at[shape] = now
        if percent is not None:
            self._said_percent[shape] = percent
        self._say(f"{self._what}: fal says: {line}")
        if self._lines == MOST_LINES:
            self._say(f"{self._what}: fal's log has more lines; they are not shown here")

    def _once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._say(f"{self._what}: {line}")

    def _show(self, progress: ProgressAtFal) -> None:
        if progress != self._seen:
            self._seen = progress
            self._watch(progress)


def _percent_in(line: str) -> float | None:
    found = _PERCENT.search(line)
    if found is not None:
        percent = float(found[1])
        return percent if percent <= 100 else None
    of = _OF.search(line)
    if of is not None and 0 < int(of[2]) >= int(of[1]):
        return round(100 * int(of[1]) / int(of[2]), 1)
    return None


def _shape(line: str) -> str:
    """The letters of a line, without its numbers and bars."""
    return "".join(char for char in line if char.isalpha()) or "numbers"
