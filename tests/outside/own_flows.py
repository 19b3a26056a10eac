"""Somebody's own flows, each of which ends while fal draws: ``python -m tests.outside.own_flows``.

Every one buys a job of its own name. ``… again`` buys the same jobs in plain flows. A line is
written as each ends: its name, and how.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from prefect import flow, get_client, task
from prefect.concurrency.asyncio import concurrency
from prefect.concurrency.context import ConcurrencyContext

from shotgraph.tasks import Made, fal

LIMIT = "outside-slots"
SOON_S = 15
"""When each flow ends; by then fal has its job, also on a busy machine."""


def drawn(name: str, **options: Any) -> Awaitable[Made]:
    """Have a job drawn that is told from others by its name."""
    bought = fal.with_options(**options) if options else fal
    made: Awaitable[Made] = bought(f"other/{name}", {"prompt": name}, price_usd="0.50")
    return made


@task
async def _sibling() -> None:
    await asyncio.sleep(SOON_S)
    raise ValueError("a sibling failed")


@flow(name="flow-timeout", timeout_seconds=SOON_S)
async def flow_timeout() -> None:
    await drawn("flow-timeout")


@flow(name="task-timeout", timeout_seconds=600)
async def task_timeout() -> None:
    await drawn("task-timeout", timeout_seconds=SOON_S, retries=0)


@flow(name="plain-gather")
async def plain_gather() -> None:
    await asyncio.gather(drawn("plain-gather"), _sibling())


@flow(name="task-group")
async def task_group() -> None:
    async def one() -> None:
        await drawn("task-group")

    async with asyncio.TaskGroup() as group:
        group.create_task(one())
        group.create_task(_sibling())


@flow(name="wait-for")
async def wait_for() -> None:
    await asyncio.wait_for(drawn("wait-for"), SOON_S)


@flow(name="cancel-scope")
async def cancel_scope() -> None:
    with anyio.move_on_after(SOON_S):
        await drawn("cancel-scope")
    raise ValueError("it was not drawn")


@flow(name="left-behind")
async def left_behind() -> None:
    began = asyncio.ensure_future(drawn("left-behind"))
    await asyncio.sleep(SOON_S)
    raise ValueError(f"the flow itself failed, done {began.done()}")


@flow(name="cancelled-by-code")
async def cancelled_by_code() -> None:
    began = asyncio.ensure_future(drawn("cancelled-by-code"))
    await asyncio.sleep(SOON_S)
    began.cancel("no longer needed")
    await began


@flow(name="race")
async def race() -> None:
    first = [asyncio.ensure_future(drawn("race")), asyncio.ensure_future(asyncio.sleep(SOON_S))]
    _, left = await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
    for each in left:
        each.cancel()
    await asyncio.wait(left)
    raise ValueError("the other one was first")


@flow(name="subflow", timeout_seconds=SOON_S)
async def subflow() -> None:
    @flow(name="inner")
    async def inner() -> None:
        await drawn("subflow")

    await inner()


@flow(name="lost-lease")
async def lost_lease() -> None:
    async with get_client() as client:
        await client.upsert_global_concurrency_limit_by_name(LIMIT, 1)
        async with concurrency(LIMIT, strict=True, lease_duration=60):
            held = ConcurrencyContext.get()
            assert held is not None
            (lease_id,) = held.cleanup_lease_ids
            drawing = asyncio.ensure_future(drawn("lost-lease"))
            await asyncio.sleep(SOON_S)
            # As a server does that was started anew, or was away for too long.
            await client.release_concurrency_slots_with_lease(lease_id)
            await drawing


@flow(name="again")
async def again(name: str) -> None:
    await drawn(name)


FLOWS: dict[str, Callable[[], Awaitable[None]]] = {
    "flow-timeout": flow_timeout,
    "task-timeout": task_timeout,
    "plain-gather": plain_gather,
    "task-group": task_group,
    "wait-for": wait_for,
    "cancel-scope": cancel_scope,
    "left-behind": left_behind,
    "cancelled-by-code": cancelled_by_code,
    "race": race,
    "subflow": subflow,
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


async def main(*words: str) -> None:
    """Run all of them beside each other."""
    async with asyncio.TaskGroup() as group:
        for name in FLOWS:
            running = again(name) if "again" in words else FLOWS[name]()
            group.create_task(_ended(name, running))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
