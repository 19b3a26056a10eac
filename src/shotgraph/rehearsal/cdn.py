"""fal's file host: uploads in one part or in several parts, and the files it serves.

Uploads begin at ``rest.fal.ai/storage``. fal's Python client gets a token there, and sends the file
to the CDN. fal's JavaScript client, and the fallback of the Python client, get a URL for the PUT.
"""

import asyncio
import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from shotgraph.rehearsal.fal_replies import (
    WRONG_KEY,
    json_reply,
    key_accepted,
    read_body,
    read_object,
)
from shotgraph.rehearsal.shelf import Shelf, Shelved, TooLarge
from shotgraph.rehearsal.spoilt_replies import with_faults
from shotgraph.rehearsal.stage import Stage

_TOKEN_LASTS = timedelta(hours=1)


def storage_routes() -> list[Route]:
    """Return the routes below the base URL of the REST service."""
    below = "/storage"
    return [
        Route(f"{below}/auth/token", with_faults("token", token), methods=["POST"]),
        Route(f"{below}/upload/initiate", with_faults("upload", initiate), methods=["POST"]),
        Route(
            f"{below}/upload/initiate-multipart",
            with_faults("upload", initiate_multipart),
            methods=["POST"],
        ),
    ]


async def token(request: Request, stage: Stage) -> Response:
    """Return a token for the CDN."""
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
    """Return the URL for a file's PUT, and the file's later URL."""
    shelved = _reserve(await read_object(request), stage)
    url = stage.shelf.url(shelved)
    return json_reply({"upload_url": f"{url}?upload={_grant(stage)}", "file_url": url})


async def initiate_multipart(request: Request, stage: Stage) -> Response:
    """Return the same two URLs for a file sent in parts."""
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


MOST_PARTS = 10_000
"""The most parts of one upload: the limit of S3, which fal's clients expect."""


def may_upload(request: Request, stage: Stage) -> bool:
    """Whether a request has the key, a bearer token, or an upload token in its URL."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    lent = scheme == "Bearer" and token in stage.tokens
    granted = request.query_params.get("upload") in stage.tokens
    return lent or granted or key_accepted(request, stage.options.key)


class _Part(BaseModel):
    part_number: int = Field(alias="partNumber", ge=0, le=MOST_PARTS)
    etag: str


class _Parts(BaseModel):
    parts: list[_Part] = Field(max_length=MOST_PARTS)


def _part_number(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,5}", text) is None or int(text) > MOST_PARTS:
        raise HTTPException(400, f"a part's number is at most {MOST_PARTS}")
    return int(text)


def multipart_routes(file: str) -> list[Route]:
    """Return the routes for uploads in parts; `file` is the route of a file."""
    below = f"{file}/multipart/{{upload}}"
    return [
        Route(
            "/files/upload/multipart",
            with_faults("upload", begin, needs_key=False),
            methods=["POST"],
        ),
        Route(
            f"{below}/complete", with_faults("upload", complete, needs_key=False), methods=["POST"]
        ),
        Route(f"{below}/{{number}}", with_faults("upload", part, needs_key=False), methods=["PUT"]),
    ]


async def begin(request: Request, stage: Stage) -> Response:
    """Return the file's URL, and the id of a new upload in parts."""
    if not may_upload(request, stage):
        return json_reply(WRONG_KEY, 401)
    stage.book.count("multipart_uploads")
    shelved = stage.shelf.reserve(
        request.headers.get("x-fal-file-name", "upload.bin"),
        request.headers.get("content-type", "application/octet-stream"),
    )
    return json_reply({"access_url": stage.shelf.url(shelved), "uploadId": secrets.token_hex(8)})


async def part(request: Request, stage: Stage) -> Response:
    """Keep one part, and return its ETag; the request that completes the upload needs the ETag."""
    shelved = _shelved(request, stage)
    if shelved is None or not may_upload(request, stage):
        return json_reply(WRONG_KEY, 401)
    number = _part_number(request.path_params["number"])
    content = await read_body(request, stage.options.max_upload_bytes)
    _part_path(shelved, request, number).write_bytes(content)
    etag = _etag(content)
    return json_reply({"partNumber": number, "etag": etag}, headers={"etag": etag})


async def complete(request: Request, stage: Stage) -> Response:
    """Join the parts named in the body, in the order of their numbers."""
    shelved = _shelved(request, stage)
    if shelved is None or not may_upload(request, stage):
        return json_reply(WRONG_KEY, 401)
    try:
        given = _Parts.model_validate(await read_object(request))
    except ValidationError:
        raise HTTPException(400, "parts was expected: a list of partNumber and etag") from None
    named = {part.part_number: part.etag for part in given.parts}
    paths = [_part_path(shelved, request, number) for number in sorted(named)]
    etags = [named[number] for number in sorted(named)]
    try:
        joined = await asyncio.to_thread(_join, stage.shelf, shelved, paths, etags)
    except TooLarge:
        return json_reply({"detail": "Payload Too Large"}, 413)
    if not joined:
        return json_reply({"detail": "a part is missing, or is not what was sent"}, 400)
    return json_reply({"access_url": stage.shelf.url(shelved)})


def _shelved(request: Request, stage: Stage) -> Shelved | None:
    where = request.path_params
    return stage.shelf.reserved(f"files/b/{where['word']}/{where['name']}")


def _part_path(shelved: Shelved, request: Request, number: int) -> Path:
    upload = hashlib.sha256(request.path_params["upload"].encode()).hexdigest()[:16]
    return shelved.path.with_name(f"{shelved.path.name}.{upload}.{number}")


def _etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _join(shelf: Shelf, shelved: Shelved, paths: list[Path], etags: list[str]) -> bool:
    if not paths or not all(path.is_file() for path in paths):
        return False
    if [_etag(path.read_bytes()) for path in paths] != etags:
        return False
    with shelf.filling(shelved.path) as sink:
        for path in paths:
            sink.write(path.read_bytes())
    for path in paths:
        path.unlink()
    return True


def routes() -> list[Route]:
    """Return the routes below the base URL of the CDN."""
    file = "/files/b/{word}/{name}"
    return [
        Route("/files/upload", with_faults("upload", upload, needs_key=False), methods=["POST"]),
        *multipart_routes(file),
        Route(file, with_faults("upload", put, needs_key=False), methods=["PUT"]),
        Route(
            file, with_faults("media", read, endpoint_of=made_by, needs_key=False), methods=["GET"]
        ),
    ]


def made_by(request: Request, stage: Stage) -> str | None:
    """Return the endpoint that made a file; None for an upload."""
    shelved = stage.shelf.find(_key(request))
    return shelved.endpoint_id if shelved else None


def _key(request: Request) -> str:
    parts = request.path_params
    return f"files/b/{parts['word']}/{parts['name']}"


async def upload(request: Request, stage: Stage) -> Response:
    """Keep a file sent in one request, and return its URL."""
    if not may_upload(request, stage):
        return json_reply(WRONG_KEY, 401)
    shelved = stage.shelf.reserve(
        request.headers.get("x-fal-file-name", "upload.bin"),
        request.headers.get("content-type", "application/octet-stream"),
    )
    refused = await _fill(request, stage, shelved)
    return refused or json_reply({"access_url": stage.shelf.url(shelved)})


async def put(request: Request, stage: Stage) -> Response:
    """Keep a file that is PUT to a URL from `initiate`."""
    shelved = stage.shelf.reserved(_key(request))
    if shelved is None or not may_upload(request, stage):
        return json_reply(WRONG_KEY, 401)
    refused = await _fill(request, stage, shelved)
    return refused or json_reply({"file_url": stage.shelf.url(shelved)})


async def _fill(request: Request, stage: Stage, shelved: Shelved) -> Response | None:
    stage.book.count("uploads")
    try:
        with stage.shelf.filling(shelved.path) as sink:
            async for chunk in request.stream():
                sink.write(chunk)
    except TooLarge:
        return json_reply({"detail": "Payload Too Large"}, 413)
    return None


async def read(request: Request, stage: Stage) -> Response:
    """Return a file, or the requested range of the file."""
    stage.book.count("downloads" if request.method == "GET" else "looks")
    shelved = stage.shelf.find(_key(request))
    if shelved is None:
        return json_reply({"detail": "File not found"}, 404)
    return FileResponse(shelved.path, media_type=shelved.content_type)
