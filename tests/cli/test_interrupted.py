"""A person stops a run at a real terminal; a machine stops one without."""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from shotgraph.cli.embedded_server import EmbeddedServer
from shotgraph.cli.interruptible import ENDED_AT_ONCE, STOPPED, Interruptible
from shotgraph.cli.stopped_run import costs_when_stopped
from tests.cli.command import COMMAND, Desk
from tests.cli.terminal import CTRL_C, Terminal, at_terminal, is_there, send
from tests.rehearsal.client import EDIT, EDIT_PRO, Client

pytestmark = pytest.mark.timeout(600)

HELD = {EDIT: "IN_PROGRESS", EDIT_PRO: "IN_QUEUE"}
ENDED_S = 300
"""On a busy machine; what the command promises is asked of `make crash`."""

Stop = Callable[[Terminal], None]
STOPS: dict[str, Stop] = {
    "Ctrl-C": lambda terminal: terminal.press(CTRL_C),
    "a closed terminal": lambda terminal: terminal.close(),
    "SIGTERM": lambda terminal: send(terminal, signal.SIGTERM, to_group=False),
    "SIGTERM to the group": lambda terminal: send(terminal, signal.SIGTERM, to_group=True),
}


async def held(at_fal: Client) -> None:
    for endpoint_id, state in HELD.items():
        await at_fal.fault("hold", endpoint_id=endpoint_id, state=state)


async def until_held(at_fal: Client, is_over: Callable[[], bool]) -> None:
    """Wait until a run asks after both of its jobs."""
    while not is_over():
        jobs = {job["endpoint_id"]: job["status"] for job in await at_fal.jobs() if job["polls"]}
        if jobs == HELD:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the command has ended")


async def cancelled(at_fal: Client) -> int:
    return sum(job["cancelled"] for job in await at_fal.jobs())


async def until_gone(pids: list[int]) -> None:
    async with asyncio.timeout(ENDED_S):
        while any(map(is_there, pids)):  # noqa: ASYNC110  a process tells nobody that it ends
            await asyncio.sleep(0.05)


async def stopped(at_fal: Client, desk: Desk, stop: Stop) -> tuple[int, str]:
    """Stop a run that has two jobs at fal; gives its exit code, and what it said of it."""
    await held(at_fal)
    with at_terminal(desk, "run", "film.yaml", "--yes") as terminal:
        await until_held(at_fal, lambda: not terminal.is_running())
        processes, before = terminal.processes(), len(terminal.said)
        stop(terminal)
        code = await asyncio.to_thread(terminal.ended, ENDED_S)
        await until_gone(processes[1:])
        return code, terminal.said[before:]


@pytest.fixture(scope="module")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of Prefect's, whose database is made by the first that uses it."""
    return tmp_path_factory.mktemp("prefect-home")


@pytest.fixture
def alone(offline: Desk, fal_env: dict[str, str], prefect_home: Path) -> Desk:
    """A desk with a key and no Prefect server: each run starts its own."""
    return Desk(offline.folder, {**offline.env, **fal_env, "PREFECT_HOME": str(prefect_home)})


@pytest.fixture(params=["alone", "desk"])
def either(request: pytest.FixtureRequest) -> Desk:
    """Once with a server of the run's own, once with one that stands."""
    found: Desk = request.getfixturevalue(request.param)
    return found


@pytest.mark.slow
async def test_ctrl_c_cancels_the_jobs_and_says_so_once(at_fal: Client, desk: Desk) -> None:
    code, said = await stopped(at_fal, desk, STOPS["Ctrl-C"])
    assert code == 130
    assert await cancelled(at_fal) == 2
    assert said.count("the run was stopped; shotgraph asked fal to cancel the job") == 2
    assert said.endswith(f"{STOPPED}\n")
    assert "Traceback" not in said
    assert "ERROR" not in said, "a person who stops a run has not crashed it"


def test_the_embedded_server_hears_no_terminal_and_ends_with_its_pipe() -> None:
    server = EmbeddedServer()
    try:
        assert os.getsid(server.pid) == server.pid
        assert os.getsid(server.pid) != os.getsid(0)
    finally:
        # It has hardly started: it ends all the same, and need not be killed.
        assert server.end(timeout_s=ENDED_S) == 0


@pytest.mark.slow
@pytest.mark.parametrize("how", STOPS)
async def test_a_person_stops_a_run(at_fal: Client, either: Desk, how: str) -> None:
    code, said = await stopped(at_fal, either, STOPS[how])
    assert code == 130
    assert await cancelled(at_fal) == 2
    if how != "a closed terminal":
        assert said.endswith(f"{STOPPED}\n")
        assert "Traceback" not in said
        assert "ERROR" not in said


@pytest.mark.slow
async def test_a_second_ctrl_c_ends_it_at_once(at_fal: Client, alone: Desk) -> None:
    # fal does not answer to being asked to cancel, so that the first one takes its time.
    await at_fal.fault("hang", at="cancel")
    code, said = await stopped(at_fal, alone, twice(at_fal))
    assert code == 130
    assert said.endswith(f"{ENDED_AT_ONCE}\n")
    assert "Traceback" not in said
    await at_fal.lift()
    again = alone.run("run", "film.yaml", "--json")
    assert {step["name"]: step["status"] for step in again.json["steps"]} == {
        "dawn": "resumed",
        "dusk": "ran",  # it was in the queue, and cancelled
        "film": "ran",
    }
    charged = [job for job in await at_fal.jobs() if job["charged_usd"]]
    assert len(charged) == 2, "nothing was paid twice"


def twice(at_fal: Client) -> Stop:
    """Press Ctrl-C, and once more as soon as fal was asked to cancel both jobs."""

    def stop(terminal: Terminal) -> None:
        terminal.press(CTRL_C)
        while "The run is being stopped" not in terminal.said or not are_cancelled(at_fal):
            assert terminal.is_running(), terminal.said
            time.sleep(0.02)
        terminal.press(CTRL_C)

    return stop


def are_cancelled(at_fal: Client) -> bool:
    jobs = httpx.get(f"{at_fal.control}/book", timeout=ENDED_S).json()["jobs"]
    return all(job["cancelled"] for job in jobs)


@pytest.mark.slow
async def test_a_run_that_is_killed_leaves_no_server(at_fal: Client, alone: Desk) -> None:
    code, _ = await stopped(
        at_fal, alone, lambda terminal: send(terminal, signal.SIGKILL, to_group=False)
    )
    assert code == -signal.SIGKILL
    assert await cancelled(at_fal) == 0


def is_server(pid: int) -> bool:
    """Tell it from the process that reads media."""
    try:
        return b"embedded_server" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False  # it has ended


@pytest.mark.slow
async def test_a_server_that_is_gone_is_not_waited_for(at_fal: Client, alone: Desk) -> None:
    def stop(terminal: Terminal) -> None:
        (server,) = (pid for pid in terminal.processes()[1:] if is_server(pid))
        os.kill(server, signal.SIGKILL)
        terminal.press(CTRL_C)

    code, said = await stopped(at_fal, alone, stop)
    assert code == 130
    assert await cancelled(at_fal) == 2
    assert f"{STOPPED}\n" in said
    assert "Traceback" not in said


@pytest.mark.slow
async def test_sigterm_without_a_terminal_leaves_the_jobs_on_record(
    at_fal: Client, desk: Desk
) -> None:
    """As from a service manager, a container's end, or ``timeout``."""
    await held(at_fal)
    run = without_terminal(desk, "run", "film.yaml")
    try:
        await until_held(at_fal, lambda: run.poll() is not None)
        run.terminate()
        _, said = await asyncio.to_thread(run.communicate, timeout=ENDED_S)
    finally:
        run.kill()
    assert run.returncode == 130
    assert await cancelled(at_fal) == 0
    assert said.count("was not cancelled and is on record: run again to continue it") == 2
    await at_fal.lift()
    again = desk.run("run", "film.yaml", "--json")
    assert {step["status"] for step in again.json["steps"] if step["name"] != "film"} == {"resumed"}
    assert len(await at_fal.jobs()) == 2, "nothing was bought twice"


def without_terminal(desk: Desk, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [COMMAND, *words],
        cwd=desk.folder,
        env=desk.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM", "SIGHUP", "Ctrl-C twice"])
async def test_the_document_of_a_stopped_run_has_its_steps_and_its_costs(
    at_fal: Client, desk: Desk, how: str
) -> None:
    """One job is bought, and one is at fal when the run is stopped."""
    await at_fal.fault("hold", endpoint_id=EDIT_PRO, state="IN_PROGRESS")
    if how == "Ctrl-C twice":
        await at_fal.fault("hang", at="cancel")
    run = without_terminal(desk, "run", "film.yaml", "--json", "--progress", "plain")
    assert run.stderr is not None
    lines = iter(run.stderr.readline, "")
    try:
        said = await asyncio.to_thread(
            until, lines, "done in", "accepted by fal", "accepted by fal"
        )
        run.send_signal(
            {"SIGTERM": signal.SIGTERM, "SIGHUP": signal.SIGHUP}.get(how, signal.SIGINT)
        )
        if how == "Ctrl-C twice":
            said += await asyncio.to_thread(until, lines, "The run is being stopped")
            run.send_signal(signal.SIGINT)
        out, _ = await asyncio.to_thread(run.communicate, timeout=ENDED_S)
    finally:
        run.kill()
    assert run.returncode == 130
    document = json.loads(out)
    steps = {step["name"]: step for step in document["steps"]}
    assert {name: step["status"] for name, step in steps.items()} == {
        "dawn": "ran",
        "dusk": "failed",
        "film": "skipped",
    }
    (paid,) = [job for job in await at_fal.jobs() if job["charged_usd"]]
    assert document["run_id"]
    assert document["cost_usd"] == steps["dawn"]["cost_usd"] == pytest.approx(paid["charged_usd"])
    assert document["may_be_billed_usd"] == steps["dusk"]["may_be_billed_usd"] > 0
    assert steps["dusk"]["request_id"] in {job["request_id"] for job in await at_fal.jobs()}
    assert steps["dusk"]["error"]["code"] == document["error"]["code"] == "interrupted"


@pytest.mark.slow
@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM", "Ctrl-C twice"])
async def test_a_stopped_run_says_what_it_has_cost(at_fal: Client, desk: Desk, how: str) -> None:
    """One job is bought, and one is at fal when the run is stopped."""
    await at_fal.fault("hold", endpoint_id=EDIT_PRO, state="IN_PROGRESS")
    if how == "Ctrl-C twice":
        await at_fal.fault("hang", at="cancel")
    run = without_terminal(desk, "run", "film.yaml", "--progress", "plain")
    assert run.stderr is not None
    lines = iter(run.stderr.readline, "")
    try:
        await asyncio.to_thread(until, lines, "done in", "accepted by fal", "accepted by fal")
        run.send_signal(signal.SIGTERM if how == "SIGTERM" else signal.SIGINT)
        if how == "Ctrl-C twice":
            await asyncio.to_thread(until, lines, "The run is being stopped")
            run.send_signal(signal.SIGINT)
        out, said = await asyncio.to_thread(run.communicate, timeout=ENDED_S)
    finally:
        run.kill()
    assert (run.returncode, out) == (130, "")
    (paid,) = [job for job in await at_fal.jobs() if job["charged_usd"]]
    cost, last = said.splitlines()[-2:]
    assert cost.startswith(f"This run cost ${paid['charged_usd']:.2f}. Up to $")
    assert "more may be billed for it; that is not known yet." in cost
    assert last == (ENDED_AT_ONCE if how == "Ctrl-C twice" else STOPPED)


def test_before_its_plan_a_run_says_nothing_of_costs(capsys: pytest.CaptureFixture[str]) -> None:
    interruptible = Interruptible()
    with (
        pytest.raises(KeyboardInterrupt),
        costs_when_stopped(interruptible, as_json=False, is_rehearsal=False),
    ):
        raise KeyboardInterrupt
    assert capsys.readouterr() == ("", "")


def until(lines: Iterator[str], *wanted: str) -> list[str]:
    """Read lines until each of these texts was in a line of its own."""
    left, said = list(wanted), []
    while left:
        said.append(next(lines))
        found = next((text for text in left if text in said[-1]), None)
        if found is not None:
            left.remove(found)
    return said
