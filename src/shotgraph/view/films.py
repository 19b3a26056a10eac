"""The pages: the list of films, and the storyboard of one."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from shotgraph.errors import Terminal
from shotgraph.money.accounts import Money
from shotgraph.report import FilmCosts, words
from shotgraph.report.manifest import Manifest
from shotgraph.report.pictures import Pictures
from shotgraph.report.places import clip_place, film_place, run_place, runs_place
from shotgraph.report.storyboard import Links, data_uri, run_list, storyboard, template
from shotgraph.report.timeline import timeline
from shotgraph.report.told import last_runs, last_runs_of, manifest_of, manifests_of
from shotgraph.store import Store


async def film_list(store: Store, costs: FilmCosts) -> Response:
    """Answer ``/``: every film as its last whole run made it, and what it cost in all its runs."""
    films = await last_runs(store)
    pictures = Pictures(store)
    media = [film.medium for each in films for film in each.shown.films[:1]]
    drawn = await pictures.all_of(media, "preview")
    paid = {each.shown.film for each in films if not each.shown.is_rehearsal}

    def place(run: Manifest) -> str:
        of_the_film = not run.is_rehearsal or run.film not in paid
        return film_place(run.film) if of_the_film else run_place(run)

    page = await asyncio.to_thread(
        template("films.html").render,
        films=films,
        costs={each.shown.film: await _cost(costs, each.shown.film) for each in films},
        previews={sha256: data_uri(data) for sha256, data in drawn.items()},
        place=place,
        run_place=run_place,
        runs_place=runs_place,
        words=words,
    )
    return HTMLResponse(page)


async def film_page(request: Request, store: Store, costs: FilmCosts) -> Response:
    """Answer ``/films/<name>`` with its last whole run, ``/films/<name>/<run>`` with that one."""
    manifest = await _asked_for(request, store)
    pictures = Pictures(store)
    previews = await pictures.all_of(manifest.media().values(), "preview")
    posters = await pictures.all_of((film.medium for film in manifest.films), "poster")
    place = run_place(manifest)
    links = Links(
        medium=clip_place,
        film=lambda film: clip_place(film.medium),
        up="/",
        runs=runs_place(manifest.film),
        beside=[
            ("manifest", f"{place}/manifest.json"),
            *((("timeline", f"{place}/timeline.otio"),) if manifest.films else ()),
        ],
    )
    page = await asyncio.to_thread(
        storyboard,
        manifest,
        links,
        previews=previews,
        posters=posters,
        film_money=await _cost(costs, manifest.film),
    )
    return HTMLResponse(page)


async def _cost(costs: FilmCosts, film: str) -> Money | None:
    """What a film cost; a record that can't be read hides the sum, and not the film."""
    try:
        return await costs.of(film)
    except Terminal:
        return None


async def runs_page(request: Request, store: Store) -> Response:
    """Answer ``/films/<name>/runs``: all runs of a film, rehearsals too."""
    name = request.path_params["name"]
    runs = [(run_place(manifest), manifest) for manifest in await manifests_of(store, name)]
    if not runs:
        raise HTTPException(404)
    page = await asyncio.to_thread(run_list, runs, film=film_place(name), up="/")
    return HTMLResponse(page)


async def manifest_page(request: Request, store: Store) -> Response:
    """Answer ``/films/<name>/<run>/manifest.json``."""
    manifest = await _asked_for(request, store)
    return Response(manifest.model_dump_json(indent=2), media_type="application/json")


async def timeline_of(request: Request, store: Store) -> Response:
    """Answer ``/films/<name>/<run>/timeline.otio``; its clips are behind this server's URLs."""
    manifest = await _asked_for(request, store)
    if not manifest.films:
        raise HTTPException(404)
    here = str(request.base_url).rstrip("/")
    found = timeline(manifest, manifest.films[0], lambda medium: f"{here}{clip_place(medium)}")
    return JSONResponse(found)


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
