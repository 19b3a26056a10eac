"""Run shotgraph and count its operations: ``python -m benchmarks.counted FILE run …``.

FILE gets, as JSON: the requests to Prefect's API, in sum and by route, the operations of the store,
the hashed files, and the seconds from the start to the first submission.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

COUNTED = (
    "get", "get_async", "get_range_async", "head", "head_async", "list", "put", "put_async",
)  # fmt: skip


def main() -> None:
    """Run the command, and exit with its exit code."""
    target = Path(sys.argv.pop(1))
    began = time.time()
    counts: Counter[str] = Counter()
    routes: Counter[str] = Counter()
    first_submit: list[float] = []
    _count_store(counts)
    _count_requests(counts, routes, first_submit)
    from shotgraph.cli.main import main as command

    code: Any = 0
    try:
        command()
    except SystemExit as end:
        code = end.code
    finally:
        found: dict[str, Any] = {**counts, "routes": dict(routes.most_common(12))}
        if first_submit:
            found["first_submit_s"] = first_submit[0] - began
        target.write_text(json.dumps(found))
    sys.exit(code)


def _count_store(counts: Counter[str]) -> None:
    import obstore

    from shotgraph.store import assets, records

    for name in COUNTED:
        setattr(obstore, name, _counting(getattr(obstore, name), counts, "store"))
    records.put_once = _counting(records.put_once, counts, "store")
    hashing = _counting(assets._sha256_of, counts, "hashed")
    assets._sha256_of = hashing
    assets._hashes._look = _counting(assets._hashes._look, counts, "hash_looks")


def _counting(work: Callable[..., Any], counts: Counter[str], name: str) -> Callable[..., Any]:
    def counted(*arguments: Any, **options: Any) -> Any:
        counts[name] += 1
        counts[f"{name} {work.__name__}"] += 1
        return work(*arguments, **options)

    counted.__name__ = work.__name__
    return counted


def _count_requests(counts: Counter[str], routes: Counter[str], first_submit: list[float]) -> None:
    import httpx

    send = httpx.AsyncClient.send

    async def sent(self: Any, request: Any, *arguments: Any, **options: Any) -> Any:
        path = request.url.path
        if path.startswith("/api/") and "/api/v1" not in path and "/queue" not in path:
            counts["prefect"] += 1
            routes[f"{request.method} {'/'.join(path.split('/')[2:4])}"] += 1
        elif request.method == "POST" and path.startswith("/queue/") and not first_submit:
            first_submit.append(time.time())
        return await send(self, request, *arguments, **options)

    httpx.AsyncClient.send = sent  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
