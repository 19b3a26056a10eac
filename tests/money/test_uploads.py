"""Assets at fal: uploaded once, by the means that their size asks for."""

import asyncio
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from shotgraph.endpoints.kling_o1.edit import EditArguments
from shotgraph.errors import Refused, Retryable
from shotgraph.inputs.intake import Intake
from shotgraph.inputs.known_media import TRUSTED_FOR
from shotgraph.model.references import Asset, RemoteUrl
from shotgraph.money.connection import FalConnection
from shotgraph.money.uploads import Uploads
from shotgraph.store import Store
from tests.money.clocks import SteppingClock
from tests.money.scripted import ScriptedServer, reply
from tests.rehearsal.client import Client


@pytest.fixture
def uploads(fal: FalConnection, store: Store, clock: SteppingClock) -> Uploads:
    return Uploads(fal, store, clock)


async def counted(server: Client) -> int:
    return int((await server.book())["counts"].get("uploads", 0))


async def bytes_at(server: Client, url: str) -> bytes:
    answer = await server.http.get(url)
    assert answer.status_code == 200
    return answer.content


async def test_an_asset_is_uploaded_once(
    server: Client, uploads: Uploads, asset: Asset, clip: Path
) -> None:
    url = await uploads.url_of(asset, what="dusk")
    assert await uploads.url_of(asset, what="dawn") == url
    assert await counted(server) == 1
    assert await bytes_at(server, url) == clip.read_bytes()
    assert urlsplit(url).path.endswith(".mp4")


async def test_two_that_want_it_at_once_upload_it_once(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock, asset: Asset
) -> None:
    # Each purchase has an Uploads of its own.
    both = [Uploads(fal, store, clock).url_of(asset, what="dusk") for _ in range(4)]
    assert len(set(await asyncio.gather(*both))) == 1
    assert await counted(server) == 1


async def test_a_later_run_finds_it(
    server: Client, fal: FalConnection, store: Store, asset: Asset
) -> None:
    first = await Uploads(fal, store, SteppingClock()).url_of(asset, what="dusk")
    assert await Uploads(fal, store, SteppingClock()).url_of(asset, what="dusk") == first
    assert await counted(server) == 1


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_gone_at_fal_is_uploaded_again(
    server: Client, uploads: Uploads, clock: SteppingClock, asset: Asset, status: int
) -> None:
    url = await uploads.url_of(asset, what="dusk")
    await server.fault("refuse", at="media", status=status, times=1)
    clock.pass_by(1)
    again = await uploads.url_of(asset, what="dusk")
    assert again != url
    assert await counted(server) == 2
    assert await uploads.url_of(asset, what="dusk") == again


async def test_a_file_host_that_does_not_answer_is_not_relied_on(
    server: Client, uploads: Uploads, clock: SteppingClock, asset: Asset
) -> None:
    url = await uploads.url_of(asset, what="dusk")
    await server.fault("drop", at="media", times=1)
    clock.pass_by(1)
    assert await uploads.url_of(asset, what="dusk") != url


async def test_a_url_is_not_trusted_for_ever(
    server: Client, uploads: Uploads, clock: SteppingClock, asset: Asset
) -> None:
    url = await uploads.url_of(asset, what="dusk")
    clock.pass_by(TRUSTED_FOR.total_seconds())
    assert await uploads.url_of(asset, what="dusk") == url
    clock.pass_by(1)
    assert await uploads.url_of(asset, what="dusk") != url


@pytest.mark.parametrize("location", ["https://xn--/", "http://[::1"])
async def test_a_file_host_that_redirects_to_no_address_is_not_relied_on(
    server: Client, uploads: Uploads, clock: SteppingClock, asset: Asset, location: str
) -> None:
    # httpx reads it although it does not go there, and raises errors of several libraries.
    url = await uploads.url_of(asset, what="dusk")
    await server.fault("redirect", at="media", target=location, times=1)
    clock.pass_by(1)
    assert await uploads.url_of(asset, what="dusk") != url


@pytest.mark.slow
async def test_above_100_mib_it_goes_in_parts(
    server: Client, uploads: Uploads, store: Store, tmp_path: Path
) -> None:
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate((100 << 20) + 1)
    asset = await store.assets.add(large, "video")
    url = await uploads.url_of(asset, what="dusk")
    counts = (await server.book())["counts"]
    assert (counts["multipart_uploads"], counts.get("uploads", 0)) == (1, 0)
    head = await server.http.head(url)
    assert head.headers["content-length"] == str(asset.size_bytes)
    assert await uploads.url_of(asset, what="dusk") == url


async def test_what_fal_has_is_passed_on(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock, clip: Path
) -> None:
    url = await server.upload(clip)
    before = await counted(server)
    intake = Intake(fal.bases, store, clock)
    arguments = EditArguments(prompt="dusk", video=RemoteUrl(url=url))
    taken = await intake.take_in(arguments)
    assert isinstance(taken.video, Asset)
    assert await Uploads(fal, store, clock).url_of(taken.video, what="dusk") == url
    assert await counted(server) == before
    downloads = (await server.book())["counts"]["downloads"]
    assert await intake.take_in(arguments) == taken
    assert (await server.book())["counts"]["downloads"] == downloads


async def test_what_a_job_made_is_passed_on_to_the_next(
    server: Client, uploads: Uploads, asset: Asset, clip: Path
) -> None:
    url = await server.upload(clip)
    await uploads.note(asset, url)
    assert await uploads.url_of(asset, what="dusk") == url
    assert await counted(server) == 1


@pytest.mark.parametrize(
    ("place", "status", "kind"),
    [
        ("token", 401, Refused),
        ("token", 403, Refused),
        ("token", 500, Retryable),
        ("upload", 422, Refused),
        ("upload", 500, Retryable),
    ],
)
async def test_an_upload_that_fails_says_that_nothing_was_bought(
    server: Client, uploads: Uploads, asset: Asset, place: str, status: int, kind: type[Exception]
) -> None:
    await server.fault("refuse", at=place, status=status)
    with pytest.raises(kind, match=r"dusk: the upload of a video of 0\.\d MB.*othing was bought"):
        await uploads.url_of(asset, what="dusk")
    assert (await server.book())["counts"].get("submits", 0) == 0
    await server.lift()
    assert await uploads.url_of(asset, what="dusk")


async def test_the_file_host_is_not_shown_the_key(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock, asset: Asset
) -> None:
    answer = reply(200, {"access_url": "https://v3.fal.media/files/x.mp4"})
    async with ScriptedServer(lambda _: answer) as cdn:
        bases = fal.bases.model_copy(update={"cdn_url": f"{cdn.root}/cdn"})
        url = await Uploads(replace(fal, bases=bases), store, clock).url_of(asset, what="dusk")
    assert url == "https://v3.fal.media/files/x.mp4"
    (asked,) = cdn.heard
    assert asked.path == "/cdn/files/upload"
    assert asked.body == (await store.assets.file(asset)).read_bytes()
    assert (asked.header("authorization") or "").startswith("Bearer ")
    assert server.key not in asked.head


async def test_a_planted_url_is_neither_called_nor_passed_on(
    uploads: Uploads, clock: SteppingClock, asset: Asset, server: Client
) -> None:
    async with ScriptedServer() as canary:
        planted = f"http://127.0.0.1:{canary.port}/x.mp4"
        await uploads.note(asset, planted)
        clock.pass_by(1)
        url = await uploads.url_of(asset, what="dusk")
        assert canary.connections == 0
    assert url.startswith(server.bases.cdn_url)


def test_a_key_is_not_shown_by_what_uploads(fal: FalConnection, uploads: Uploads) -> None:
    secret = replace(fal, key=SecretStr("canary-id:canary-secret"))
    assert "canary" not in repr(secret)
    assert "canary" not in repr(vars(uploads))


async def test_a_signed_url_is_not_kept(
    server: Client, uploads: Uploads, store: Store, clock: SteppingClock, asset: Asset
) -> None:
    await uploads.note(asset, f"{server.bases.cdn_url}/files/x.mp4?sig=canary")
    assert await store.records.names("uploads") == []
    clock.pass_by(1)
    assert await bytes_at(server, await uploads.url_of(asset, what="dusk"))
    assert await counted(server) == 1
