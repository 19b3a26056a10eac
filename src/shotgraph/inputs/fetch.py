"""A file behind a URL → bytes in the store, bounded, and looked at before it counts."""

import asyncio
import re
from pathlib import Path

import httpx

from shotgraph.clock import Clock
from shotgraph.errors import MediaError, Retryable, ShotgraphError, Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.inputs.guard import check_url, fetching_client
from shotgraph.inputs.hosts import FalBases
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.model.references import Asset, MediaKind, one
from shotgraph.store import Store
from shotgraph.store.scratch import on_disk_of

MAX_BYTES = 2 * 1000 * 1000 * 1000
DEADLINE_S = 900.0
MAX_REDIRECTS = 3


async def fetch(
    url: str, kind: MediaKind | None, *, bases: FalBases, store: Store, clock: Clock
) -> tuple[Asset, MediaInfo]:
    """Fetch a file into the store.

    Args:
        url: Where it is.
        kind: What it must be; None for any kind of medium.
        bases: Where fal is.
        store: Where it is kept.
        clock: For the deadline.

    Raises:
        Retryable: It could not be fetched this time, or came cut short.
        Terminal: The URL is refused, gone, or too large.
        MediaError: It is not what it should be.
    """
    with store.scratch() as room:
        path = room / "fetched"
        await _download(url, path, bases=bases, clock=clock)
        reach(Failpoint.FETCHED)
        try:
            info = await probe(path)
        except MediaError as error:
            # The copy is gone by the time that somebody reads of it.
            said = error.message.replace(str(path), f"the file from {_host(url)}")
            raise MediaError(said) from None
        if kind is not None and info.kind != kind:
            raise MediaError(f"the file from {_host(url)} holds {one(info.kind)}, not {one(kind)}")
        return await store.assets.add(path, info.kind, info), info


async def _download(url: str, path: Path, *, bases: FalBases, clock: Clock) -> None:
    deadline = clock.monotonic() + DEADLINE_S
    try:
        # The clock is looked at between two chunks; this also ends what sends none.
        async with asyncio.timeout(DEADLINE_S):
            for _ in range(MAX_REDIRECTS + 1):
                check_url(url, bases)
                async with (
                    fetching_client(url, bases) as client,
                    client.stream("GET", url) as response,
                ):
                    if response.is_redirect:
                        url = _redirected(url, response.headers.get("location", ""))
                        continue
                    _check_reply(response, url)
                    await _keep(response, path, deadline=deadline, clock=clock)
                    return
    except ShotgraphError:
        raise
    except Exception as error:  # an address or a header can break every layer below
        raise Retryable(
            f"the file on {_host(url)} could not be fetched ({type(error).__name__}); "
            "what was bought is on record, and is fetched again"
        ) from None
    raise Terminal(f"the file on {_host(url)} is not fetched: more than {MAX_REDIRECTS} redirects")


def _redirected(url: str, location: str) -> str:
    try:
        return str(httpx.URL(url).join(location))
    except (httpx.InvalidURL, ValueError):
        raise Terminal(
            f"the file on {_host(url)} is not fetched: it is redirected to no URL"
        ) from None


def _check_reply(response: httpx.Response, url: str) -> None:
    code = response.status_code
    if response.is_success:
        return
    if code == 429 or code >= 500:
        raise Retryable(f"the file on {_host(url)} could not be fetched this time (HTTP {code})")
    raise Terminal(f"the file on {_host(url)} can't be had (HTTP {code}); it may have expired")


async def _keep(response: httpx.Response, path: Path, *, deadline: float, clock: Clock) -> None:
    announced = response.headers.get("content-length", "")
    expected = int(announced) if re.fullmatch(r"[0-9]{1,18}", announced) else None
    if expected is not None and expected > MAX_BYTES:
        raise Terminal(f"a file of {expected} bytes is not fetched; at most {MAX_BYTES}")
    size = 0
    try:
        with on_disk_of(path.parent), path.open("wb") as file:
            # As it comes: chunks of a size of our own would be waited for, past any deadline.
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise Terminal(f"a file of over {MAX_BYTES} bytes is not fetched")
                if clock.monotonic() > deadline:
                    raise Retryable(f"a file came too slowly: {size} bytes in {DEADLINE_S:.0f} s")
                file.write(chunk)
                reach(Failpoint.FETCH_HALF)
    except OSError as error:  # the connection's errors are httpx's
        raise Retryable(
            f"a file could not be kept in {path.parent} ({error.strerror}): make room there, and "
            "run again; what was bought is on record, and is fetched again"
        ) from None
    if expected is not None and size != expected:
        raise Retryable(f"a file came cut short: {size} of {expected} bytes")


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host or "an unnamed host"
    except (httpx.InvalidURL, ValueError):
        return "an unnamed host"
