"""Flows end while fal draws: who has ended them decides about the jobs, by a real Prefect."""

import asyncio
import os
import signal
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, StateType
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Cancelling

from shotgraph.blocks import persons_cancel
from shotgraph.blocks.persons_cancel import ends_as_cancelled
from shotgraph.money import cancel
from shotgraph.rehearsal import RehearsalServer
from shotgraph.tasks import Made, edit
from shotgraph.tasks.stopping import cancelled_by_person
from tests.rehearsal.client import Client
from tests.through_prefect import PrefectServer

LONGEST_TRY_S = 64


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine answers late, and that is no test of what is asked."""
    monkeypatch.setattr(persons_cancel, "ANSWER_S", 300.0)
    monkeypatch.setattr(cancel, "CANCEL_S", 300.0)


async def until_drawn(at_fal: Client) -> None:
    """Wait until a run asks after its job."""
    while not any(job["polls"] for job in await at_fal.jobs()):  # noqa: ASYNC110  fal tells nobody
        await asyncio.sleep(0.02)


def in_a_process_of_its_own(work: Callable[[], Coroutine[Any, Any, Any]]) -> Awaitable[Any]:
    """Run a flow as a script does: what it leaves behind is cancelled when its loop closes."""
    return asyncio.to_thread(lambda: asyncio.run(work()))


async def counts(at_fal: Client) -> tuple[int, int]:
    """How many submits and cancels there were."""
    found = (await at_fal.book())["counts"]
    return found.get("submits", 0), found.get("cancels", 0)


async def run_again(at_fal: Client, shot: Path) -> str:
    """Run it once more, and see it through; gives how it came by its clip."""
    await at_fal.lift()

    @flow
    async def again() -> Made:
        return await edit(str(shot), prompt="a sea")

    made: Made = await again()
    return made["how"]


async def test_a_flow_that_runs_out_of_time_leaves_its_job_on_record(
    at_fal: Client, prefect_server: PrefectServer, shot: Path
) -> None:
    await at_fal.fault("hold")

    @flow
    async def too_slow() -> Made:
        return await edit(str(shot), prompt="a sea")

    limit_s = 1
    while not await at_fal.jobs():
        assert limit_s <= LONGEST_TRY_S
        state = await too_slow.with_options(timeout_seconds=limit_s)(return_state=True)
        assert state.name == "TimedOut"
        limit_s *= 2
    assert await counts(at_fal) == (1, 0)
    assert await run_again(at_fal, shot) == "resumed"
    assert await counts(at_fal) == (1, 0)


async def test_the_error_of_another_step_leaves_the_job_on_record(
    at_fal: Client, stand_in: RehearsalServer, prefect_server: PrefectServer, shot: Path
) -> None:
    await at_fal.fault("hold")

    async def fails() -> None:
        async with Client.of(stand_in) as of_this_loop:
            await until_drawn(of_this_loop)
        raise ValueError("something else in the flow")

    @flow
    async def gathers() -> None:
        await asyncio.gather(edit(str(shot), prompt="a sea"), fails())

    with pytest.raises(ValueError, match="something else"):
        await in_a_process_of_its_own(gathers)
    assert await counts(at_fal) == (1, 0)
    assert await run_again(at_fal, shot) == "resumed"
    assert await counts(at_fal) == (1, 0)


async def test_ctrl_c_in_a_script_of_ones_own_cancels(
    at_fal: Client, prefect_server: PrefectServer, shot: Path
) -> None:
    await at_fal.fault("hold")

    @flow
    async def draws() -> Made:
        return await edit(str(shot), prompt="a sea")

    before = signal.signal(signal.SIGINT, lambda *_: run.cancel())  # as asyncio.run has it
    try:
        run = asyncio.create_task(draws())
        await until_drawn(at_fal)
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.gather(run, return_exceptions=True)
    finally:
        signal.signal(signal.SIGINT, before)
    assert await counts(at_fal) == (1, 1)


@pytest.mark.parametrize("is_cancelled", [True, False])
async def test_the_state_of_the_run_says_whether_a_person_has_cancelled_it(
    at_fal: Client, prefect_server: PrefectServer, shot: Path, is_cancelled: bool
) -> None:
    """Prefect ends its process, or cancels its code, in the same way for a lost lease."""
    await at_fal.fault("hold")
    run_ids: list[str] = []

    @flow
    async def draws() -> Made:
        run_ids.append(str(flow_run.id))
        return await edit(str(shot), prompt="a sea")

    run = asyncio.create_task(draws())
    await until_drawn(at_fal)
    if is_cancelled:
        async with get_client() as prefect:
            await prefect.set_flow_run_state(uuid.UUID(run_ids[0]), Cancelling(), force=True)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    assert await counts(at_fal) == (1, int(is_cancelled))
    assert await run_again(at_fal, shot) == "resumed"
    assert await counts(at_fal) == (1, int(is_cancelled))


async def test_the_run_of_the_process_is_asked_where_a_flow_calls_a_flow(
    prefect_server: PrefectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[bool | None] = []

    @flow
    async def inner() -> None:
        found.append(await cancelled_by_person())

    @flow
    async def outer() -> None:
        monkeypatch.setenv("PREFECT__FLOW_RUN_ID", str(flow_run.id))
        await inner()
        async with get_client() as prefect:
            run_id = uuid.UUID(str(flow_run.id))
            await prefect.set_flow_run_state(run_id, Cancelling(), force=True)
        await inner()

    await outer(return_state=True)
    assert found == [False, True]


async def test_a_server_that_can_not_be_asked_is_no_word_of_a_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", str(uuid.uuid4()))
    monkeypatch.setattr(persons_cancel, "ANSWER_S", 0.2)
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:1/api"}):
        assert await cancelled_by_person() is None


async def test_all_steps_of_a_run_ask_once(
    prefect_server: PrefectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[httpx.Request] = []
    send = httpx.AsyncClient.send

    async def counted(client: httpx.AsyncClient, request: httpx.Request, **given: Any) -> Any:
        asked.append(request)
        return await send(client, request, **given)

    monkeypatch.setattr(httpx.AsyncClient, "send", counted)
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", str(uuid.uuid4()))
    found = await asyncio.gather(*(cancelled_by_person() for _ in range(300)))
    assert found == [False] * 300
    assert sum("flow_run_states" in request.url.path for request in asked) == 1


async def test_outside_of_a_flow_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT__FLOW_RUN_ID", raising=False)
    assert await cancelled_by_person() is False


RAN = (StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING)
HISTORIES = [
    ((*RAN, StateType.CANCELLING), True),
    ((*RAN, StateType.CANCELLING, StateType.CANCELLED), True),
    ((*RAN, StateType.CANCELLING, StateType.CRASHED), True),
    (RAN, False),
    ((*RAN, StateType.CRASHED), False),
    ((*RAN, StateType.FAILED), False),
    ((*RAN, StateType.CANCELLED, *RAN), False),
    ((*RAN, StateType.CANCELLED, *RAN, StateType.CRASHED), False),
    ((), False),
]


@pytest.mark.parametrize(("types", "is_cancelled"), HISTORIES)
def test_what_a_run_was_since_it_last_ran_counts(
    types: tuple[StateType, ...], is_cancelled: bool
) -> None:
    assert ends_as_cancelled([State(type=kind) for kind in types]) is is_cancelled
