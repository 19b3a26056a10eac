"""Each reply of fal's is a bomb, or comes a header at a time: it ends within bounds."""

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from pydantic import SecretStr

from shotgraph.errors import ShotgraphError
from shotgraph.inputs import intake as fetching
from shotgraph.money import known_prices, replies, schemas, uploads
from shotgraph.money.connection import FalConnection, check_key
from shotgraph.money.events import Accepted
from shotgraph.money.known_prices import current_prices
from shotgraph.money.reconcile import past_requests
from shotgraph.money.schemas import fetch_schema
from shotgraph.money.status import Handle
from shotgraph.money.submit import submit_once
from shotgraph.money.uploads import Uploads
from shotgraph.money.windows import Windows
from shotgraph.store import Store, open_store
from tests.figures import Count
from tests.money.clocks import SteppingClock
from tests.money.scripted import bases_at
from tests.outside.other_fal import KEY, Asked, OtherFal, Place, says

from .memory import grown_mib

KIND = 21
DEADLINE_S = 2.0
"""All deadlines, here."""
LINES, LINE_S = 1500, 0.2
"""A reply whose headers take five minutes, and that would be right after that."""


@cache
def bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    packed = [packer.compress(bytes(1 << 20)) for _ in range(512)]
    return b"".join([*packed, packer.flush()])


Question = Callable[["Fal"], Awaitable[object]]


class Fal:
    """What asks, and a job to ask about."""

    def __init__(self, root: str, store: Store, shot: Path) -> None:
        self.connection = FalConnection(bases_at(root), SecretStr(KEY), "test")
        self.store, self.shot, self.clock = store, shot, SteppingClock()
        url = f"{root}/queue/owner/app/requests/other-00000"
        self.accepted = Accepted(
            at=datetime.now(UTC),
            request_id="other-00000",
            status_url=f"{url}/status",
            response_url=url,
            cancel_url=f"{url}/cancel",
        )

    async def handled(self, ask: Callable[[Handle], Awaitable[object]]) -> object:
        async with self.connection.client() as client:
            return await ask(Handle(self.accepted, client))

    async def submitted(self) -> object:
        return await submit_once(
            self.connection,
            "owner/app",
            {"prompt": "x"},
            what="dusk",
            clock=self.clock,
            windows=Windows(reply_s=DEADLINE_S),
            send_by=self.clock.monotonic() + 60,
        )

    async def uploaded(self) -> object:
        asset = await self.store.assets.add(self.shot, "video")
        return await Uploads(self.connection, self.store, self.clock).url_of(asset, what="dusk")

    async def listed(self) -> object:
        now = datetime.now(UTC)
        start = now - timedelta(hours=1)
        return await past_requests(self.connection, "owner/app", start=start, end=now)

    async def fetched(self) -> object:
        bases = self.connection.bases
        url = f"{bases.cdn_url}/clip.mp4"
        return await fetching.fetch(url, None, bases=bases, store=self.store, clock=self.clock)

    async def priced(self) -> object:
        prices = await current_prices(self.store, self.connection, self.clock, ask_s=DEADLINE_S)
        return prices.why_not or "right"

    async def described(self) -> object:
        found = await fetch_schema(
            "owner/app", bases=self.connection.bases, store=self.store, clock=self.clock
        )
        return found.note or "right"


QUESTIONS: dict[str, tuple[Place, Question]] = {
    "submit": ("submit", lambda fal: fal.submitted()),
    "status": ("status", lambda fal: fal.handled(lambda handle: handle.status())),
    "result": ("result", lambda fal: fal.handled(lambda handle: handle.result())),
    "cancel": ("cancel", lambda fal: fal.handled(lambda handle: handle.cancel())),
    "listing": ("listing", lambda fal: fal.listed()),
    "pricing": ("pricing", lambda fal: fal.priced()),
    "key": ("pricing", lambda fal: check_key(fal.connection)),
    "schema": ("schema", lambda fal: fal.described()),
    "token": ("token", lambda fal: fal.uploaded()),
    "upload": ("upload", lambda fal: fal.uploaded()),
    "media": ("file", lambda fal: fal.fetched()),
}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (replies, "DEADLINE_S"),
        (uploads, "UPLOAD_S"),
        (uploads, "STILL_THERE_S"),
        (schemas, "TIMEOUT_S"),
        (known_prices, "ASK_S"),
        (fetching, "DEADLINE_S"),
    ):
        monkeypatch.setattr(module, name, DEADLINE_S)
    monkeypatch.setattr("shotgraph.money.connection.LONGEST_S", DEADLINE_S)


async def trickles(asked: Asked) -> None:
    """Send one header after the other, and an empty body in the end."""
    await asked.line.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(LINES):
        await asked.line.send(b"X-%d: y\r\n" % number)
        await asyncio.sleep(LINE_S)
    await asked.line.send(b"Content-Length: 0\r\n\r\n")


@pytest.mark.parametrize("name", QUESTIONS)
async def test_headers_that_trickle_end_at_the_deadline(
    name: str, tmp_path: Path, shot: Path, count: Count, short: None
) -> None:
    place, question = QUESTIONS[name]
    with OtherFal(shot.read_bytes()).running() as server:
        server.usually(place, trickles)
        fal = Fal(server.root, open_store(str(tmp_path / "store")), shot)
        begun = time.monotonic()
        try:
            said = str(await question(fal))
        except ShotgraphError as error:
            said = error.message
        took_s = time.monotonic() - begun
    count(replies=1, longest_at_a_deadline_of_2_s=took_s)
    assert took_s < LINES * LINE_S, said
    assert "right" not in said.split()


@pytest.mark.parametrize("name", QUESTIONS)
async def test_a_bomb_is_not_unpacked(name: str, tmp_path: Path, shot: Path, count: Count) -> None:
    place, question = QUESTIONS[name]
    packed = bomb()
    with OtherFal(shot.read_bytes()).running() as server:
        server.usually(place, says(200, packed, {"Content-Encoding": "gzip"}))
        fal = Fal(server.root, open_store(str(tmp_path / "store")), shot)
        with grown_mib() as grown:
            try:
                said = str(await question(fal))
            except ShotgraphError as error:
                said = error.message
            count(bombs=1, most_MiB=round(grown()))
            assert grown() < 64, said
