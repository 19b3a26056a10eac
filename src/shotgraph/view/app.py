"""The application: which address answers what."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from shotgraph.errors import ShotgraphError
from shotgraph.report import FilmCosts
from shotgraph.store import Store
from shotgraph.view.clips import clip
from shotgraph.view.films import film_list, film_page, manifest_page, runs_page, timeline_of

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-site",
    "content-security-policy": "default-src 'none'; img-src data: 'self'; media-src 'self'; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
_SAID = {404: "There is no such film or clip here.", 416: "It has no such bytes."}


def make_app(store: Store, hosts: Sequence[str] = LOOPBACK) -> Starlette:
    """Make the application that shows a store.

    Args:
        store: Which.
        hosts: The names that it answers to. A page elsewhere that makes its own name point here
            is turned away by it.
    """
    costs = FilmCosts(store)
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
                _answer(lambda request: timeline_of(request, store)),
            ),
            Route("/clips/{name}", _answer(lambda request: clip(request, store.assets))),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))],
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
