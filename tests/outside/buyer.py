"""Somebody's own flow that buys what it reads: ``python -m tests.outside.buyer AT_ONCE``.

Each line of its input is an order; it writes a line for each order as that ends. What it imports of
shotgraph is what people import.
"""

import asyncio
import json
import os
import resource
import sys
import traceback
from dataclasses import asdict, dataclass, field
from typing import Any

from prefect import flow

from shotgraph.errors import Ambiguous, Retryable, ShotgraphError, Terminal
from shotgraph.tasks import RunSettings, edit, fal

LONGEST_S = float(os.environ.get("OUTSIDE_LONGEST_S", "150"))
"""How long one try may take."""


@dataclass(frozen=True)
class Order:
    """What one job is, and how often it is run at most.

    Attributes:
        env: What changes in the environment with it; for orders that are carried out one by one.
    """

    name: str
    given: dict[str, Any]
    task: str = "fal"
    tries: int = 8
    env: dict[str, str] = field(default_factory=dict)


@dataclass
class End:
    """How one try ended.

    Attributes:
        word: The word of its error; "other" for what is none of ours, "hung" where it took too
            long; None if it made its clip.
    """

    how: str | None = None
    word: str | None = None
    code: str | None = None
    message: str = ""
    request_id: str | None = None
    cost_usd: str = "0"
    trace: str = ""


@dataclass
class Story:
    """An order, and how each try of it ended; the peak of the process's memory so far."""

    name: str
    ends: list[End] = field(default_factory=list)
    peak_mb: int = 0


async def carry_out(order: Order) -> Story:
    """Run it again and again, as people do whatever they are told, until there is the clip."""
    story = Story(order.name)
    os.environ.update(order.env)
    for _ in range(order.tries):
        story.ends.append(await _once(order))
        if story.ends[-1].how is not None or story.ends[-1].word == "hung":
            break
    story.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return story


async def _once(order: Order) -> End:
    body = fal.fn if order.task == "fal" else edit.fn
    given = dict(order.given)
    if "settings" in given:
        given["settings"] = RunSettings.model_validate(given["settings"])
    try:
        async with asyncio.timeout(LONGEST_S):
            made = await body(**given)
    except ShotgraphError as error:
        words = {Retryable: "retryable", Terminal: "terminal", Ambiguous: "ambiguous"}
        word = next((said for kind, said in words.items() if isinstance(error, kind)), "none")
        cost = str(error.cost_usd)
        return End(None, word, error.code, error.message, error.request_id, cost)
    except TimeoutError:
        return End(word="hung", trace=traceback.format_exc())
    except Exception as error:  # whatever it is, it is a finding
        return End(word="other", code=type(error).__name__, trace=traceback.format_exc())
    return End(how=made["how"], request_id=made["request_id"], cost_usd=made["cost_usd"])


@flow(name="buyer")
async def buyer(at_once: int) -> None:
    """Carry out every order of the input, so many at a time."""
    room, reader = asyncio.Semaphore(at_once), asyncio.StreamReader(limit=1 << 24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def one(order: Order) -> None:
        try:
            story = await carry_out(order)
        finally:
            room.release()
        sys.stdout.write(json.dumps(asdict(story)) + "\n")
        sys.stdout.flush()

    async with asyncio.TaskGroup() as group:
        while True:
            await room.acquire()
            line = await reader.readline()
            if not line:
                return
            group.create_task(one(Order(**json.loads(line))))


if __name__ == "__main__":
    asyncio.run(buyer(int(sys.argv[1])))
