"""The pages: the list of films, and the storyboard of one."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from shotgraph.errors import Terminal
from shotgraph.ledger import Money
from shotgraph.report import FilmCosts, words
from shotgraph.report.manifest import Manifest
from shotgraph.report.pictures import Pictures
from shotgraph.report.places import clip_place, film_place, run_place
from shotgraph.report.storyboard import Links, data_uri, storyboard, template
from shotgraph.report.timeline import timeline
from shotgraph.report.told import last_manifest, last_manifests, manifests_of
from shotgraph.store import Store


async def film_list(store: Store, costs: FilmCosts) -> Response:
    """Answer ``/``: every film, its last run first, and what the film cost in all its runs."""
    manifests = await last_manifests(store)
    pictures = Pictures(store)
    shown = {film.medium.sha256: film.medium for each in manifests for film in each.films[:1]}
    drawn = await pictures.all_of(shown.values(), "preview")
    page = await asyncio.to_thread(
        template("films.html").render,
        manifests=manifests,
        costs={each.film: await _cost(costs, each.film) for each in manifests},
        previews={sha256: data_uri(data) for sha256, data in drawn.items()},
        place=film_place,
        words=words,
    )
    return HTMLResponse(page)


async def film_page(request: Request, store: Store, costs: FilmCosts) -> Response:
    """Answer ``/films/<name>`` with its last run, ``/films/<name>/<run>`` with that one."""
    manifest = await _asked_for(request, store)
    pictures = Pictures(store)
    previews = await pictures.all_of(manifest.media().values(), "preview")
    posters = await pictures.all_of((film.medium for film in manifest.films), "poster")
    place = run_place(manifest)
    links = Links(
        medium=clip_place,
        film=lambda film: clip_place(film.medium),
        up="/",
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


async def manifest_of(request: Request, store: Store) -> Response:
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
        found = await last_manifest(store, name)
    else:
        every = await manifests_of(store, name)
        found = next((one for one in every if one.run_id == run), None)
    if found is None:
        raise HTTPException(404)
    return found
