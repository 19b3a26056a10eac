"""A file behind a URL: bounded on every side, and looked at before it counts."""

import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shotgraph.errors import MediaError, Retryable, Terminal
from shotgraph.inputs.hosts import FalBases
from shotgraph.inputs.intake import DEADLINE_S, NotThere, _download, _keep, fetch
from shotgraph.model.references import Asset
from shotgraph.money.connection import FalConnection
from shotgraph.store import Store
from tests.media.coded_clips import codes, read_codes
from tests.money.clocks import RushingClock, SteppingClock
from tests.money.scripted import Heard, ScriptedServer, reply
from tests.rehearsal.client import Client


async def get(url: str, bases: FalBases, store: Store, clock: SteppingClock | None = None) -> Asset:
    asset, _ = await fetch(url, "video", bases=bases, store=store, clock=clock or SteppingClock())
    return asset


def kept(store: Store) -> list[Path]:
    assert store.folder is not None
    return [path for path in store.folder.rglob("*") if path.is_file()]


@pytest.fixture
async def url(server: Client, clip: Path) -> str:
    return await server.upload(clip)


async def test_a_film_comes_whole(fal: FalConnection, store: Store, clip: Path, url: str) -> None:
    asset, info = await fetch(url, "video", bases=fal.bases, store=store, clock=SteppingClock())
    assert (asset.kind, asset.content_type) == ("video", "video/mp4")
    assert (info.frames, info.width, info.height) == (72, 720, 720)
    assert info.frame_rate == 24
    file = await store.assets.file(asset)
    assert file.read_bytes() == clip.read_bytes()
    assert read_codes(file) == codes(7, range(72))
    assert kept(store) == [file]


SPOILT: list[tuple[str, dict[str, Any], type[Exception]]] = [
    ("half a film", {"kind": "truncated"}, MediaError),
    ("cut short", {"kind": "cut_short"}, Retryable),
    ("dropped", {"kind": "drop"}, Retryable),
    ("reset", {"kind": "reset"}, Retryable),
    ("html named mp4", {"kind": "html"}, MediaError),
    ("a playlist named mp4", {"kind": "playlist"}, MediaError),
    ("404", {"kind": "refuse", "status": 404}, NotThere),
    ("410", {"kind": "refuse", "status": 410}, NotThere),
    ("403", {"kind": "refuse", "status": 403}, NotThere),
    ("429", {"kind": "refuse", "status": 429}, Retryable),
    ("500", {"kind": "refuse", "status": 500}, Retryable),
    ("503 by nginx", {"kind": "refuse", "status": 503, "body": "nginx"}, Retryable),
]


@pytest.mark.parametrize(("name", "fault", "kind"), SPOILT, ids=[row[0] for row in SPOILT])
async def test_what_comes_spoilt_is_sorted_and_not_kept(
    server: Client,
    fal: FalConnection,
    store: Store,
    url: str,
    name: str,
    fault: dict[str, Any],
    kind: type[Exception],
) -> None:
    await server.fault(at="media", times=1, **fault)
    with pytest.raises(kind) as caught:
        await get(url, fal.bases, store)
    assert type(caught.value) is kind
    assert kept(store) == []
    assert (await get(url, fal.bases, store)).size_bytes > 0


async def test_a_bomb_is_not_unpacked(
    server: Client, fal: FalConnection, store: Store, url: str
) -> None:
    await server.fault("gzip_bomb", at="media")
    tracemalloc.start()
    try:
        with pytest.raises(MediaError):
            await get(url, fal.bases, store)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 16 << 20, "it holds 64 MiB"
    assert kept(store) == []


async def test_a_file_that_says_it_is_too_large_is_not_begun(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shotgraph.inputs.intake.MAX_BYTES", 1000)
    # The length is a lie: not one byte follows, and it is refused all the same.
    answer = reply(200, content_length="1001")
    async with ScriptedServer(lambda _: answer) as listening:
        with pytest.raises(Terminal, match="1001 bytes is not fetched; at most 1000"):
            await get(f"{listening.root}/cdn/x", listening.bases, store)
    assert kept(store) == []


async def test_a_file_that_does_not_say_how_large_it_is_ends_at_the_limit(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shotgraph.inputs.intake.MAX_BYTES", 100_000)
    chunk = b"4000\r\n" + bytes(0x4000) + b"\r\n"
    answer = reply(200, transfer_encoding="chunked") + chunk * 20
    async with ScriptedServer(lambda _: answer) as listening:
        with pytest.raises(Terminal, match="over 100000 bytes"):
            await get(f"{listening.root}/cdn/x", listening.bases, store)
    assert kept(store) == []


async def test_a_file_that_only_trickles_is_given_up(
    server: Client, fal: FalConnection, store: Store, url: str
) -> None:
    await server.fault("trickle", at="media", chunk_bytes=10, seconds=0)
    clock = RushingClock(step_s=DEADLINE_S / 4)
    with pytest.raises(Retryable, match=r"arrived too slowly: [1-9][0-9]* bytes in 900 s"):
        await get(url, fal.bases, store, clock)
    assert kept(store) == []


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\n", reply(200, content_length="9")])
async def test_a_server_that_sends_nothing_more_is_given_up(
    store: Store, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr("shotgraph.inputs.intake.DEADLINE_S", 0.3)
    async with ScriptedServer(lambda _: sent, hangs=True) as listening:
        with pytest.raises(Retryable, match="could not be fetched this time \\(TimeoutError\\)"):
            await get(f"{listening.root}/cdn/x", listening.bases, store)
    assert kept(store) == []


async def test_a_file_that_is_shorter_than_announced_is_not_kept(tmp_path: Path) -> None:
    """httpx ends such a reply with an error by itself; this holds where it would not."""

    async def half() -> AsyncIterator[bytes]:
        yield b"half"

    response = httpx.Response(200, headers={"content-length": "8"}, content=half())
    with pytest.raises(Retryable, match="arrived incomplete: 4 of 8 bytes"):
        await _keep(response, tmp_path / "file", deadline=float("inf"), clock=SteppingClock())


async def test_a_disk_that_is_full_is_said_with_its_folder() -> None:
    async with ScriptedServer(lambda _: reply(200, bytes(1 << 20))) as listening:
        url, full = f"{listening.root}/cdn/x", Path("/dev/full")
        with pytest.raises(Retryable, match=r"no space left on the disk of /dev; .* on record"):
            await _download(url, full, bases=listening.bases, clock=SteppingClock())


@pytest.mark.parametrize(
    "url",
    [
        "https://xn--/a.mp4",
        "https://.../a.mp4",
        "https://a..b/a.mp4",
        "https://v3.fal.media:99999/a.mp4",
        "http://[::1",
        "http://a\0b/",
        "//no/scheme",
        "",
        "ftp://v3.fal.media/a.mp4",
        "http://user:word@127.0.0.1/a.mp4",
        "data:video/mp4;base64,AAAA",
        f"https://{'a' * 64}.example/a.mp4",
    ],
)
async def test_an_address_that_is_none_is_refused_in_words(store: Store, url: str) -> None:
    with pytest.raises(Terminal, match="not fetched"):
        await get(url, FalBases(), store)
    async with ScriptedServer(lambda _: reply(302, location=url)) as listening:
        # httpx reads a redirect's address itself, and raises errors of several libraries.
        with pytest.raises((Terminal, Retryable), match=r"not fetched|could not be fetched"):
            await get(f"{listening.root}/cdn/x", listening.bases, store)
    assert kept(store) == []


async def test_another_kind_of_medium_is_refused(
    server: Client, fal: FalConnection, store: Store, url: str
) -> None:
    with pytest.raises(MediaError, match=r"from 127\.0\.0\.1 holds a video, not a image|an image"):
        await fetch(url, "image", bases=fal.bases, store=store, clock=SteppingClock())
    assert kept(store) == []


def hops(film: bytes, number: int) -> Any:
    """Redirects that lead to a film after `number` hops."""

    def answer(heard: Heard) -> bytes:
        at = int(heard.path.rpartition("/")[2])
        return reply(200, film) if at == number else reply(302, location=f"{at + 1}")

    return answer


async def test_three_redirects_are_followed(store: Store, clip: Path) -> None:
    async with ScriptedServer(hops(clip.read_bytes(), 3)) as listening:
        await get(f"{listening.root}/cdn/0", listening.bases, store)
        assert listening.paths() == ["/cdn/0", "/cdn/1", "/cdn/2", "/cdn/3"]


async def test_a_fourth_redirect_is_not(store: Store, clip: Path) -> None:
    async with ScriptedServer(hops(clip.read_bytes(), 4)) as listening:
        with pytest.raises(Terminal, match="more than 3 redirects"):
            await get(f"{listening.root}/cdn/0", listening.bases, store)
        assert len(listening.heard) == 4


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/x",
        "https://127.0.0.1:{port}/x",
        "https://localhost:{port}/x",
        "https://2130706433:{port}/x",
        "https://[::ffff:127.0.0.1]:{port}/x",
        "//127.0.0.1:{port}/x",
        "file:///etc/hostname",
        "https://0177.0.0.1:{port}/",
        "https://[bad/",
        "",
    ],
)
async def test_a_redirect_leads_to_no_place_that_is_not_allowed(
    server: Client, fal: FalConnection, store: Store, url: str, target: str
) -> None:
    async with ScriptedServer() as canary:
        await server.fault("redirect", at="media", target=target.format(port=canary.port))
        with pytest.raises((Terminal, Retryable)) as caught:
            # The port is allowed, so that what refuses is the address.
            await get(url, fal.bases.model_copy(update={"file_ports": (canary.port,)}), store)
        assert canary.connections == 0
    assert "canary" not in str(caught.value)
    assert kept(store) == []


async def test_an_error_names_the_host_and_not_the_url(
    server: Client, fal: FalConnection, store: Store, url: str
) -> None:
    await server.fault("refuse", at="media", status=404)
    with pytest.raises(Terminal) as caught:
        await get(f"{url}?signature=canary", fal.bases, store)
    said = str(caught.value)
    assert "127.0.0.1" in said
    assert "HTTP 404" in said
    assert "canary" not in said
