"""The films of a store as a web application; clips are sent in ranges, so that players can seek."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from shotgraph.callers import LOOPBACK, KnownCallers
from shotgraph.errors import ShotgraphError, Terminal
from shotgraph.media.probe import Medium
from shotgraph.model.references import Asset, MediaKind, Sha256
from shotgraph.money.accounts import Money
from shotgraph.report import FilmCosts, words
from shotgraph.report.companions import clip_path, film_path, run_path, runs_path
from shotgraph.report.manifest import Manifest, last_runs, last_runs_of, manifest_of, manifests_of
from shotgraph.report.pictures import Pictures
from shotgraph.report.storyboard import (
    Drawn,
    Links,
    data_uri,
    page_policy,
    run_list,
    script_of,
    storyboard,
    template,
)
from shotgraph.report.timeline import timeline
from shotgraph.store import AssetStore, Store
from shotgraph.store.assets import START_BYTES, content_type_by
from shotgraph.view.access import GRANT, TokenAsked, grant_for

CHUNK_BYTES = 1 << 20
_NAME = re.compile(r"([0-9a-f]{64})(\.[a-z0-9]{1,5})?")
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
# What is under a hash never changes.
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
    """The path of a preview that is drawn when it is asked for."""
    return f"/previews/{medium.sha256}.webp" if medium.kind != "audio" else None


async def preview(request: Request, store: Store) -> Response:
    """Answer a request for ``/previews/<sha256>.webp``: a clip's preview, drawn now if need be."""
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
    """The bytes of a range: first, end, whether they are a part; None if the clip lacks them."""
    asked = request.headers.get("range")
    found = _RANGE.fullmatch(asked.strip()) if asked is not None else None
    if found is None or found[0] == "bytes=-" or request.headers.get("if-range", etag) != etag:
        # Several ranges at once are answered as RFC 9110 lets us: with all of it.
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


async def film_list(store: Store, costs: FilmCosts) -> Response:
    """Answer ``/``: every film as its last whole run made it, and what it cost in all its runs."""
    films = await last_runs(store)
    media = [film.medium for each in films for film in each.shown.films[:1]]
    drawn = await Pictures(store, draws=0).all_of(media, "preview")
    paid = {each.shown.film for each in films if not each.shown.is_rehearsal}

    def place(run: Manifest) -> str:
        of_the_film = not run.is_rehearsal or run.film not in paid
        return film_path(run.film) if of_the_film else run_path(run)

    page = await asyncio.to_thread(
        template("films.html").render,
        films=films,
        costs={each.shown.film: await _cost(costs, each.shown.film) for each in films},
        previews={sha256: data_uri(data) for sha256, data in drawn.items()},
        picture=picture_path,
        place=place,
        run_path=run_path,
        runs_path=runs_path,
        words=words,
    )
    return HTMLResponse(page)


async def film_page(request: Request, store: Store, costs: FilmCosts) -> Response:
    """Answer ``/films/<name>`` with its last whole run, ``/films/<name>/<run>`` with that one."""
    manifest = await _asked_for(request, store)
    # Those that are missing are drawn one by one, while the page is there to be read.
    drawn = await Drawn.of(manifest, Pictures(store, draws=len(manifest.films)))
    place = run_path(manifest)
    links = Links(
        medium=clip_path,
        film=lambda film: clip_path(film.medium),
        picture=picture_path,
        up="/",
        runs=runs_path(manifest.film),
        companions=[
            ("manifest", f"{place}/manifest.json"),
            *((("timeline", f"{place}/timeline.otio"),) if manifest.films else ()),
        ],
    )
    page = await asyncio.to_thread(
        storyboard,
        manifest,
        links,
        drawn,
        film_money=await _cost(costs, manifest.film),
    )
    policy = page_policy(script_of("player", "board"), is_served=True)
    return HTMLResponse(page, headers={"content-security-policy": f"{policy}; {_FRAMED}"})


async def _cost(costs: FilmCosts, film: str) -> Money | None:
    """What a film cost; a record that can't be read hides the sum, and not the film."""
    try:
        return await costs.of(film)
    except Terminal:
        return None


async def runs_page(request: Request, store: Store) -> Response:
    """Answer ``/films/<name>/runs``: all runs of a film, rehearsals too."""
    name = request.path_params["name"]
    runs = [(run_path(manifest), manifest) for manifest in await manifests_of(store, name)]
    if not runs:
        raise HTTPException(404)
    page = await asyncio.to_thread(run_list, runs, film=film_path(name), up="/")
    return HTMLResponse(page)


async def manifest_page(request: Request, store: Store) -> Response:
    """Answer ``/films/<name>/<run>/manifest.json``."""
    manifest = await _asked_for(request, store)
    return Response(manifest.model_dump_json(indent=2), media_type="application/json")


async def timeline_of(request: Request, store: Store, token: str | None) -> Response:
    """Answer ``/films/<name>/<run>/timeline.otio``; its clips are behind this server's URLs."""
    manifest = await _asked_for(request, store)
    if not manifest.films:
        raise HTTPException(404)
    here = str(request.base_url).rstrip("/")

    def url(medium: Medium) -> str:
        path = clip_path(medium)
        # Whatever opens the timeline has no cookie.
        return f"{here}{path}" + (f"?{GRANT}={grant_for(token, path)}" if token else "")

    return JSONResponse(timeline(manifest, manifest.films[0], url))


async def _asked_for(request: Request, store: Store) -> Manifest:
    name, run = request.path_params["name"], request.path_params.get("run")
    if run is None:
        last = await last_runs_of(store, name)
        found = last.shown if last is not None else None
    else:
        found = await manifest_of(store, name, run)
    if found is None:
        raise HTTPException(404)
    return found


_FRAMED = "frame-ancestors 'none'"
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-site",
    "content-security-policy": "default-src 'none'; img-src data: 'self'; media-src 'self'; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
_MEND = " Say by which name people reach it: export SHOTGRAPH_VIEW_URL=http://NAME:PORT"
_SAID = {404: "There is no such film or clip here.", 416: "It has no such bytes."}


def make_app(
    store: Store,
    hosts: Sequence[str] = LOOPBACK,
    *,
    any_address: bool = False,
    token: str | None = None,
) -> Starlette:
    """Make the application that shows a store.

    Args:
        store: The store with the films.
        hosts: The names that it answers to. So a page of another site that points its own name
            here is refused.
        any_address: Whether it answers to every IP address too.
        token: The token that it asks for; None if the server before it asks for one.
    """
    costs = FilmCosts(store)
    callers = Middleware(KnownCallers, names=hosts, any_address=any_address, mend=_MEND)
    access = [Middleware(TokenAsked, token=token)] if token is not None else []
    return Starlette(
        routes=[
            Route("/", _answer(lambda request: film_list(store, costs))),
            Route("/films/{name}", _answer(lambda request: film_page(request, store, costs))),
            Route("/films/{name}/runs", _answer(lambda request: runs_page(request, store))),
            Route("/films/{name}/{run}", _answer(lambda request: film_page(request, store, costs))),
            Route(
                "/films/{name}/{run}/manifest.json",
                _answer(lambda request: manifest_page(request, store)),
            ),
            Route(
                "/films/{name}/{run}/timeline.otio",
                _answer(lambda request: timeline_of(request, store, token)),
            ),
            Route("/clips/{name}", _answer(lambda request: clip(request, store.assets))),
            Route("/previews/{name}", _answer(lambda request: preview(request, store))),
        ],
        middleware=[callers, *access],
        exception_handlers={HTTPException: _refused, ShotgraphError: _failed},
    )


def _answer(
    reply: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        response = await reply(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return answer


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  it is registered for nothing else
    said = _SAID.get(error.status_code, error.detail)
    return PlainTextResponse(f"{said}\n", error.status_code, headers=dict(error.headers or {}))


def _failed(request: Request, error: Exception) -> Response:
    # What is wrong with the store is for whoever serves it, and may name its places.
    return PlainTextResponse("The store could not be read; its server's log says why.\n", 503)
