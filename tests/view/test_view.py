"""The store's films over HTTP: whole, in ranges, and nothing else of this machine."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from obstore.store import MemoryStore
from typer.testing import CliRunner

from shotgraph.cli.main import app
from shotgraph.errors import InvalidInput, Terminal
from shotgraph.model.references import Asset, Sha256
from shotgraph.money.accounts import Account, AccountEntry, Accounts
from shotgraph.money.attempts import Ledger
from shotgraph.money.events import Event
from shotgraph.report.manifest import last_runs, put_manifest
from shotgraph.report.pictures import Pictures
from shotgraph.store import AssetStore, RecordStore, Store, open_store
from shotgraph.view import make_app
from tests.cli.command import COMMAND
from tests.crash.s3_server import BUCKET, open_s3
from tests.media.coded_clips import write_clip
from tests.money.ledger.records import ACCEPTED, KEY, SUCCEEDED, key_of, put_attempt
from tests.report.told_runs import AT, HOSTILE, medium, step, told


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store in a folder; and one in memory, which is to us what a bucket is."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if request.param == "folder":
        return open_store(str(tmp_path / "store"))
    backend = MemoryStore()
    return Store("memory", None, AssetStore(backend, None), RecordStore(backend))


def client_of(store: Store, url: str = "http://127.0.0.1", **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(make_app(store, **options))
    return httpx.AsyncClient(transport=transport, base_url=url)


@pytest.fixture
async def seen(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(store) as client:
        yield client


@pytest.fixture
async def clip(store: Store, tmp_path: Path) -> Asset:
    return await store.assets.add(
        write_clip(tmp_path / "1.mp4", clip=1, frames=24, rate=24), "video"
    )


@pytest.fixture
def data(clip: Asset, tmp_path: Path) -> bytes:
    return (tmp_path / "1.mp4").read_bytes()


async def keep_run(
    store: Store, clip: Asset, name: str, run_id: str, day: int = 27, **changed: Any
) -> None:
    made = medium(0, 24, **clip.model_dump())
    steps = [step("film", "edit", made, prompt=HOSTILE)]
    ended: dict[str, Any] = {"ended_at": AT.replace(day=day), "backend": "fal", **changed}
    await put_manifest(store, told(steps, made, film=name, run_id=run_id, **ended))


REFUSED = {"status": "failed", "error": {"code": "refused", "message": HOSTILE}, "films": []}
WAITS = {**REFUSED, "error": {"code": "waits_for_a_person", "message": HOSTILE}}


def links_in(page: str) -> list[str]:
    return re.findall(r'href="(/films/[^"]+)"', page)


async def test_a_clip_is_served_whole(seen: httpx.AsyncClient, clip: Asset, data: bytes) -> None:
    reply = await seen.get(f"/clips/{clip.sha256}.mp4")
    assert (reply.status_code, reply.content) == (200, data)
    assert reply.headers["content-type"] == "video/mp4"
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in reply.headers["cache-control"]
    assert (await seen.get(f"/clips/{clip.sha256}")).content == data
    head = await seen.head(f"/clips/{clip.sha256}.mp4")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(data)))
    same = {"if-none-match": reply.headers["etag"]}
    assert (await seen.get(f"/clips/{clip.sha256}.mp4", headers=same)).status_code == 304


@pytest.mark.parametrize(
    ("asked", "first", "after"),
    [
        ("bytes=0-", 0, None),
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=-7", -7, None),
        ("bytes=-999999999", 0, None),
        ("bytes=5-999999999", 5, None),
    ],
)
async def test_a_range_is_served(
    seen: httpx.AsyncClient, clip: Asset, data: bytes, asked: str, first: int, after: int | None
) -> None:
    reply = await seen.get(f"/clips/{clip.sha256}.mp4", headers={"range": asked})
    assert (reply.status_code, reply.content) == (206, data[first:after])
    begin = first % len(data)
    end = begin + len(data[first:after]) - 1
    assert reply.headers["content-range"] == f"bytes {begin}-{end}/{len(data)}"


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "bytes=-", "lines=0-1", "bytes=a-b", ""])
async def test_what_is_no_single_range_is_served_whole(
    seen: httpx.AsyncClient, clip: Asset, data: bytes, asked: str
) -> None:
    reply = await seen.get(f"/clips/{clip.sha256}.mp4", headers={"range": asked})
    assert (reply.status_code, reply.content) == (200, data)


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=5-4", "bytes=-0"])
async def test_a_range_of_nothing_is_refused(
    seen: httpx.AsyncClient, clip: Asset, data: bytes, asked: str
) -> None:
    reply = await seen.get(f"/clips/{clip.sha256}.mp4", headers={"range": asked})
    assert reply.status_code == 416
    assert reply.headers["content-range"] == f"bytes */{len(data)}"


async def test_a_range_of_another_clip_is_served_whole(
    seen: httpx.AsyncClient, clip: Asset, data: bytes
) -> None:
    asked = {"range": "bytes=0-1", "if-range": '"another"'}
    assert (await seen.get(f"/clips/{clip.sha256}.mp4", headers=asked)).content == data


async def test_long_clips_come_in_pieces(
    seen: httpx.AsyncClient, clip: Asset, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shotgraph.view.clips.CHUNK_BYTES", 100)
    assert (await seen.get(f"/clips/{clip.sha256}.mp4")).content == data
    asked = {"range": "bytes=50-949"}
    assert (await seen.get(f"/clips/{clip.sha256}.mp4", headers=asked)).content == data[50:950]


@pytest.mark.parametrize(
    "path",
    [
        "/clips/../../../etc/passwd",
        "/clips/..%2f..%2f..%2fetc%2fpasswd",
        "/clips/" + "0" * 64,
        "/clips/" + "0" * 63,
        "/clips/" + "A" * 64,
        "/clips/%2e%2e",
        "/films/..%2f..%2fattempts",
        "/films/none",
        "/films/none/run",
        "/films/none/run/manifest.json",
        "/films/none/runs",
        "/objects/00/" + "0" * 64,
        "/attempts",
        "/films",
    ],
)
async def test_nothing_else_is_there(seen: httpx.AsyncClient, path: str) -> None:
    assert (await seen.get(path)).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_nothing_can_be_written(seen: httpx.AsyncClient, clip: Asset, method: str) -> None:
    for path in ("/", f"/clips/{clip.sha256}.mp4", "/films/harbour"):
        assert (await seen.request(method, path)).status_code == 405


async def test_another_name_for_this_machine_is_turned_away(store: Store) -> None:
    async with client_of(store, "http://evil.example") as stranger:
        assert (await stranger.get("/")).status_code == 403
    async with client_of(store, "http://films.example", hosts=["films.example"]) as known:
        assert (await known.get("/")).status_code == 200


async def test_films_and_their_runs_are_listed(
    store: Store, clip: Asset, seen: httpx.AsyncClient
) -> None:
    assert "No film has been made" in (await seen.get("/")).text
    await keep_run(store, clip, "harbour", "first", day=25)
    await keep_run(store, clip, "harbour", "second", day=26)
    await keep_run(store, clip, "lamp_a", "third", day=24)
    await keep_run(store, clip, "lamp-a", "fourth", day=23)
    page = (await seen.get("/")).text
    found = dict.fromkeys(link for link in links_in(page) if not link.endswith("/runs"))
    assert list(found) == ["/films/harbour", "/films/lamp_a", "/films/lamp-a"]
    assert "<script>alert" not in page
    last = (await seen.get("/films/harbour")).text
    assert "Run second" in last
    assert f'src="/clips/{clip.sha256}.mp4"' in last
    assert last.count("<script>") == 1, "our own"
    assert "Run first" in (await seen.get("/films/harbour/first")).text
    manifest = (await seen.get("/films/harbour/first/manifest.json")).json()
    assert manifest["run_id"] == "first"
    timeline = (await seen.get("/films/harbour/first/timeline.otio")).json()
    assert f"http://127.0.0.1/clips/{clip.sha256}.mp4" in json.dumps(timeline)
    policy = (await seen.get("/films/harbour")).headers["content-security-policy"]
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    ("ended", "words"), [(REFUSED, "not finished"), (WAITS, "waits for a person")]
)
async def test_a_film_is_shown_as_it_was_whole(
    ended: dict[str, Any], words: str, store: Store, clip: Asset, seen: httpx.AsyncClient
) -> None:
    await keep_run(store, clip, "harbour", "whole", day=24)
    await keep_run(store, clip, "harbour", "failed", day=25, **REFUSED)
    await keep_run(store, clip, "harbour", "last", day=26, **ended)
    assert "Run whole" in (await seen.get("/films/harbour")).text
    page = (await seen.get("/")).text
    assert page.count('<li class="card done">') == 1
    assert words in page
    assert "/films/harbour/last" in links_in(page)
    assert "/films/harbour/failed" not in links_in(page)
    assert "Run last" in (await seen.get("/films/harbour/last")).text
    listed = (await seen.get("/films/harbour/runs")).text
    names = [link.rpartition("/")[2] for link in links_in(listed)]
    assert names == ["harbour", "last", "failed", "whole"]
    assert 'href="/films/harbour/runs"' in (await seen.get("/films/harbour")).text
    assert "<script>alert" not in page + listed


async def test_a_rehearsal_stands_beside_the_film_that_was_paid(
    store: Store, clip: Asset, seen: httpx.AsyncClient
) -> None:
    await keep_run(store, clip, "harbour", "paid", day=24)
    await keep_run(store, clip, "harbour", "tried", day=25, backend="rehearsal")
    await keep_run(store, clip, "lamp", "first", day=26, backend="rehearsal")
    assert "Run paid" in (await seen.get("/films/harbour")).text
    assert "Run first" in (await seen.get("/films/lamp")).text
    page = (await seen.get("/")).text
    found = dict.fromkeys(link for link in links_in(page) if not link.endswith("/runs"))
    assert list(found) == ["/films/lamp", "/films/harbour/tried", "/films/harbour"]
    assert page.count("finished, rehearsal") == 2


async def test_runs_of_an_earlier_version_are_found(
    store: Store, clip: Asset, seen: httpx.AsyncClient
) -> None:
    await keep_run(store, clip, "harbour", "whole", day=24)
    await keep_run(store, clip, "harbour", "last", day=25, **REFUSED)
    for name in await store.records.names("manifests"):
        data = await store.records.get(name)
        await store.records.remove([name])
        # In the names of before, nothing stood behind the run.
        await store.records.put_if_absent("-".join(name.split("-")[:3]) + ".json", data or b"")
    assert "Run whole" in (await seen.get("/films/harbour")).text
    assert "/films/harbour/last" in links_in((await seen.get("/")).text)
    assert "Run last" in (await seen.get("/films/harbour/last")).text


async def test_the_list_of_films_reads_few_records(
    store: Store, clip: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(1, 21):
        await keep_run(
            store, clip, "harbour", f"run {day}", day=day, **(REFUSED if day > 9 else {})
        )
    read: list[str] = []
    get = RecordStore.get

    async def counted(self: RecordStore, name: str) -> bytes | None:
        read.extend([name] if name.startswith("manifests/") else [])
        return await get(self, name)

    monkeypatch.setattr(RecordStore, "get", counted)
    (runs,) = await last_runs(store)
    assert runs.later is not None
    assert (runs.shown.run_id, runs.later.run_id) == ("run 9", "run 20")
    assert len(read) == 2


async def bought(store: Store, film: str, words: str, *events: Event) -> None:
    """Put an attempt on record that counts in a film's sum."""
    attempt = await put_attempt(Ledger(store.records), *events, key=key_of(words))
    entry = AccountEntry(
        at=AT,
        account=Account(film=film, run_id="1"),
        step="film",
        kind="edit",
        asked=attempt.key,
        how="ran",
        key=attempt.key,
        number=attempt.number,
    )
    await Accounts(store.records).note(entry)


async def test_a_film_costs_what_all_its_runs_cost(
    store: Store, seen: httpx.AsyncClient, clip: Asset
) -> None:
    """The last run found everything; another one bought a job since, and left no manifest."""
    nothing: dict[str, Any] = {"cost_usd": 0, "may_be_billed_usd": 0, "film_cost_usd": "0.63"}
    await keep_run(store, clip, "harbour", "run-1", **nothing)
    await bought(store, "harbour", "one", ACCEPTED, SUCCEEDED)
    await bought(store, "harbour", "two", ACCEPTED)
    await bought(store, "another film", "three", ACCEPTED, SUCCEEDED)
    sum_said = "$0.63 + up to $0.63"
    assert f'<span class="usd">{sum_said}</span>' in (await seen.get("/")).text
    page = (await seen.get("/films/harbour")).text
    assert "<dt>This run cost</dt><dd>$0.00</dd>" in page
    assert f"<dt>The film, in all its runs</dt><dd>{sum_said}</dd>" in page
    # A record that can't be read hides the sum, and neither the list nor the film.
    assert await store.records.put_if_absent(f"attempts/{KEY}/000001/intent.json", b"{")
    broken = Account(film="harbour", run_id="1")
    entry = AccountEntry(
        at=AT, account=broken, step="film", kind="edit", asked=KEY, how="ran", key=KEY, number=1
    )
    await Accounts(store.records).note(entry)
    assert '<span class="usd">$0.63</span>' in (await seen.get("/")).text
    page = (await seen.get("/films/harbour")).text
    assert "<dt>The film, in all its runs</dt><dd>$0.63</dd>" in page, "as its manifest has it"


async def test_a_damaged_manifest_is_passed_over(
    store: Store, clip: Asset, seen: httpx.AsyncClient
) -> None:
    await keep_run(store, clip, "harbour", "first", day=25)
    (name,) = await store.records.names("manifests")
    await store.records.put_if_absent(name.replace("20261125", "20261126"), b"{ torn")
    assert "Run first" in (await seen.get("/films/harbour")).text
    assert (await seen.get("/")).status_code == 200


@pytest.mark.slow
async def test_a_bucket_is_shown_as_a_folder_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = write_clip(tmp_path / "1.mp4", clip=1, frames=24, rate=24)
    async with open_s3() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        store = open_store(f"s3://{BUCKET}/films")
        clip = await store.assets.add(path, "video")
        await keep_run(store, clip, "harbour", "first")
        async with client_of(store) as client:
            asked = {"range": "bytes=10-99"}
            reply = await client.get(f"/clips/{clip.sha256}.mp4", headers=asked)
            assert (reply.status_code, reply.content) == (206, path.read_bytes()[10:100])
            assert (await client.get(f"/clips/{'0' * 64}")).status_code == 404
            assert "Run first" in (await client.get("/films/harbour")).text


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["view", "serve", "--store", f"{tmp_path}/typo/store"])
    assert isinstance(ran.exception, InvalidInput)
    assert f"--store {tmp_path}/typo/store: there is no folder" in str(ran.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
async def test_the_command_serves_until_it_is_stopped(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    clip = await store.assets.add(
        write_clip(tmp_path / "1.mp4", clip=1, frames=24, rate=24), "video"
    )
    process = await asyncio.create_subprocess_exec(
        str(COMMAND), "view", "serve", "--port", "0", "--store", f"{tmp_path}/store",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        said = json.loads(await asyncio.wait_for(process.stdout.readline(), 300))
        async with httpx.AsyncClient(base_url=said["url"], timeout=300) as client:
            assert (await client.get("/")).status_code == 401
            assert (await client.get(said["link"])).status_code == 303  # and a cookie comes along
            assert (await client.get("/")).status_code == 200
            asked = {"range": "bytes=4-7"}
            reply = await client.get(f"/clips/{clip.sha256}.mp4", headers=asked)
            assert (reply.status_code, reply.content) == (206, b"ftyp")
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 300) in (0, -15)


async def test_a_run_that_can_not_be_read_hides_no_other(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    clip = await store.assets.add(
        write_clip(tmp_path / "1.mp4", clip=1, frames=24, rate=24), "video"
    )
    for number, name in enumerate(("dusk", "dawn", "dawn")):
        await keep_run(store, clip, name, f"run-{number}", day=20 + number)
    (huge,) = (tmp_path / "store" / "manifests").glob("dusk*/*.json")
    last = max((tmp_path / "store" / "manifests").glob("dawn*/*.json"))
    for path in (huge, last):
        path.unlink()
        with path.open("wb") as file:
            file.truncate(1 << 30)
    (tmp_path / "store" / "manifests" / "stray.json").write_text("{}")
    async with client_of(store) as seen:
        page = await seen.get("/")
        runs = await seen.get("/films/dawn/runs")
    assert (page.status_code, runs.status_code) == (200, 200)
    assert links_in(page.text)[0].startswith("/films/dawn")
    assert "dusk" not in page.text
    assert "run-1" in runs.text
    assert "run-2" not in runs.text


async def test_a_picture_that_somebody_else_put_there_is_not_on_every_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(str(tmp_path / "store"))
    clip = await store.assets.add(
        write_clip(tmp_path / "1.mp4", clip=1, frames=24, rate=24), "video"
    )
    pictures = Pictures(store)
    assert await pictures.of(clip, "preview") is not None
    monkeypatch.setattr("shotgraph.report.pictures.MOST_BYTES", 10)
    assert await pictures.of(clip, "preview") is None


async def test_a_preview_that_is_missing_is_drawn_when_it_is_looked_at(
    seen: httpx.AsyncClient, store: Store, clip: Asset
) -> None:
    await keep_run(store, clip, "dawn", "run-1")
    path = f"/previews/{clip.sha256}.webp"
    for page in ("/", "/films/dawn"):
        assert f'src="{path}"' in (await seen.get(page)).text
    assert await Pictures(store, draws=0).of(clip, "preview") is None
    drawn = await seen.get(path)
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/webp")
    for page in ("/", "/films/dawn"):
        assert path not in (await seen.get(page)).text
    assert (await seen.get(f"/previews/{'ab' * 32}.webp")).status_code == 404
    assert (await seen.get("/previews/..%2Frecords.webp")).status_code == 404


async def test_a_link_that_somebody_put_into_the_store_shows_no_file_of_this_machine(
    tmp_path: Path,
) -> None:
    store, sha256 = open_store(str(tmp_path / "store")), Sha256("ab" * 32)
    (tmp_path / "secret").write_text("of this machine")
    place = tmp_path / "store" / "objects" / "ab" / sha256
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "secret")
    async with client_of(store) as seen:
        for path in (f"/clips/{sha256}.mp4", f"/clips/{sha256}"):
            reply = await seen.get(path)
            assert reply.status_code == 404
            assert "of this machine" not in reply.text
    assert store.assets.size_bytes_now(sha256) is None
    with pytest.raises(Terminal, match="no longer has"):
        await store.assets.path_of(sha256, len("of this machine"), what="video")
