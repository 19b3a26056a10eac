"""The CDN: files go in, and come out again. What ``v3.fal.media`` does.

Reading needs no key, as at fal: who has the URL has the file.
"""

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from shotgraph.rehearsal.cdn_access import may_upload
from shotgraph.rehearsal.multipart import multipart_routes
from shotgraph.rehearsal.places import place
from shotgraph.rehearsal.replies import WRONG_KEY, json_reply
from shotgraph.rehearsal.shelf import Shelved, TooLarge
from shotgraph.rehearsal.stage import Stage


def routes() -> list[Route]:
    """The routes below the base of the CDN."""
    file = "/files/b/{word}/{name}"
    return [
        Route("/files/upload", place("upload", upload, needs_key=False), methods=["POST"]),
        *multipart_routes(file),
        Route(file, place("upload", put, needs_key=False), methods=["PUT"]),
        Route(file, place("media", read, endpoint_of=made_by, needs_key=False), methods=["GET"]),
    ]


def made_by(request: Request, stage: Stage) -> str | None:
    """The endpoint that made a file."""
    shelved = stage.shelf.find(_key(request))
    return shelved.endpoint_id if shelved else None


def _key(request: Request) -> str:
    parts = request.path_params
    return f"files/b/{parts['word']}/{parts['name']}"


async def upload(request: Request, stage: Stage) -> Response:
    """Take a file that comes in one piece, and say where it is."""
    if not may_upload(request, stage):
        return json_reply(WRONG_KEY, 401)
    shelved = stage.shelf.reserve(
        request.headers.get("x-fal-file-name", "upload.bin"),
        request.headers.get("content-type", "application/octet-stream"),
    )
    refused = await _fill(request, stage, shelved)
    return refused or json_reply({"access_url": stage.shelf.url(shelved)})


async def put(request: Request, stage: Stage) -> Response:
    """Take a file at a URL that was named before."""
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
    """Give a file, or the range of it that was asked for."""
    stage.book.count("downloads" if request.method == "GET" else "looks")
    shelved = stage.shelf.find(_key(request))
    if shelved is None:
        return json_reply({"detail": "File not found"}, 404)
    return FileResponse(shelved.path, media_type=shelved.content_type)
