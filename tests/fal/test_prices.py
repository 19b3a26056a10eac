"""Prices: fal's own word first, kept for a day; else its last one, or the table's."""

import asyncio
import time
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from shotgraph.endpoints import ENDPOINTS
from shotgraph.fal.ask_prices import ASK_S, MAX_BYTES, current_prices
from shotgraph.fal.bases import FalBases
from shotgraph.fal.connection import FalConnection
from shotgraph.fal.prices import ApiPrice, latest_prices
from shotgraph.store import Store
from tests.fal.clocks import SteppingClock
from tests.rehearsal.client import EDIT, REFERENCE, Client

DAY_S = 24 * 3600
EDITS = ENDPOINTS[EDIT]


async def asked(server: Client) -> int:
    return int((await server.book())["counts"].get("pricings", 0))


async def test_fal_is_asked_once_a_day(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    for _ in range(2):
        prices = await current_prices(store, fal, clock)
        assert prices.rule(EDITS).source == "fal's pricing API"
        assert prices.rule(EDITS).dated == f"{clock.now():%Y-%m-%d}"
        assert prices.remarks(ENDPOINTS.values()) == []
    assert await asked(server) == 1
    clock.pass_by(DAY_S - 1)
    await current_prices(store, fal, clock)
    assert await asked(server) == 1
    clock.pass_by(1)
    await current_prices(store, fal, clock)
    assert await asked(server) == 2


async def test_a_rate_that_has_changed_is_used_and_said(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    await server.fault("reprice", endpoint_id=EDIT, usd="0.2")
    prices = await current_prices(store, fal, clock)
    priced = prices.priced(EDITS)
    assert priced.price.usd_per_second == Decimal("0.2")
    assert (priced.price.billed_on, priced.id) == ("input", EDIT)
    (said,) = prices.remarks(ENDPOINTS.values())
    assert said == (
        f"fal takes $0.2 a second for {EDIT} (its pricing API, {clock.now():%Y-%m-%d}), where it "
        "took $0.126 in 2026-11"
    )


async def test_a_price_by_something_else_is_said_and_the_table_holds(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    await server.fault("reprice", endpoint_id=EDIT, usd="3", unit="videos")
    prices = await current_prices(store, fal, clock)
    assert prices.priced(EDITS) is EDITS
    assert prices.remarks([EDITS]) == [
        f"fal's pricing API prices {EDIT} by the 'videos' in 'USD', for which there is no rule "
        "here",
        f"prices are those of 2026-11 ({EDITS.price.source})",
    ]


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"kind": "refuse", "status": 401}, "fal's pricing API answered with HTTP 401"),
        ({"kind": "status", "status": 503}, "fal's pricing API answered with HTTP 503"),
        ({"kind": "reset"}, "fal's pricing API can't be reached (ReadError)"),
        ({"kind": "redirect"}, "fal's pricing API answered with HTTP 307"),
        ({"kind": "html"}, "the answer of fal's pricing API names no prices"),
        (
            {"kind": "gzip_bomb"},
            f"the answer of fal's pricing API is longer than {MAX_BYTES} bytes",
        ),
    ],
)
async def test_without_an_answer_the_table_holds_and_why_is_said(
    fault: dict[str, Any],
    why: str,
    server: Client,
    fal: FalConnection,
    store: Store,
    clock: SteppingClock,
) -> None:
    if fault["kind"] == "redirect":
        fault = {**fault, "target": f"{server.bases.api_url}/v1/models/pricing"}
    await server.fault(**fault, at="pricing")
    prices = await current_prices(store, fal, clock)
    assert prices.why_not == why
    assert prices.priced(EDITS) is EDITS
    assert prices.remarks([EDITS]) == [
        f"prices are those of 2026-11 ({EDITS.price.source}), because {why}"
    ]
    assert await latest_prices(store, fal.backend) == prices.but_not_today("")


async def test_a_plan_waits_two_seconds_and_no_longer(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    await server.fault("trickle", at="pricing", seconds=0.3, chunk_bytes=1)
    began = time.monotonic()
    prices = await current_prices(store, fal, clock)
    assert time.monotonic() - began < ASK_S + 1
    assert prices.why_not == "fal's pricing API did not answer within 2 s"


async def test_what_fal_said_last_comes_before_the_table(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    await server.fault("reprice", endpoint_id=EDIT, usd="0.2")
    first = clock.now()
    await current_prices(store, fal, clock)
    await server.fault("refuse", at="pricing", status=500)
    clock.pass_by(3 * DAY_S)
    prices = await current_prices(store, fal, clock)
    assert prices.priced(EDITS).price.usd_per_second == Decimal("0.2")
    assert prices.remarks([EDITS])[-1] == (
        f"prices are those of fal's pricing API at {first:%Y-%m-%d %H:%M} UTC, because fal's "
        "pricing API answered with HTTP 500"
    )


async def test_the_prices_of_two_backends_are_kept_apart(
    fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    await current_prices(store, fal, clock)
    assert (await latest_prices(store, "fal")).answer is None
    assert (await latest_prices(store, fal.backend)).is_of_today(clock.now())


async def test_a_damaged_record_is_passed_over(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    await current_prices(store, fal, clock)
    (name,) = await store.records.names("prices")
    await store.records.put_if_absent(f"{name.rpartition('/')[0]}/99999999.json", b"{torn")
    assert (await latest_prices(store, fal.backend)).answer is not None


async def test_the_key_goes_to_the_api_and_into_no_record(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    wrong = FalConnection(fal.bases, SecretStr("wrong:key"), fal.backend)
    assert (await current_prices(store, wrong, clock)).why_not.endswith("HTTP 401")
    await current_prices(store, fal, clock)
    (name,) = await store.records.names("prices")
    assert fal.key.get_secret_value().encode() not in (await store.records.get(name) or b"")


async def test_an_api_that_is_not_there(store: Store, clock: SteppingClock) -> None:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    nowhere = FalConnection(FalBases(api_url=f"http://127.0.0.1:{port}"), SecretStr("k"), "fal")
    prices = await current_prices(store, nowhere, clock)
    assert prices.why_not == "fal's pricing API can't be reached (ConnectError)"


@pytest.mark.parametrize(
    ("unit_price", "unit", "currency", "rate"),
    [
        ("0.126", "seconds", "USD", "0.126"),
        ("0.126", "Second", "USD", "0.126"),
        ("0", "seconds", "USD", "0"),
        ("0.126", "seconds", "EUR", None),
        ("0.126", "images", "USD", None),
        ("-1", "seconds", "USD", None),
        ("NaN", "seconds", "USD", None),
    ],
)
def test_a_rate_is_dollars_a_second(
    unit_price: str, unit: str, currency: str, rate: str | None
) -> None:
    price = ApiPrice.model_construct(
        endpoint_id=REFERENCE, unit_price=Decimal(unit_price), unit=unit, currency=currency
    )
    assert price.usd_per_second == (None if rate is None else Decimal(rate))
