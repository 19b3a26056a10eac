"""A run that goes from failpoint to failpoint, and at each of them waits for the machine's word.

A thread with a loop of its own stands for a process. It shares nothing with the others but the
store and fal; and it can be left standing at any place, made to go on, or made to die there.
"""

import asyncio
import os
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, TypeAlias
from unittest.mock import patch

from shotgraph import failpoints
from shotgraph.errors import ShotgraphError
from shotgraph.failpoints import Failpoint, Injected
from shotgraph.money.buy import Bought

Word: TypeAlias = Literal["go on", "die"]

PATIENCE_S = 300
_mine: ContextVar["Process | None"] = ContextVar("process", default=None)


class Process:
    """One process.

    Attributes:
        at: Where it stands; None before it begins and when it has ended.
        wakes_at: Where it sleeps, the moment at which it wants to be woken.
        bought: What it ended with.
        error: The error that it ended with.
        has_died: Whether it was made to die.
    """

    def __init__(self, work: Callable[["Process"], Awaitable[Bought]]) -> None:
        self.at: Failpoint | None = None
        self.wakes_at: float | None = None
        self.bought: Bought | None = None
        self.error: ShotgraphError | None = None
        self.has_died = False
        self.broke: BaseException | None = None
        self._work = work
        self._word: Word = "go on"
        self._told, self._halted = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._until_it_halts()

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it runs any more."""
        return not self._thread.is_alive()

    def tell(self, word: Word) -> None:
        """Let it go on to its next place, or die where it is."""
        self._word = word
        self._told.release()
        self._until_it_halts()

    def sleep(self, until: float) -> None:
        """Sleep; in its own thread."""
        self.wakes_at = until
        word = self._halt()
        self.wakes_at = None
        if word == "die":
            raise Injected("asleep")

    def stand_at(self, place: Failpoint) -> None:
        """Stand at a place until told what to do; in its own thread."""
        self.at = place
        word = self._halt()
        self.at = None
        if word == "die":
            raise Injected(place)

    def _halt(self) -> Word:
        self._halted.release()
        assert self._told.acquire(timeout=PATIENCE_S), "the machine has forgotten this process"
        return self._word

    def _until_it_halts(self) -> None:
        if not self._halted.acquire(timeout=PATIENCE_S):
            frame = sys._current_frames().get(self._thread.ident or 0)
            raise AssertionError(f"it hangs: {traceback.format_stack(frame) if frame else ''}")
        if self.broke is not None:
            raise self.broke
        if self.bought is not None or self.error is not None or self.has_died:
            self._thread.join()

    def _run(self) -> None:
        _mine.set(self)
        try:
            self.bought = asyncio.run(self._awaited())
        except Injected:
            self.has_died = True
        except ShotgraphError as error:
            self.error = error
        except BaseException as error:
            self.broke = error
        finally:
            self._halted.release()

    async def _awaited(self) -> Bought:
        return await self._work(self)


def _armed(place: Failpoint, action: str) -> bool:
    process = _mine.get()
    # Each place asks about every way to die; the first of these questions is enough.
    if process is not None and action == "kill":
        process.stand_at(place)
    return False


@contextmanager
def failpoints_that_wait() -> Iterator[None]:
    """Have every failpoint ask the process that reaches it."""
    on = patch.dict(os.environ, {"SHOTGRAPH_FAILPOINT": "each:waits"})
    with on, patch.object(failpoints, "armed", _armed):
        yield
