"""The progress bar of a job at fal, as an artifact of Prefect."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from prefect import get_run_logger
from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact
from prefect.context import FlowRunContext, TaskRunContext

from shotgraph.money.job_progress import ProgressAtFal, Watch, unwatched
from shotgraph.report.run_watch import run_watch

_LONGEST = 120


def artifact_key(*words: str) -> str:
    """Make a key from names, such as ``progress-harbour-at-dusk-looks-2``."""
    text = "-".join(words).lower()
    plain = re.sub(r"[^a-z0-9]+", "-", text).strip("-")
    return plain[:_LONGEST].rstrip("-") or "film"


PAUSE_S = 3.0
"""Seconds between two changes of a bar, and between a job's first status and its bar. A job that
fal finishes sooner gets no bar, even if its clip waits long for its inspection."""
EACH_S = 0.25
"""The same for all bars of this process together: with 300 jobs in flight each bar changes every
75 s, and the server has four changes a second to write, for any number of jobs."""
LAST_WORD_S = 5.0

_bars: set[object] = set()


@asynccontextmanager
async def bar_of(step: str) -> AsyncIterator[Watch]:
    """Show the progress of a step's job while fal has it; do nothing outside of a task.

    The bar appears with the job's first status: an existing clip gets none. If the server does not
    accept the bar, nothing is delayed.
    """
    if TaskRunContext.get() is None:
        yield unwatched
        return
    watch, bar = run_watch(), _Bar(step)

    def hear(progress: ProgressAtFal) -> None:
        watch.at_fal(step, progress)
        bar.hear(progress)

    _bars.add(bar)
    moving = asyncio.create_task(bar.move())
    try:
        yield hear
    except Exception:
        # The job may be drawn anyway, for example if only its file could not be fetched yet.
        await bar.last_word(moving)
        raise
    else:
        await bar.last_word(moving)
    finally:
        _bars.discard(bar)
        moving.cancel()


class _Bar:
    def __init__(self, step: str) -> None:
        flow = FlowRunContext.get()
        film = flow.flow_run.name if flow is not None and flow.flow_run is not None else ""
        self._key = artifact_key("progress", film, step)
        self._of: dict[str, ProgressAtFal] = {}
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        self._id: UUID | None = None

    def hear(self, progress: ProgressAtFal) -> None:
        self._of[progress.step] = progress
        self._changed.set()

    async def last_word(self, moving: asyncio.Task[None]) -> None:
        self._ended.set()
        self._changed.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(moving), LAST_WORD_S)

    async def move(self) -> None:
        await self._changed.wait()
        await self._pause()
        if self._ended.is_set():
            return
        while True:
            await self._changed.wait()
            self._changed.clear()
            if not self._of:
                return
            if self._id is None and all(job.state == "done" for job in self._of.values()):
                if self._ended.is_set():
                    return
                continue
            try:
                await self._post()
            except Exception as error:  # a missing bar must not stop the job
                get_run_logger().debug("No progress is shown: %s", type(error).__name__)
                return
            # A state that was heard while the server took the last one is still to be shown.
            if self._ended.is_set() and not self._changed.is_set():
                return
            await self._pause()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), max(PAUSE_S, EACH_S * len(_bars)))

    async def _post(self) -> None:
        jobs = list(self._of.values())
        percent = sum(job.percent or 0.0 for job in jobs) / len(jobs)
        said = "\n\n".join(_words(job) for job in jobs)
        if self._id is None:
            self._id = await acreate_progress_artifact(percent, self._key, said)
        else:
            await aupdate_progress_artifact(self._id, percent, said)


def _words(job: ProgressAtFal) -> str:
    if job.unread:
        return f"{job.step}: accepted by fal{_fenced(job.unread)}"
    if job.state == "accepted":
        return f"{job.step}: accepted by fal"
    if job.state == "queued":
        ahead = "" if job.queue_position is None else f", {job.queue_position} ahead"
        return f"{job.step}: in fal's queue{ahead}"
    if job.state == "done":
        return f"{job.step}: drawn"
    how_far = f", {job.percent:.0f} %" if job.percent is not None else ""
    return f"{job.step}: being drawn{how_far}{_fenced(job.line)}"


def _fenced(said: str) -> str:
    # fal's text is foreign: it must not become a picture or a link in the UI.
    return f"\n\n```text\n{said.replace('`', ' ')}\n```" if said else ""
