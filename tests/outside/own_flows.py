"""Somebody's own flows, each of which ends while fal draws: ``python -m tests.outside.own_flows``.

Every flow buys a job of its own name, and ends once fal was asked about that job. A line is written
as each ends: its name, and how. ``… again`` buys the same jobs in plain flows; ``… served`` serves
such a flow until the process ends.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from prefect import flow, get_client, task
from prefect.concurrency.asyncio import concurrency
from prefect.concurrency.context import ConcurrencyContext

from shotgraph.tasks import Made, fal

LIMIT = "outside-slots"
LEASE_S = 60
"""The shortest that Prefect's server allows; it is renewed after three quarters of that."""
FIRST_LIMIT_S = 5
LONGEST_LIMIT_S = 160
SERVED = "by-hand"


def drawn(name: str, **options: Any) -> Awaitable[Made]:
    """Have a job drawn that is told from others by its name."""
    bought = fal.with_options(**options) if options else fal
    made: Awaitable[Made] = bought(f"other/{name}", {"prompt": name}, price_usd="0.50")
    return made


def _is_drawing(name: str) -> bool:
    """Tell whether fal was asked about a job: fal's server leaves a file of its name then."""
    return (Path(os.environ["OUTSIDE_DRAWING"]) / name).exists()


async def _until_drawing(name: str) -> None:
    while not _is_drawing(name):  # noqa: ASYNC110  a file tells nobody
        await asyncio.sleep(0.1)


async def _until_late(name: str, run: Callable[[int], Awaitable[Any]]) -> None:
    """Run with a time limit; with a longer one where the job was not at fal before it passed."""
    limit_s = FIRST_LIMIT_S
    while True:
        try:
            await run(limit_s)
        except (Exception, asyncio.CancelledError):
            if _is_drawing(name):
                raise
        limit_s *= 2
        assert limit_s <= LONGEST_LIMIT_S, f"{name} is not at fal"


@task
async def _sibling(name: str) -> None:
    await _until_drawing(name)
    raise ValueError("a sibling failed")


@flow(name="flow-timeout")
async def _slow() -> None:
    await drawn("flow-timeout")


async def flow_timeout() -> None:
    await _until_late("flow-timeout", lambda limit: _slow.with_options(timeout_seconds=limit)())


@flow(name="subflow")
async def _outer(limit_s: int) -> None:
    @flow(name="inner", timeout_seconds=limit_s)
    async def inner() -> None:
        await drawn("subflow")

    await inner()


async def subflow() -> None:
    await _until_late("subflow", _outer)


@flow(name="task-timeout")
async def _impatient(limit_s: int) -> None:
    await drawn("task-timeout", timeout_seconds=limit_s, retries=0)


async def task_timeout() -> None:
    await _until_late("task-timeout", _impatient)


@flow(name="gather")
async def gather() -> None:
    await asyncio.gather(drawn("gather"), _sibling("gather"))


@flow(name="task-group")
async def task_group() -> None:
    async def one() -> None:
        await drawn("task-group")

    async with asyncio.TaskGroup() as group:
        group.create_task(one())
        group.create_task(_sibling("task-group"))


@flow(name="left-behind")
async def left_behind() -> None:
    began = asyncio.ensure_future(drawn("left-behind"))
    await _until_drawing("left-behind")
    raise ValueError(f"the flow itself failed, done {began.done()}")


@flow(name="cancelled-by-code")
async def cancelled_by_code() -> None:
    began = asyncio.ensure_future(drawn("cancelled-by-code"))
    await _until_drawing("cancelled-by-code")
    began.cancel("no longer needed")
    await began


@flow(name="lost-lease")
async def lost_lease() -> None:
    async with get_client() as client:
        await client.upsert_global_concurrency_limit_by_name(LIMIT, 1)
        async with concurrency(LIMIT, strict=True, lease_duration=LEASE_S):
            held = ConcurrencyContext.get()
            assert held is not None
            (lease_id,) = held.cleanup_lease_ids
            drawing = asyncio.ensure_future(drawn("lost-lease"))
            await _until_drawing("lost-lease")
            # As a server does that was started anew, or was away for too long.
            await client.release_concurrency_slots_with_lease(lease_id)
            await drawing


@flow(name="plain")
async def plain(name: str) -> None:
    await drawn(name)


FLOWS: dict[str, Callable[[], Awaitable[None]]] = {
    "flow-timeout": flow_timeout,
    "subflow": subflow,
    "task-timeout": task_timeout,
    "gather": gather,
    "task-group": task_group,
    "left-behind": left_behind,
    "cancelled-by-code": cancelled_by_code,
    "lost-lease": lost_lease,
}


async def _ended(name: str, running: Awaitable[None]) -> None:
    try:
        await running
    except BaseException as error:
        sys.stdout.write(f"{name} {type(error).__name__}\n")
    else:
        sys.stdout.write(f"{name} well\n")
    sys.stdout.flush()


async def main(word: str = "", *names: str) -> None:
    """Run all of them beside each other; or plain flows, of all their jobs or of those named."""
    async with asyncio.TaskGroup() as group:
        for name in names or FLOWS:
            running = plain(name) if word == "again" else FLOWS[name]()
            group.create_task(_ended(name, running))


if __name__ == "__main__":
    # It is ignored where a shell runs the tests beside itself.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.argv[1:] == ["served"]:
        plain.serve(SERVED, print_starting_message=False)
    else:
        asyncio.run(main(*sys.argv[1:]))
