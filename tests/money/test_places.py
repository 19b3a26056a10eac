"""A place at fal is held while fal has the job: not while it is uploaded for, nor fetched."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shotgraph.endpoints import KINDS
from shotgraph.errors import Refused
from shotgraph.inputs.intake import Intake
from shotgraph.model.references import LocalFile
from shotgraph.money.buy import buy
from shotgraph.money.job import Job
from shotgraph.money.session import Permits, Session
from tests.money.clocks import FastClock
from tests.rehearsal.client import Client

Seen = list[tuple[str, int, int, int]]


@pytest.fixture
def clock() -> FastClock:
    return FastClock()


def watched(server: Client, seen: Seen) -> Permits:
    """Places that note, when one is taken and given back, what fal was asked until then."""

    async def note(what: str) -> None:
        counts = (await server.book())["counts"]
        seen.append((what, *(counts.get(name, 0) for name in ("uploads", "submits", "downloads"))))

    @asynccontextmanager
    async def place(what: str) -> AsyncIterator[None]:
        await note(f"{what} taken")
        yield
        await note(f"{what} given back")

    return place


async def job_of(session: Session, clip: Path) -> Job:
    endpoint = KINDS["edit"]["standard"]
    arguments = endpoint.arguments.model_validate({"prompt": "dusk", "video": LocalFile(file=clip)})
    taken = await Intake(session.fal.bases, session.store, session.clock).take_in(arguments)
    return Job("dusk", endpoint, taken, 1, session.fal.backend)


async def test_it_is_held_from_the_submission_to_the_end(
    server: Client, session: Callable[..., Session], clip: Path
) -> None:
    seen: Seen = []
    with_places = session(places=watched(server, seen))
    bought = await buy(with_places, await job_of(with_places, clip))
    assert bought.how == "ran"
    assert seen == [("dusk taken", 1, 0, 0), ("dusk given back", 1, 1, 0)]
    assert (await server.book())["counts"]["downloads"] == 1


async def test_what_is_in_the_store_takes_no_place(
    server: Client, session: Callable[..., Session], clip: Path
) -> None:
    first = session()
    await buy(first, await job_of(first, clip))
    seen: Seen = []
    again = session(places=watched(server, seen))
    assert (await buy(again, await job_of(again, clip))).how == "cached"
    assert seen == []


async def test_it_is_given_back_when_fal_says_no(
    server: Client, session: Callable[..., Session], clip: Path
) -> None:
    await server.fault("refuse", status=403)
    held: list[str] = []

    @asynccontextmanager
    async def place(what: str) -> AsyncIterator[None]:
        held.append(what)
        try:
            yield
        finally:
            held.remove(what)

    with_places = session(places=place)
    with pytest.raises(Refused):
        await buy(with_places, await job_of(with_places, clip))
    assert held == []
