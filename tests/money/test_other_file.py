"""A file whose bytes the store has lost, and which its host has replaced: it is never taken."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shotgraph.errors import Terminal
from shotgraph.inputs.intake import Intake
from shotgraph.model.references import Asset, RemoteUrl
from shotgraph.money.buy import buy
from shotgraph.money.events import Forgotten
from shotgraph.money.job import Job
from shotgraph.money.keep import OtherBytes
from shotgraph.money.results import Results
from shotgraph.money.session import Session
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.store import Store
from shotgraph.store.assets import object_name
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.clocks import FastClock
from tests.rehearsal.client import Client


@pytest.fixture
def clock() -> FastClock:
    return FastClock()


def _job(session: Session) -> Job:
    return job_of(Shot(prompt="a sea"), session.fal.backend)


async def _lost(store: Store, asset: Asset) -> bytes:
    """Remove an asset's bytes from the store; gives them."""
    path = await store.assets.file(asset)
    held = path.read_bytes()
    path.chmod(0o600)
    path.unlink()
    return held


async def _submits(server: Client) -> int:
    return int((await server.book())["counts"].get("submits", 0))


async def test_a_replaced_clip_is_refused_and_the_right_one_is_taken(
    server: Client, session: Callable[..., Session], store: Store, said: list[str]
) -> None:
    job = _job(session())
    first = (await buy(session(), job)).result
    await _lost(store, first.asset)
    await server.fault("other_file", at="media")
    for _ in range(2):
        with pytest.raises(OtherBytes) as other:
            await buy(session(), job)
        message = other.value.message
        assert f"request {first.request_id} is not the one that was bought" in message
        assert first.asset.sha256 in message
        assert object_name(first.asset.sha256) in message
        assert "nothing was bought again" in message
        assert "--buy-again" in message
        assert (await Results(store).get(job.key)) is None, "it is no result"
    await server.lift()
    again = await buy(session(), job)
    assert (again.how, again.result.asset) == ("resumed", first.asset)
    assert await _submits(server) == 1


async def test_the_clip_may_be_put_back_by_hand(
    server: Client, session: Callable[..., Session], store: Store
) -> None:
    job = _job(session())
    first = (await buy(session(), job)).result
    held = await _lost(store, first.asset)
    await server.fault("other_file", at="media")
    with pytest.raises(OtherBytes):
        await buy(session(), job)
    assert store.folder is not None
    (store.folder / object_name(first.asset.sha256)).write_bytes(held)
    assert (await buy(session(), job)).how == "cached"


async def test_a_clip_that_is_bought_again_may_be_another(
    server: Client, session: Callable[..., Session], store: Store
) -> None:
    job, ledger = _job(session()), session().ledger
    first = (await buy(session(), job)).result
    await _lost(store, first.asset)
    attempt = await ledger.latest(job.key)
    await ledger.record(attempt, Forgotten(at=session().clock.now(), why="a person decided so"))
    second = await buy(session(), job)
    assert second.how == "ran"
    assert second.result.asset != first.asset
    assert await _submits(server) == 2


async def test_what_an_older_version_took_in_its_place_is_no_result(
    server: Client, session: Callable[..., Session], store: Store, tmp_path: Path
) -> None:
    job = _job(session())
    first = (await buy(session(), job)).result
    clip = tmp_path / "other.mp4"
    clip.write_bytes(await _lost(store, first.asset) + bytes.fromhex("0000000c66726565676f6e65"))
    wrong = await store.assets.add(clip, "video")
    later = first.made_at.replace(year=first.made_at.year + 1)
    await Results(store).put(first.model_copy(update={"asset": wrong, "made_at": later}))
    assert await Results(store).get(job.key) is None
    assert Results(store).get_now(job.key) is None
    again = await buy(session(), job)
    assert again.result.asset == first.asset


async def test_a_replaced_input_is_refused_too(
    server: Client, session: Callable[..., Session], store: Store, clip: Path
) -> None:
    reply = await server.http.post(
        f"{server.bases.cdn_url}/files/upload",
        content=clip.read_bytes(),
        headers={"X-Fal-File-Name": "shot.mp4", "Content-Type": "video/mp4"},
    )
    given = RemoteUrl(url=reply.json()["access_url"])
    body = FalArguments.model_validate(
        {"endpoint": "some/model", "price_usd": "1", "arguments": {"video_url": given}}
    )
    intake = Intake(session().fal.bases, store, session().clock)
    taken = (await intake.take_in(body)).arguments["video_url"]
    assert isinstance(taken, Asset)
    await _lost(store, taken)
    await server.fault("other_file", at="media")
    with pytest.raises(Terminal, match="is not the one that was there") as other:
        await intake.take_in(body)
    assert taken.sha256 in other.value.message
    await server.lift()
    assert (await intake.take_in(body)).arguments["video_url"] == taken
