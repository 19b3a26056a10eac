"""An S3 server on the loopback, in a process of its own: ``python -m tests.crash.s3_server``.

Says where it is with one line on stdout, and serves until stdin ends.
"""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import httpx
from moto.s3.responses import S3Response
from moto.server import ThreadedMotoServer

from .forks import ROOT

BUCKET = "films"
LONGEST_S = 300.0
"""The first request has the server import what answers it."""


def main() -> None:
    """Serve until stdin ends."""
    logging.disable()
    put, lock = S3Response.put_object, threading.Lock()

    def put_alone(response: S3Response) -> Any:
        # As S3 does: moto checks If-None-Match first and writes later, in threads.
        with lock:
            return put(response)

    with patch.object(S3Response, "put_object", put_alone):
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        url = "http://{}:{}".format(*server.get_host_and_port())
        httpx.put(f"{url}/{BUCKET}", timeout=LONGEST_S).raise_for_status()
        os.write(1, f"{url}\n".encode())
        sys.stdin.read()
        server.stop()


@asynccontextmanager
async def open_s3() -> AsyncIterator[dict[str, str]]:
    """Run a server with one bucket; gives what leads to it, for the environment."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.crash.s3_server",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield env_of((await process.stdout.readline()).decode().strip())
    finally:
        process.stdin.close()
        await process.wait()


def env_of(url: str) -> dict[str, str]:
    """What leads to a server, for the environment."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
    }


if __name__ == "__main__":
    main()
