"""A run at a terminal is stopped in every way in which people and machines stop one."""

import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.cli.command import Desk

from .figures import Count
from .other_fal import Job, OtherFal
from .terminal import CTRL_C, Terminal, terminal

KIND = 17
SOON_S = 30
"""The promise is 5 s, on a machine at rest; what failed took over two minutes."""

FILM = """\
name: {name}
steps:
  sea:
    fal: {{endpoint: other/{name}, arguments: {{prompt: {name}}}, price_usd: "0.50"}}
output: $sea
"""


FIRST = """\
name: first
steps: {cut: {trim: {video: shot.mp4, seconds: 1}}}
output: $cut
"""


def _twice(shown: Terminal) -> None:
    shown.press(CTRL_C)
    time.sleep(0.4)
    shown.press(CTRL_C)


@dataclass(frozen=True)
class Way:
    """How a run is stopped, and what is to come of that.

    Attributes:
        codes: How the command may end.
        cancels: Whether fal is to be asked to cancel the job; None where either is right.
        says: Whether it is to say that it was stopped.
    """

    stop: Callable[[Terminal], None]
    codes: tuple[int, ...] = (130,)
    cancels: bool | None = True
    says: bool = True


WAYS = {
    "once": Way(lambda shown: shown.press(CTRL_C)),
    "twice": Way(_twice, (130, -signal.SIGINT), None, says=False),
    "closed": Way(Terminal.close, (130, -signal.SIGHUP, 128 + signal.SIGHUP), None, says=False),
    "term": Way(lambda shown: shown.kill(signal.SIGTERM), (130, 143), None),
    "term-group": Way(lambda shown: shown.kill(signal.SIGTERM, group=True), (130, 143), None),
    "killed": Way(lambda shown: shown.kill(signal.SIGKILL), (-signal.SIGKILL,), False, says=False),
}


def _stopped(name: str, way: Way, desk: Desk, fal: OtherFal) -> list[str]:
    """Stop a run while fal draws; gives what was wrong."""
    (desk.folder / f"{name}.yaml").write_text(FILM.format(name=name))
    wrong = []
    with terminal("run", f"{name}.yaml", env=desk.env, folder=desk.folder) as shown:
        shown.until("accepted by fal as request")
        began = time.monotonic()
        way.stop(shown)
        code = shown.ended()
        took_s = time.monotonic() - began
        wrong += [] if code in way.codes else [f"exit code {code}"]
        wrong += [] if took_s < SOON_S else [f"took {took_s:.1f} s"]
        wrong += ["a traceback"] if "Traceback" in shown.said else []
        wrong += ["says nothing"] if way.says and "stopped" not in shown.said else []
        left = shown.left()
        wrong += [f"left {left}"] if left else []
    cancelled = [job for job in fal.cancelled if job.endpoint_id == f"other/{name}"]
    if way.cancels is not None and bool(cancelled) != way.cancels:
        wrong.append(f"asked to cancel {len(cancelled)}")
    return [f"{name}: {one}; {shown.said[-600:]}" for one in wrong]


@pytest.mark.parametrize("server", ["embedded", "standing"])
def test_a_run_that_is_stopped_ends_and_leaves_nothing(
    desk: Desk, offline: Desk, fal: OtherFal, count: Count, server: str
) -> None:
    def draws_on(job: Job) -> None:
        job.runs_for = 1 << 30

    fal.new_job = draws_on
    here = desk if server == "standing" else Desk(offline.folder, {**offline.env, **fal.env})
    # With a database that is there, as at the second run of a person; made by a run that is whole.
    (desk.folder / "first.yaml").write_text(
        "name: f\nsteps: {f: {trim: {video: shot.mp4, seconds: 1}}}\noutput: $f\n"
    )
    assert here.run("run", "first.yaml").code == 0
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda name: _stopped(name, WAYS[name], here, fal), WAYS))
    wrong = [one for ones in found for one in ones]
    cancels = len(fal.cancelled)
    for job in fal.jobs:
        job.runs_for = 0
    for name in ("once", "closed", "killed"):
        again = here.run("run", f"{name}.yaml", "--json")
        wrong += [] if again.code == 0 else [f"{name}, again: {again.code} {again.err[-600:]}"]
    count(ways=len(WAYS), submits=fal.submits, cancelled_at_fal=cancels, wrong=len(wrong))
    assert not wrong, "\n".join(wrong)
    twice = [job for job in fal.jobs if "closed" in job.endpoint_id or "killed" in job.endpoint_id]
    assert len(twice) == 2
