"""Which jobs have a bar in Prefect."""

import asyncio
from uuid import uuid4

import pytest

from shotgraph.money.job_progress import ProgressAtFal
from shotgraph.tasks import progress_bar
from shotgraph.tasks.progress_bar import _Bar

DRAWING, DONE = ProgressAtFal("dusk", "drawing"), ProgressAtFal("dusk", "done", percent=100.0)


class Noted(_Bar):
    """A bar that notes what a server would get."""

    def __init__(self) -> None:
        super().__init__("dusk")
        self.posted: list[str] = []
        self.is_posted = asyncio.Event()

    async def _post(self) -> None:
        self.posted += [job.state for job in self._of.values()]
        self.is_posted.set()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_bar, "PAUSE_S", 0.0)
    monkeypatch.setattr(progress_bar, "EACH_S", 0.0)


async def test_a_job_that_is_done_before_its_bar_appears_has_none() -> None:
    bar = Noted()
    moving = asyncio.create_task(bar.move())
    bar.hear(DRAWING)
    bar.hear(DONE)
    # Its clip is decoded meanwhile.
    for _ in range(20):
        await asyncio.sleep(0)
    await bar.last_word(moving)

    assert moving.done()
    assert bar.posted == []


async def test_another_job_of_the_step_has_one() -> None:
    """Such as a retake, or the next piece of a shot."""
    bar = Noted()
    moving = asyncio.create_task(bar.move())
    bar.hear(DONE)
    await asyncio.sleep(0)
    bar.hear(ProgressAtFal("dusk, piece 2", "drawing"))
    await bar.is_posted.wait()
    await bar.last_word(moving)

    assert bar.posted[:2] == ["done", "drawing"]


class Slow(Noted):
    """A bar of which the server has a first state, and takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = asyncio.Event()

    async def _post(self) -> None:
        await super()._post()
        await self.may_end.wait()
        self._id = uuid4()


async def test_a_job_that_ends_while_the_server_takes_its_bar_is_drawn() -> None:
    bar = Slow()
    moving = asyncio.create_task(bar.move())
    bar.hear(DRAWING)
    await bar.is_posted.wait()
    bar.hear(DONE)
    ending = asyncio.create_task(bar.last_word(moving))
    await asyncio.sleep(0)
    bar.may_end.set()
    await ending

    assert moving.done()
    assert bar.posted[0] == "drawing"
    assert bar.posted[-1] == "done"
