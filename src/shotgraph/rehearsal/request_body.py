"""Reading what a client sends, as far as it goes and no further."""

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The whole body.

    Raises:
        HTTPException: 413, when it is longer than `max_bytes`.
    """
    kept = bytearray()
    async for chunk in request.stream():
        if len(kept) + len(chunk) > max_bytes:
            raise HTTPException(413, f"a body of at most {max_bytes} bytes is read")
        kept += chunk
    return bytes(kept)


def as_input(body: bytes) -> Any:
    """A body as the input of a job: JSON, or its text. fal queues either."""
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


async def read_object(request: Request, max_bytes: int = 1 << 20) -> dict[str, Any]:
    """A small JSON object.

    Raises:
        HTTPException: 400, when it is anything else; 413, when it is too long.
    """
    body = as_input(await read_body(request, max_bytes))
    if not isinstance(body, dict):
        raise HTTPException(400, "a JSON object was expected")
    return body
