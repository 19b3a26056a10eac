"""Clips over HTTP, in ranges, so that players can seek; and their previews."""

import re
from collections.abc import AsyncIterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shotgraph.media.probe import Medium
from shotgraph.model.references import Asset, MediaKind, Sha256
from shotgraph.report.pictures import Pictures
from shotgraph.store import AssetStore, Store
from shotgraph.store.assets import START_BYTES, content_type_by

CHUNK_BYTES = 1 << 20
_NAME = re.compile(r"([0-9a-f]{64})(\.[a-z0-9]{1,5})?")
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
# The content behind a hash never changes.
_FOR_EVER = {"cache-control": "private, max-age=31536000, immutable"}


async def clip(request: Request, assets: AssetStore) -> Response:
    """Answer a request for ``/clips/<sha256>.mp4``."""
    found = _NAME.fullmatch(request.path_params["name"])
    sha256 = Sha256(found[1]) if found is not None else None
    size_bytes = await assets.size_bytes(sha256) if sha256 is not None else None
    if sha256 is None or size_bytes is None:
        raise HTTPException(404)
    begin = await assets.part(sha256, 0, min(START_BYTES, size_bytes)) if size_bytes else b""
    headers = {
        **_FOR_EVER,
        "accept-ranges": "bytes",
        "etag": f'"{sha256}"',
        "content-type": content_type_by(begin, "video"),
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    span = _span(request, headers["etag"], size_bytes)
    if span is None:
        raise HTTPException(416, headers={"content-range": f"bytes */{size_bytes}"})
    first, after, is_part = span
    headers["content-length"] = str(after - first)
    if is_part:
        headers["content-range"] = f"bytes {first}-{after - 1}/{size_bytes}"
    status = 206 if is_part else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(_bytes(assets, sha256, first, after), status, headers)


def picture_path(medium: Medium) -> str | None:
    """The path of a preview, which is drawn when it is requested; None for a sound."""
    return f"/previews/{medium.sha256}.webp" if medium.kind != "audio" else None


async def preview(request: Request, store: Store) -> Response:
    """Answer a request for ``/previews/<sha256>.webp``: a clip's preview, drawn now if missing."""
    found = _NAME.fullmatch(request.path_params["name"])
    sha256 = Sha256(found[1]) if found is not None else None
    size_bytes = await store.assets.size_bytes(sha256) if sha256 is not None else None
    if sha256 is None or not size_bytes:
        raise HTTPException(404)
    begin = await store.assets.part(sha256, 0, min(START_BYTES, size_bytes))
    content_type = content_type_by(begin, "video")
    kind: MediaKind = "image" if content_type.startswith("image/") else "video"
    medium = Asset(sha256=sha256, kind=kind, size_bytes=size_bytes, content_type=content_type)
    data = await Pictures(store).of(medium, "preview")
    if data is None:
        raise HTTPException(404)
    return Response(data, media_type="image/webp", headers=_FOR_EVER)


def _span(request: Request, etag: str, size_bytes: int) -> tuple[int, int, bool] | None:
    """The bytes of a range: first, end, and whether they are only a part; None if outside."""
    asked = request.headers.get("range")
    found = _RANGE.fullmatch(asked.strip()) if asked is not None else None
    if found is None or found[0] == "bytes=-" or request.headers.get("if-range", etag) != etag:
        # For several ranges the whole clip is sent, as RFC 9110 allows.
        return 0, size_bytes, False
    if not found[1]:
        first, after = max(0, size_bytes - int(found[2])), size_bytes
    else:
        first = int(found[1])
        after = min(int(found[2]) + 1, size_bytes) if found[2] else size_bytes
    return (first, after, True) if first < after else None


async def _bytes(
    assets: AssetStore, sha256: Sha256, first: int, after: int
) -> AsyncIterator[bytes]:
    while first < after:
        size_bytes = min(CHUNK_BYTES, after - first)
        yield await assets.part(sha256, first, size_bytes)
        first += size_bytes
