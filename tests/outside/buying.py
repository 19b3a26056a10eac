"""A person's flow that buys for the tests: started once, given orders, asked how each ended."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

Ended: TypeAlias = dict[str, Any]
"""How one try ended, as `buyer.End`."""


IMPATIENT = {
    "SHOTGRAPH_WINDOWS__SEND_S": "3",
    "SHOTGRAPH_WINDOWS__REPLY_S": "30",
    "SHOTGRAPH_WINDOWS__LOOK_S": "1",
}
"""The environment of somebody who does not wait long; buying again is as far away as it is."""
_MANY = {"SHOTGRAPH_WINDOWS__SEND_S": "10"}
"""Of many jobs at once each is sent later after its intent."""


def order(name: str, *, tries: int = 1, **more: Any) -> dict[str, Any]:
    """Make an order of a job that is told from others by its endpoint and its prompt."""
    given = {"endpoint": f"other/{name}", "arguments": {"prompt": name}, "price_usd": "0.50"}
    return {"name": name, "given": given, "tries": tries, **more}


def bought(
    orders: Iterable[Mapping[str, Any]], env: Mapping[str, str], *, at_once: int = 32
) -> dict[str, list[Ended]]:
    """Have them bought; gives how each try of each ended, by the order's name."""
    lines = "".join(json.dumps(one) + "\n" for one in orders)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.outside.buyer", str(at_once)],
        input=lines,
        env={
            **IMPATIENT,
            **_MANY,
            **env,
            "PREFECT_LOGGING_LEVEL": "ERROR",
            "NO_PROXY": "127.0.0.1",
        },
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
    stories = [json.loads(line) for line in ran.stdout.splitlines()]
    return {story["name"]: story["ends"] for story in stories}
