import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import ffmpeg
import pytest

from shotgraph.media.concurrency import LoopSemaphore
from shotgraph.media.process import AT_ONCE, run_ffmpeg

Script = Callable[[str], Path]


class Crowd:
    """Counts who is inside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self.most = 0
        self.visits = 0

    async def visit(self, semaphore: LoopSemaphore) -> None:
        async with semaphore.held():
            with self._lock:
                self._inside += 1
                self.visits += 1
                self.most = max(self.most, self._inside)
            for _ in range(20):
                await asyncio.sleep(0)
            with self._lock:
                self._inside -= 1


def in_threads(work: Callable[[], Awaitable[object]], *, threads: int) -> None:
    """Do the same in several threads, each with a loop of its own."""

    async def do() -> None:
        await work()

    started = [threading.Thread(target=lambda: asyncio.run(do())) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join(300)
        assert not thread.is_alive()


async def places_left(semaphore: LoopSemaphore) -> int:
    """How many can be held at once now."""
    held, enough = 0, asyncio.Event()

    async def hold() -> None:
        nonlocal held
        async with semaphore.held():
            held += 1
            await enough.wait()

    tasks = [asyncio.create_task(hold()) for _ in range(8)]
    for _ in range(50):
        await asyncio.sleep(0)
    most = held
    enough.set()
    await asyncio.gather(*tasks)
    return most


def test_the_places_are_those_of_all_loops_and_threads() -> None:
    semaphore, crowd = LoopSemaphore(2), Crowd()

    in_threads(lambda: asyncio.gather(*(crowd.visit(semaphore) for _ in range(50))), threads=4)

    assert (crowd.visits, crowd.most) == (200, 2)


async def test_who_waits_longest_is_next() -> None:
    semaphore, order = LoopSemaphore(1), list[int]()

    async def visit(number: int) -> None:
        async with semaphore.held():
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*map(visit, range(6)))

    assert order == list(range(6))


@pytest.mark.parametrize("turns", range(8))
async def test_cancelling_who_waits_loses_no_place(turns: int) -> None:
    # With so many turns of the loop in between, it is cancelled before, while and after it is
    # called up.
    semaphore, leave = LoopSemaphore(2), asyncio.Event()

    async def stay() -> None:
        async with semaphore.held():
            await leave.wait()

    staying = [asyncio.create_task(stay()) for _ in range(2)]
    waiting = [asyncio.create_task(stay()) for _ in range(3)]
    await asyncio.sleep(0)
    leave.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*staying)
    await asyncio.gather(*waiting, return_exceptions=True)

    assert await places_left(semaphore) == 2


async def test_a_loop_that_was_closed_keeps_nobody_waiting() -> None:
    semaphore, gone = LoopSemaphore(1), asyncio.new_event_loop()

    async def wait_for_ever() -> None:
        async with semaphore.held():
            pytest.fail("its loop is closed")

    waiting = wait_for_ever()
    async with semaphore.held():
        gone.create_task(waiting)
        await asyncio.to_thread(gone.run_until_complete, asyncio.sleep(0))
        gone.close()
    left = await places_left(semaphore)
    waiting.close()

    assert (left, await places_left(semaphore)) == (1, 1)


def test_a_child_of_fork_has_all_places() -> None:
    async def fork_inside() -> int:
        async with semaphore.held(), semaphore.held():
            child = os.fork()
            return child if child else os._exit(semaphore._free)

    semaphore = LoopSemaphore(2)
    child = asyncio.run(fork_inside())

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2


def test_ffmpeg_runs_twice_at_a_time_for_all_threads(script: Script, tmp_path: Path) -> None:
    here = tmp_path / "running"
    here.mkdir()
    script(
        f'case "$*" in *null*) touch "{here}/$$"; ls "{here}" | wc -l >> "{tmp_path}/counts";'
        f' "$REAL" "$@"; rm "{here}/$$";; *) exec "$REAL" "$@";; esac'
    )
    node = ffmpeg.input("testsrc2=s=64x64:r=25:d=0.5", f="lavfi", re=None)

    in_threads(lambda: run_ffmpeg(ffmpeg.output(node, "-", f="null")), threads=5)

    counts = [int(line) for line in (tmp_path / "counts").read_text().split()]
    assert (len(counts), max(counts)) == (5, AT_ONCE)
