"""Where uploads begin, as ``rest.fal.ai/storage`` does it.

fal's Python client asks for a token and sends to the CDN itself; its JavaScript client, and the
Python client's fallback, ask for a URL to put the file to.
"""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shotgraph.rehearsal.replies import json_reply, read_object
from shotgraph.rehearsal.shelf import Shelved
from shotgraph.rehearsal.spoilt_replies import place
from shotgraph.rehearsal.stage import Stage

_TOKEN_LASTS = timedelta(hours=1)


def routes() -> list[Route]:
    """The routes below the base of the REST service."""
    below = "/storage"
    return [
        Route(f"{below}/auth/token", place("token", token), methods=["POST"]),
        Route(f"{below}/upload/initiate", place("upload", initiate), methods=["POST"]),
        Route(
            f"{below}/upload/initiate-multipart",
            place("upload", initiate_multipart),
            methods=["POST"],
        ),
    ]


async def token(request: Request, stage: Stage) -> Response:
    """Lend a token for the CDN."""
    value = secrets.token_urlsafe(24)
    stage.tokens.add(value)
    expires = datetime.now(UTC) + _TOKEN_LASTS
    return json_reply(
        {
            "token": value,
            "token_type": "Bearer",
            "base_url": stage.bases.cdn_url,
            "expires_at": expires.isoformat(),
        }
    )


async def initiate(request: Request, stage: Stage) -> Response:
    """Name a URL to put a file to, and the URL it will have."""
    shelved = _reserve(await read_object(request), stage)
    url = stage.shelf.url(shelved)
    return json_reply({"upload_url": f"{url}?upload={_grant(stage)}", "file_url": url})


async def initiate_multipart(request: Request, stage: Stage) -> Response:
    """The same for a file that comes in parts."""
    stage.book.count("multipart_uploads")
    shelved = _reserve(await read_object(request), stage)
    url = stage.shelf.url(shelved)
    upload_url = f"{url}/multipart/{secrets.token_hex(8)}?upload={_grant(stage)}"
    return json_reply({"upload_url": upload_url, "file_url": url})


def _reserve(body: dict[str, Any], stage: Stage) -> Shelved:
    name = str(body.get("file_name") or "upload.bin")
    return stage.shelf.reserve(name, str(body.get("content_type") or "application/octet-stream"))


def _grant(stage: Stage) -> str:
    value = secrets.token_urlsafe(24)
    stage.tokens.add(value)
    return value
