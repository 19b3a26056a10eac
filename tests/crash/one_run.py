"""What a run does: buys its shots one after the other, and makes a film of each if it is told."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from pydantic import SecretStr

from shotgraph.clock import SystemClock
from shotgraph.endpoints import KINDS
from shotgraph.errors import Retryable, ShotgraphError
from shotgraph.failpoints import Injected
from shotgraph.inputs.hosts import backend_of
from shotgraph.making.make import Maker
from shotgraph.making.retaking import draw_checked
from shotgraph.making.shots import draw
from shotgraph.making.step_jobs import LocalJob
from shotgraph.money.budget import Budget
from shotgraph.money.buy import Bought
from shotgraph.money.connection import FalConnection
from shotgraph.money.job import Job
from shotgraph.money.results import Result
from shotgraph.money.session import Session
from shotgraph.report.film_folder import export_film
from shotgraph.spec import Checking, FrameArguments
from shotgraph.store import open_store

from .guards import take_out
from .order import Made, Order, Report, Shot

BUDGET = Budget(name="crash", limit_usd=Decimal(1000))


class ImpatientClock(SystemClock):
    """This machine's time, by someone who asks ten times as often."""

    async def sleep(self, seconds: float) -> None:
        """Wait for a tenth of it."""
        await asyncio.sleep(seconds / 10)


def carry_out(order: Order) -> int:
    """Carry out an order in this process; the exit code is 0 unless the run ended in an error."""
    if order.failpoint:
        os.environ["SHOTGRAPH_FAILPOINT"] = order.failpoint
    with _wearing(order.wears):
        if order.without:
            take_out(order.without)
        report = asyncio.run(_Run(order).go())
    part = order.report.with_suffix(".part")
    part.write_text(report.model_dump_json())
    part.replace(order.report)
    return 1 if report.error else 0


@contextmanager
def _wearing(number: int | None) -> Iterator[None]:
    """Be known by another process number, which then is alive."""
    if number is None:
        yield
        return
    kill = os.kill

    def kill_other(pid: int, signal: int) -> None:
        if (pid, signal) != (number, 0):
            kill(pid, signal)

    with patch.object(os, "getpid", lambda: number), patch.object(os, "kill", kill_other):
        yield


class _Run:
    def __init__(self, order: Order) -> None:
        self._order = order
        self._said: list[str] = []
        self._died_at: list[str] = []
        self._made: list[Made] = []
        self._films: list[str] = []

    async def go(self) -> Report:
        order = self._order
        if order.start_at:
            await asyncio.sleep(order.start_at - time.monotonic())
        session = Session(
            fal=FalConnection(order.bases, SecretStr(order.key), backend_of(order.bases)),
            store=open_store(order.store),
            clock=ImpatientClock(),
            say=self._said.append,
            windows=order.windows,
            on_ambiguous=order.on_ambiguous,
            budgets=[BUDGET] if order.has_budget else [],
        )
        error: BaseException | None = None
        for _ in range(order.tries):
            try:
                error = None
                await self._all(session)
                break
            except Injected as injected:
                self._died_at.append(str(injected))
                if not order.resumes:
                    break
            except Retryable as retryable:
                error = retryable
                await session.clock.sleep(1.0)
            except ShotgraphError as final:
                error = final
                break
        return Report(
            made=tuple(self._made),
            films=tuple(self._films),
            died_at=tuple(self._died_at),
            error=type(error).__name__ if error else "",
            message=str(error) if error else "",
            said=tuple(self._said),
        )

    async def _all(self, session: Session) -> None:
        self._made.clear()
        self._films.clear()
        for shot in self._order.shots:
            job = job_of(shot, session.fal.backend)
            bought = await self._drawn(session, job)
            self._made.append(_made(shot, bought.result, bought.how))
            if self._order.out is not None:
                await self._film(session, shot, bought.result)

    async def _drawn(self, session: Session, job: Job) -> Bought:
        # To look at a clip starts a process: only those runs do that which die of it.
        if not self._order.failpoint.startswith("flaws_"):
            return await draw(session, job)
        looked = await draw_checked(session, job, Checking(), lambda one: draw(session, one))
        return looked.bought

    async def _film(self, session: Session, shot: Shot, clip: Result) -> None:
        assert self._order.out is not None
        arguments = FrameArguments(video=clip.asset, at="first")
        maker = Maker(session.store, session.clock)
        frame, _ = await maker.get(LocalJob("frame", "frame", arguments))
        name = f"film-{self._order.shots.index(shot)}"
        film = await export_film(frame, session.store, name=name, folder=self._order.out)
        self._films.append(film.medium.sha256)


def job_of(shot: Shot, backend: str) -> Job:
    """The job of a shot."""
    kind, given = _kind(shot)
    endpoint = KINDS[kind]["standard"]
    arguments = endpoint.arguments.model_validate({"prompt": shot.prompt, **given})
    return Job(shot.prompt, endpoint, arguments, shot.take, backend)


def _kind(shot: Shot) -> tuple[str, dict[str, Any]]:
    if shot.video is not None:
        return "edit", {"video": shot.video}
    if shot.image is not None:
        return "image_to_video", {"start_image": shot.image, "duration": "3"}
    return "reference_to_video", {"aspect_ratio": "1:1", "duration": "3"}


def _made(shot: Shot, result: Result, how: str) -> Made:
    return Made(
        prompt=shot.prompt,
        key=result.key,
        how=how,
        sha256=result.asset.sha256,
        request_id=result.request_id,
        cost_usd=result.cost_usd,
    )
