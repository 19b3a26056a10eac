"""Prices: fal's own word first, kept for a day; else its last one, or the table's."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from shotgraph.clock import Clock
from shotgraph.endpoints import ENDPOINTS
from shotgraph.inputs.hosts import FalBases
from shotgraph.money import known_prices
from shotgraph.money.connection import FalConnection
from shotgraph.money.prices import ApiAnswer, ApiPrice, Prices, keep_answer, latest_prices
from shotgraph.money.replies import MAX_BYTES
from shotgraph.store import Store
from tests.money.clocks import SteppingClock
from tests.rehearsal.client import EDIT, REFERENCE, Client

DAY_S = 24 * 3600
EDITS = ENDPOINTS[EDIT]


PATIENCE_S = 60.0
"""A busy machine may take longer than a plan waits, and that is no test of the answers."""


async def current_prices(
    store: Store, fal: FalConnection, clock: Clock, others: Iterable[str] = ()
) -> Prices:
    return await known_prices.current_prices(store, fal, clock, others, ask_s=PATIENCE_S)


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
        f"fal takes $0.2 a second for {EDIT} (its pricing API, {clock.now():%Y-%m-%d}); before, "
        "it took $0.126 in 2026-11"
    )


async def test_a_price_by_something_else_is_said_and_the_table_holds(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    await server.fault("reprice", endpoint_id=EDIT, usd="3", unit="videos")
    prices = await current_prices(store, fal, clock)
    assert prices.priced(EDITS) is EDITS
    assert prices.remarks([EDITS]) == [
        f"fal's pricing API prices {EDIT} by the 'videos' in 'USD'; shotgraph has no rule for "
        "such a price",
        f"the prices are of 2026-11 ({EDITS.price.source})",
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
            f"the answer of fal's pricing API can't be used: it is longer than {MAX_BYTES} bytes",
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
        f"the prices are of 2026-11 ({EDITS.price.source}), because {why}"
    ]
    assert await latest_prices(store, fal.backend) == Prices()


async def test_a_plan_waits_no_longer_than_it_says(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    await server.fault("hang", at="pricing")
    prices = await known_prices.current_prices(store, fal, clock, [FLUX], ask_s=0.05)
    assert prices.why_not == "fal's pricing API did not answer within 0.05 s"
    assert prices.why_not_others == prices.why_not
    assert (await latest_prices(store, fal.backend)) == Prices()


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
        f"the prices are from fal's pricing API at {first:%Y-%m-%d %H:%M} UTC, because fal's "
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


@pytest.mark.parametrize(
    ("usd", "said"), [("0", "$0"), ("0.05", "$0.05"), ("1e-9", "$0.000000001")]
)
async def test_a_list_that_says_less_for_kling_is_not_believed(
    usd: str,
    said: str,
    server: Client,
    fal: FalConnection,
    store: Store,
    clock: SteppingClock,
) -> None:
    await server.fault("reprice", endpoint_id=EDIT, usd=usd)
    prices = await current_prices(store, fal, clock)
    assert prices.priced(EDITS).price.usd_per_second == Decimal("0.126")
    assert prices.remarks([EDITS])[0] == (
        f"fal's pricing API says {said} a second for {EDIT}, but its page said $0.126 in "
        "2026-11: shotgraph counts the higher price"
    )


OTHER, FREE, FLUX = "someone/expensive", "someone/unheard-of", "fal-ai/flux/dev"


async def test_endpoints_of_fal_steps_are_asked_for_once_a_day(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    await server.fault("reprice", endpoint_id=OTHER, usd="50", unit="units")
    for _ in range(2):
        prices = await current_prices(store, fal, clock, [OTHER, EDIT])
        known = prices.known(OTHER)
        assert known is not None
        assert (known.unit_usd, known.unit, known.dated) == (
            Decimal(50),
            "units",
            f"{clock.now():%Y-%m-%d}",
        )
        assert prices.rule(EDITS).source == "fal's pricing API"
    assert await asked(server) == 2, "ours once, and the other once"
    clock.pass_by(DAY_S)
    await current_prices(store, fal, clock, [OTHER])
    assert await asked(server) == 4


async def test_one_that_fal_does_not_know_hides_no_other(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    await server.fault("reprice", endpoint_id=OTHER, usd="50", unit="units")
    prices = await current_prices(store, fal, clock, [FREE, OTHER])
    assert prices.known(OTHER) is not None
    assert prices.known(FREE) is None
    assert prices.others is not None
    assert prices.others.unknown == (FREE,)
    assert prices.rule(EDITS).source == "fal's pricing API"
    before = await asked(server)
    assert before == 4, "ours, both others, and each of them"
    await current_prices(store, fal, clock, [OTHER, FREE])
    assert await asked(server) == before


async def test_another_film_asks_for_its_own_and_keeps_those_of_today(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    await server.fault("reprice", endpoint_id=OTHER, usd="50", unit="units")
    await current_prices(store, fal, clock, [OTHER])
    clock.pass_by(60)
    await current_prices(store, fal, clock, [FLUX])
    before = await asked(server)
    prices = await current_prices(store, fal, clock, [OTHER, FLUX])
    assert await asked(server) == before
    assert prices.known(OTHER) is not None
    assert prices.known(FLUX) is not None


async def test_what_fal_said_last_of_others_counts_where_it_says_nothing_today(
    server: Client, fal: FalConnection, store: Store, clock: SteppingClock
) -> None:
    await server.fault("reprice", endpoint_id=OTHER, usd="50", unit="units")
    first = clock.now()
    await current_prices(store, fal, clock, [OTHER])
    await server.fault("refuse", at="pricing", status=503)
    clock.pass_by(2 * DAY_S)
    prices = await current_prices(store, fal, clock, [OTHER])
    known = prices.known(OTHER)
    assert known is not None
    assert known.dated == f"{first:%Y-%m-%d}"
    assert prices.why_not_others == "fal's pricing API answered with HTTP 503"


@pytest.mark.parametrize(
    ("unit_price", "currency"), [("0", "USD"), ("-1", "USD"), ("50", "EUR"), ("1e300", "USD")]
)
async def test_a_price_that_says_nothing_is_not_known(
    unit_price: str, currency: str, store: Store, clock: SteppingClock
) -> None:
    price = ApiPrice(
        endpoint_id=OTHER, unit_price=Decimal(unit_price), unit="units", currency=currency
    )
    answer = ApiAnswer(asked_at=clock.now() - timedelta(hours=1), prices=(price,))
    await keep_answer(store, "fal", answer, of_others=True)
    assert (await latest_prices(store, "fal")).known(OTHER) is None


async def test_an_answer_of_an_older_shotgraph_is_read(store: Store, clock: SteppingClock) -> None:
    price = ApiPrice(endpoint_id=EDIT, unit_price=Decimal("0.2"), unit="seconds", currency="USD")
    answer = ApiAnswer(asked_at=clock.now(), prices=(price,))
    await keep_answer(store, "fal", answer)
    (name,) = await store.records.names("prices")
    older = answer.model_dump_json(exclude={"unknown"}).encode()
    await store.records.put_if_absent(
        f"{name.rpartition('/')[0]}/99991231T000000000000Z.json", older
    )
    assert (await latest_prices(store, "fal")).rule(EDITS).usd_per_second == Decimal("0.2")
