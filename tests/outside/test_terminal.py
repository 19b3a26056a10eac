"""A run at a terminal is stopped in every way in which people and machines stop one."""

import asyncio
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.cli.command import Desk
from tests.cli.terminal import CTRL_C, Terminal, at_terminal, is_there, send

from .figures import Count
from .other_fal import Answer, Asked, Job, OtherFal

KIND = 17
ENDED_S = 300.0
"""The promise is 5 s at rest, and what failed took over two minutes: its figure is printed, and a
busy machine is no finding."""

FILM = """\
name: {name}
steps:
  sea: {{fal: {{endpoint: other/{name}, arguments: {{prompt: {name}}}, price_usd: "0.50"}}}}
output: $sea
"""
FIRST = """\
name: first
steps: {cut: {trim: {video: shot.mp4, seconds: 1}}}
output: $cut
"""


def until(is_so: Callable[[], bool], shown: Terminal) -> None:
    """Wait for something to happen while a command runs."""
    give_up_at = time.monotonic() + ENDED_S
    while not is_so():
        assert shown.is_running(), shown.said
        assert time.monotonic() < give_up_at, shown.said
        time.sleep(0.02)


@dataclass(frozen=True)
class Way:
    """How a run is stopped, and what is to come of that.

    Attributes:
        stop: Stops it.
        again: Whether Ctrl-C is pressed once more, as soon as fal was asked to cancel.
        code: How the command ends.
        cancels: Whether fal is to be asked to cancel the job.
        says: Whether it says that it was stopped.
    """

    stop: Callable[[Terminal], None]
    again: bool = False
    code: int = 130
    cancels: bool = True
    says: bool = True


WAYS = {
    "once": Way(lambda shown: shown.press(CTRL_C)),
    "twice": Way(lambda shown: shown.press(CTRL_C), again=True),
    "closed": Way(Terminal.close, says=False),
    "term": Way(lambda shown: send(shown, signal.SIGTERM, to_group=False)),
    "term-group": Way(lambda shown: send(shown, signal.SIGTERM, to_group=True)),
    "killed": Way(
        lambda shown: send(shown, signal.SIGKILL, to_group=False),
        code=-signal.SIGKILL,
        cancels=False,
        says=False,
    ),
}


@dataclass(frozen=True)
class Stopped:
    """How a run ended that was stopped: what was wrong with that, and how long it took."""

    wrong: list[str]
    took_s: float


def _stopped(name: str, desk: Desk, fal: OtherFal) -> Stopped:
    """Stop a run while fal draws its job."""
    way = WAYS[name]
    (desk.folder / f"{name}.yaml").write_text(FILM.format(name=name))

    def is_drawing() -> bool:
        return any(job.endpoint_id == f"other/{name}" and job.asked for job in fal.jobs)

    def is_cancelled() -> bool:
        return any(job.endpoint_id == f"other/{name}" for job in fal.cancelled)

    with at_terminal(desk, "run", f"{name}.yaml", "--yes") as shown:
        until(is_drawing, shown)
        servers, before = shown.processes()[1:], len(shown.said)
        began = time.monotonic()
        way.stop(shown)
        if way.again:
            until(lambda: "The run is being stopped" in shown.said and is_cancelled(), shown)
            shown.press(CTRL_C)
        code = shown.ended(ENDED_S)
        took_s = time.monotonic() - began
        while (left := [pid for pid in servers if is_there(pid)]) and (
            time.monotonic() < began + ENDED_S
        ):
            time.sleep(0.05)
        said = shown.said[before:]
    cancelled = is_cancelled()
    wrong = [] if code == way.code else [f"exit code {code}"]
    wrong += ["a traceback"] if "Traceback" in said else []
    wrong += ["says nothing of it"] if way.says and "The run was " not in said else []
    wrong += [f"left {left}"] if left else []
    wrong += [] if cancelled == way.cancels else [f"asked fal to cancel: {cancelled}"]
    return Stopped([f"{name}: {one}; {said[-600:]}" for one in wrong], took_s)


def _of_second_run(fal: OtherFal, offline: Desk, desk: Desk, server: str) -> Desk:
    """A desk where Prefect's database is there, as at anybody's second run."""
    if server == "standing":
        return desk
    alone = Desk(offline.folder, {**offline.env, **fal.env})
    (alone.folder / "first.yaml").write_text(FIRST)
    first = alone.run("run", "first.yaml")
    assert first.code == 0, first.err
    return alone


@pytest.mark.parametrize("server", ["embedded", "standing"])
def test_a_run_that_is_stopped_ends_and_leaves_nothing(
    desk: Desk, offline: Desk, fal: OtherFal, count: Count, server: str
) -> None:
    here = _of_second_run(fal, offline, desk, server)

    def draws_on(job: Job) -> None:
        job.runs_for = 1 << 30

    async def never(asked: Asked) -> None:
        asked.job.cancels.append(asked.heard.at_s)  # type: ignore[union-attr]
        await asyncio.sleep(3600)

    def mood(asked: Asked) -> Answer | None:
        # So that the first Ctrl-C is not over before the second one comes.
        is_second = asked.job is not None and asked.job.endpoint_id == "other/twice"
        return never if is_second and asked.place == "cancel" else None

    fal.new_job = draws_on
    fal.moods.append(mood)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda name: _stopped(name, here, fal), WAYS))
    wrong = [one for stopped in found for one in stopped.wrong]
    cancels = len(fal.cancelled)
    for job in fal.jobs:
        job.runs_for = 0
    again = here.run("run", "killed.yaml", "--json")
    wrong += [] if again.code == 0 else [f"again: {again.code} {again.err[-600:]}"]
    count(
        ways=len(WAYS),
        submits=fal.submits,
        ideal=len(WAYS),
        cancelled_at_fal=cancels,
        wrong=len(wrong),
        longest=max(stopped.took_s for stopped in found),
    )
    assert not wrong, "\n".join(wrong)
    assert fal.submits == len(WAYS), "what was on record was taken up"
