"""The screening room as a web application: films, runs, clips, decisions, notes, plans."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from shotgraph.callers import LOOPBACK, KnownCallers
from shotgraph.clock import Clock, SystemClock
from shotgraph.errors import InvalidInput, ShotgraphError
from shotgraph.media.probe import Medium
from shotgraph.money.decisions import PERSON
from shotgraph.report import FilmCosts
from shotgraph.report.companions import clip_path
from shotgraph.report.notes import Note, notes_of, put_note
from shotgraph.report.storyboard import page_policy, script_of
from shotgraph.report.timeline import timeline
from shotgraph.store import Store
from shotgraph.view.access import GRANT, TokenAsked, body_of, grant_for
from shotgraph.view.clips import clip, preview
from shotgraph.view.decide import Answer, Deciding, Resume
from shotgraph.view.film_pages import (
    FRAMED,
    LIST_SCRIPTS,
    NoteSent,
    PlanOf,
    film_list,
    film_page,
    manifest_asked_for,
    plans_page,
    runs_page,
    search_page,
)
from shotgraph.view.under_way import Watching, every, seen_in

LOOK_S, BUCKET_LOOK_S = 1.0, 5.0
"""Seconds between two looks at the runs while a page watches; a bucket bills each look."""
MOST_WATCHERS = 20


async def manifest_page(request: Request, store: Store) -> Response:
    """Answer ``/films/<name>/<run>/manifest.json``."""
    manifest = await manifest_asked_for(request, store)
    return Response(manifest.model_dump_json(indent=2), media_type="application/json")


async def timeline_of(request: Request, store: Store, token: str | None) -> Response:
    """Answer ``/films/<name>/<run>/timeline.otio``; its clips are behind this server's URLs."""
    manifest = await manifest_asked_for(request, store)
    if not manifest.films:
        raise HTTPException(404)
    here = str(request.base_url).rstrip("/")

    def url(medium: Medium) -> str:
        path = clip_path(medium)
        # The program that opens the timeline has no cookie.
        return f"{here}{path}" + (f"?{GRANT}={grant_for(token, path)}" if token else "")

    notes = await notes_of(store, manifest.film)
    return JSONResponse(timeline(manifest, manifest.films[0], url, notes=notes))


async def keep_note(request: Request, store: Store, clock: Clock, person: str) -> Response:
    """Answer ``POST /notes``."""
    sent = await body_of(request, NoteSent)
    manifest = await manifest_asked_for(request, store, film=sent.film, run=sent.run)
    medium = manifest.media().get(sent.clip)
    if medium is None:
        raise HTTPException(422, "This run has no such clip.")
    if sent.frame >= max(medium.frames, 1):  # a sound has no frames
        raise HTTPException(422, f"frame: the clip has {medium.frames}, numbered from 0")
    note = Note(
        film=manifest.film,
        run_id=manifest.run_id,
        clip=sent.clip,
        name=sent.name,
        frame=sent.frame,
        text=sent.text,
        at=clock.now(),
        by=person if person != PERSON else "",
    )
    await put_note(store, note)
    return JSONResponse({"said": "Kept."}, 201)


async def decide(request: Request, deciding: Deciding) -> Response:
    """Answer ``POST /decisions``."""
    answer = await body_of(request, Answer)
    manifest = await manifest_asked_for(request, deciding.store, film=answer.film, run=answer.run)
    try:
        said = await deciding.decide(manifest, answer)
    except InvalidInput as error:
        raise HTTPException(409, error.message) from None
    return JSONResponse({"said": said, "seen": await seen_in(deciding.store)})


class LiveAnswers:
    """Sends the state of the runs to each page that watches."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._watching = Watching(store, clock)
        self._pause_s = LOOK_S if store.folder is not None else BUCKET_LOOK_S
        self._watchers = 0

    async def answer(self, request: Request) -> Response:
        """Answer ``/live``."""
        if self._watchers >= MOST_WATCHERS:
            raise HTTPException(503, "Too many pages watch already.")
        headers = {"cache-control": "no-store"}
        return StreamingResponse(self._events(), media_type="text/event-stream", headers=headers)

    async def _events(self) -> AsyncIterator[str]:
        self._watchers += 1
        try:
            async for now in self._watching.changes(partial(every, self._pause_s)):
                yield f"data: {json.dumps(now.as_json())}\n\n"
        finally:
            self._watchers -= 1


_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-site",
    "content-security-policy": page_policy(script_of(*LIST_SCRIPTS), is_served=True)
    + f"; {FRAMED}",
}
_MEND = " Say by which name people reach it: export SHOTGRAPH_VIEW_URL=http://NAME:PORT"
_SAID = {404: "There is no such film or clip here.", 416: "It has no such bytes."}


def make_app(
    store: Store,
    hosts: Sequence[str] = LOOPBACK,
    *,
    any_address: bool = False,
    token: str | None = None,
    resume: Resume | None = None,
    plans: Sequence[PlanOf] = (),
    clock: Clock | None = None,
    person: str = PERSON,
) -> Starlette:
    """Make the application that shows a store.

    Args:
        store: The store with the films.
        hosts: The host names that it answers to. A page of another site that points its own name
            to this server is refused.
        any_address: Whether it answers to every IP address too.
        token: The token that it requires; None if a server in front of it requires one.
        resume: Resumes a run that waits in Prefect; None if Prefect is not available.
        plans: The files that were named at the start; each is planned when a person opens the page.
        clock: The clock for the times in notes and decisions.
        person: The name of the person who decides here.
    """
    clock = clock or SystemClock()
    costs, deciding, live = (
        FilmCosts(store),
        Deciding(store, clock, resume, person),
        LiveAnswers(store, clock),
    )
    callers = Middleware(KnownCallers, names=hosts, any_address=any_address, mend=_MEND)
    access = [Middleware(TokenAsked, token=token)] if token is not None else []
    return Starlette(
        routes=[
            *(Route(path, _answer(reply)) for path, reply in _read(store, costs, deciding, plans)),
            Route(
                "/films/{name}/{run}/timeline.otio",
                _answer(lambda request: timeline_of(request, store, token)),
            ),
            Route("/live", _answer(live.answer)),
            Route(
                "/notes",
                _answer(lambda request: keep_note(request, store, clock, person)),
                methods=["POST"],
            ),
            Route(
                "/decisions", _answer(lambda request: decide(request, deciding)), methods=["POST"]
            ),
        ],
        middleware=[callers, *access],
        exception_handlers={HTTPException: _refused, ShotgraphError: _failed},
    )


Reply = Callable[[Request], Awaitable[Response]]


def _read(
    store: Store, costs: FilmCosts, deciding: Deciding, plans: Sequence[PlanOf]
) -> list[tuple[str, Reply]]:
    """The routes that only read."""
    return [
        ("/", lambda request: film_list(store, costs, has_plans=bool(plans))),
        ("/search", lambda request: search_page(request, store)),
        ("/plans", lambda request: plans_page(plans)),
        ("/films/{name}", lambda request: film_page(request, store, costs, deciding)),
        ("/films/{name}/runs", lambda request: runs_page(request, store)),
        ("/films/{name}/{run}", lambda request: film_page(request, store, costs, deciding)),
        ("/films/{name}/{run}/manifest.json", lambda request: manifest_page(request, store)),
        ("/clips/{name}", lambda request: clip(request, store.assets)),
        ("/previews/{name}", lambda request: preview(request, store)),
    ]


def _answer(reply: Reply) -> Reply:
    async def answer(request: Request) -> Response:
        response = await reply(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return answer


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  it is registered for nothing else
    said = _SAID.get(error.status_code, error.detail)
    if request.method == "POST":
        return JSONResponse({"said": said}, error.status_code)
    return PlainTextResponse(f"{said}\n", error.status_code, headers=dict(error.headers or {}))


def _failed(request: Request, error: Exception) -> Response:
    # The details may name the store's places; they are for the person who runs the server.
    said = "The store could not be read; its server's log says why."
    if request.method == "POST":
        return JSONResponse({"said": said}, 503)
    return PlainTextResponse(f"{said}\n", 503)
