"""The pages of the screening room: films, runs, one film, a search, plans."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from shotgraph.errors import ShotgraphError, Terminal
from shotgraph.model.references import Sha256
from shotgraph.money.accounts import Money
from shotgraph.plan.plan import STATE_WORDS, Plan
from shotgraph.report import FilmCosts, words
from shotgraph.report.companions import clip_path, film_path, run_path, runs_path
from shotgraph.report.manifest import Manifest, last_runs, last_runs_of, manifest_of, manifests_of
from shotgraph.report.notes import MOST_CHARS, notes_of
from shotgraph.report.pictures import Pictures
from shotgraph.report.storyboard import (
    Drawn,
    Links,
    ScreeningRoom,
    data_uri,
    page_policy,
    run_list,
    script_of,
    storyboard,
    template,
)
from shotgraph.store import Store
from shotgraph.store.records import read_or_none
from shotgraph.view.clips import picture_path
from shotgraph.view.decide import Deciding
from shotgraph.view.under_way import seen_in


@dataclass(frozen=True)
class PlannedRow:
    """One step of a plan, in words."""

    name: str
    kind: str
    state: str
    cost: str
    note: str


@dataclass(frozen=True)
class PlannedFile:
    """A file and its plan.

    Attributes:
        error: Why the file has no plan; empty if it has one.
    """

    name: str
    steps: Sequence[PlannedRow] = ()
    cost: str = ""
    warnings: Sequence[str] = ()
    error: str = ""

    @classmethod
    def of(cls, name: str, plan: Plan) -> "PlannedFile":
        """Write a plan in words."""
        rows = [
            PlannedRow(
                step.name,
                step.kind,
                STATE_WORDS[step.state],
                ("at most " if step.upper_bound else "") + words.dollars(step.cost_usd)
                if step.cost_usd
                else "",
                step.note,
            )
            for step in plan.steps
        ]
        return cls(name, rows, words.dollars(plan.cost_usd), plan.warnings)


PlanOf: TypeAlias = Callable[[], Awaitable[PlannedFile]]
"""Plans a file now; the result names the file's problems.

Only files that were named at the server's start are planned: no page can name other files.
"""


LIST_SCRIPTS = ("live", "list")
ROOM_SCRIPTS = ("player", "board", "live", "room")
MOST_FOUND, MOST_SEARCHED = 60, 400
"""The most results of a search, and the most runs that it reads: the newest ones."""
FRAMED = "frame-ancestors 'none'"


class NoteSent(BaseModel):
    """A note, as a page sends it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    film: str = Field(min_length=1, max_length=200)
    run: str = Field(min_length=1, max_length=200)
    clip: Sha256
    name: str = Field(max_length=300)
    frame: int = Field(ge=0, le=10**8, strict=True)
    text: str = Field(max_length=MOST_CHARS)

    @field_validator("text")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("the note is empty")
        return text


async def film_list(store: Store, costs: FilmCosts, *, has_plans: bool) -> Response:
    """Answer ``/``: every film from its last whole run, with the cost of all its runs."""
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
        has_plans=has_plans,
        script=Markup(script_of(*LIST_SCRIPTS)),  # noqa: S704  our own file
        place=place,
        run_path=run_path,
        runs_path=runs_path,
        words=words,
    )
    return HTMLResponse(page)


async def film_page(
    request: Request, store: Store, costs: FilmCosts, deciding: Deciding
) -> Response:
    """Answer ``/films/<name>`` with its last whole run, ``/films/<name>/<run>`` with that run."""
    manifest = await manifest_asked_for(request, store)
    # Missing previews are drawn one by one, while a person reads the page.
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
        room=await _room(manifest, deciding),
    )
    policy = page_policy(script_of(*ROOM_SCRIPTS), is_served=True)
    return HTMLResponse(page, headers={"content-security-policy": f"{policy}; {FRAMED}"})


async def _room(manifest: Manifest, deciding: Deciding) -> ScreeningRoom:
    """Decisions and notes for a page; a record that can't be read hides decisions, not films."""
    try:
        gates = await deciding.gates(manifest)
    except Terminal:
        gates = {}
    notes = await notes_of(deciding.store, manifest.film)
    return ScreeningRoom(gates, notes, await seen_in(deciding.store))


async def _cost(costs: FilmCosts, film: str) -> Money | None:
    """The cost of a film; a record that can't be read hides the cost, not the film."""
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


async def manifest_asked_for(
    request: Request, store: Store, *, film: str | None = None, run: str | None = None
) -> Manifest:
    """Find the run that a request is about, by its path or by the data sent.

    Raises:
        HTTPException: There is no such run.
    """
    name = film if film is not None else request.path_params["name"]
    run = run if run is not None else request.path_params.get("run")
    if run is None:
        last = await last_runs_of(store, name)
        found = last.shown if last is not None else None
    else:
        found = await manifest_of(store, name, run)
    if found is None:
        raise HTTPException(404)
    return found


@dataclass(frozen=True)
class SearchHit:
    """One result of a search."""

    path: str
    name: str
    film: str
    when: str
    words: str


async def search_page(request: Request, store: Store) -> Response:
    """Answer ``/search?q=…``: films, steps, words and requests, the newest first."""
    asked = request.query_params.get("q", "")[:200]
    wanted = asked.lower().split()
    found: list[SearchHit] = []
    names = await store.records.newest("manifests", ".json", MOST_SEARCHED) if wanted else []
    seen: set[tuple[str, str]] = set()
    for name in names:
        manifest = await _readable(store, name)
        if manifest is not None and len(found) < MOST_FOUND:
            found += _found_in(manifest, wanted, seen)
    page = await asyncio.to_thread(
        template("search.html").render,
        asked=asked,
        found=found[:MOST_FOUND],
        is_cut=len(found) > MOST_FOUND,
    )
    return HTMLResponse(page)


async def _readable(store: Store, name: str) -> Manifest | None:
    try:
        return read_or_none(Manifest, await store.records.get(name))
    except ShotgraphError:
        return None


def _found_in(manifest: Manifest, wanted: list[str], seen: set[tuple[str, str]]) -> list[SearchHit]:
    """Find a film or steps with all words; equal results of older runs are omitted."""
    when = manifest.ended_at.strftime("%-d %B %Y, %H:%M UTC")
    about = f"{manifest.film} {manifest.description} {manifest.run_id}"
    things = [("", "", about, manifest.film, manifest.description)]
    things += [
        (
            f"#step-{number}",
            step.prompt,
            f"{manifest.film} {step.name} {step.kind} {step.prompt} {step.request_id or ''}",
            step.name,
            step.prompt,
        )
        for number, step in enumerate(manifest.steps, start=1)
    ]
    found = []
    for place, prompt, text, name, said in things:
        key = (f"{manifest.film}/{name}", prompt)
        if key not in seen and all(word in text.lower() for word in wanted):
            seen.add(key)
            found.append(SearchHit(f"{run_path(manifest)}{place}", name, manifest.film, when, said))
    return found


async def plans_page(plans: Sequence[PlanOf]) -> Response:
    """Answer ``/plans``: the purchases that a run of each file would need now."""
    if not plans:
        raise HTTPException(404)
    planned = [await plan() for plan in plans]
    page = await asyncio.to_thread(template("plans.html").render, planned=planned)
    return HTMLResponse(page)
