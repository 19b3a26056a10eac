"""Several pieces of work at once, of which none is left running when one fails."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def together(*works: Coroutine[Any, Any, T]) -> list[T]:
    """Do them side by side.

    Returns:
        What came of each, in their order.

    Raises:
        Exception: The first that one of them raises; the others have then been cancelled, and have
            ended.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
