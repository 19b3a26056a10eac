"""After a purge of films, what was bought is found: whatever it rests on was left where it is."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.endpoints import ENDPOINTS
from shotgraph.making.make import Maker
from shotgraph.making.shots import draw
from shotgraph.making.step_jobs import LocalJob
from shotgraph.model.references import Asset
from shotgraph.money.job import Job
from shotgraph.money.results import Result
from shotgraph.money.session import Session
from shotgraph.plan.purge import find_old, remove
from shotgraph.spec import ConcatArguments, TrimArguments
from shotgraph.store import Store
from tests.making.test_draw import EDIT
from tests.rehearsal.client import Client

MakeSession = Callable[..., Session]


async def purge_films(store: Store) -> None:
    assert store.folder is not None
    then = time.time() - timedelta(days=30).total_seconds()
    for path in store.folder.rglob("*"):
        os.utime(path, (then, then))
    await remove(store, await find_old(store, datetime.now(UTC) - timedelta(days=7), films=True))


def cut_of(clip: Asset, seconds: int) -> LocalJob:
    return LocalJob("cut", "trim", TrimArguments(video=clip, seconds=Fraction(seconds)))


def edit_of(cut: Result) -> Job:
    endpoint = ENDPOINTS[EDIT]
    arguments = endpoint.arguments.model_validate({"prompt": "Dusk", "video": cut.asset})
    return Job("dusk", endpoint, arguments, take=1, backend="rehearsal")


@pytest.mark.parametrize("seconds", [3, 2], ids=["sent as it is", "made to fit"])
@pytest.mark.slow
async def test_a_cut_that_feeds_a_paid_job_is_not_made_anew(
    seconds: int, session: MakeSession, server: Client, store: Store, shots: Path
) -> None:
    here = session()
    maker = Maker(store, here.clock)
    clip = await store.assets.add(shots / "long.mp4", "video")
    longer, _ = await maker.get(cut_of(clip, 8))
    cut, _ = await maker.get(cut_of(longer.asset, seconds))
    bought = await draw(here, edit_of(cut))
    joined = LocalJob("film", "concat", ConcatArguments(clips=[bought.result.asset, cut.asset]))
    film, _ = await maker.get(joined)

    await purge_films(store)

    assert not store.assets.here_now(film.asset.sha256)
    again, was_there = await maker.get(cut_of(clip, 8))
    assert (again, was_there) == (longer, True)
    again, was_there = await maker.get(cut_of(again.asset, seconds))
    assert (again, was_there) == (cut, True)
    assert (await draw(here, edit_of(again))).how == "cached"
    assert (await server.book())["counts"]["submits"] == 1
    assert (await maker.get(joined))[0].asset.sha256 == film.asset.sha256
