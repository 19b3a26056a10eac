"""Prices of endpoints: from fal's pricing API if it can be asked, else from the built-in table.

https://docs.fal.ai/platform-apis/v1/models/pricing names a rate. The rule which seconds count is
only on fal's pages. The table is a lower bound: if the API names a lower price for Kling O1, or
none, the table's price counts.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shotgraph.endpoints import ENDPOINTS, Endpoint, FixedPrice, PriceRule
from shotgraph.money.past_jobs import PastJob
from shotgraph.money.step_price import SECONDS, KnownPrice, dollars, reckoned
from shotgraph.store import Store
from shotgraph.store.records import read_or_none

DEAREST_USD = 1_000_000
"""A higher price of a unit counts as a mistake in fal's list."""
FRESH = timedelta(days=1)
"""How long an answer counts as today's."""


class ApiPrice(BaseModel):
    """One price as fal's API names it."""

    model_config = ConfigDict(frozen=True)

    endpoint_id: str
    unit_price: Decimal
    unit: str
    currency: str

    @property
    def usd_per_second(self) -> Decimal | None:
        """The price of a second, in dollars; None if unit or currency is another."""
        by_second = self.unit.casefold() in SECONDS
        is_rate = self.unit_price.is_finite() and 0 <= self.unit_price <= DEAREST_USD
        return self.unit_price if by_second and is_rate and self.currency == "USD" else None

    @property
    def unit_usd(self) -> Decimal | None:
        """The price of one unit, in dollars; None if it is no usable price, or in other money."""
        is_price = self.unit_price.is_finite() and 0 < self.unit_price <= DEAREST_USD
        return self.unit_price if is_price and self.currency == "USD" else None


class ApiAnswer(BaseModel):
    """An answer of fal's pricing API, with its time.

    Attributes:
        unknown: The requested endpoints that the API does not know.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    asked_at: datetime
    prices: tuple[ApiPrice, ...]
    unknown: tuple[str, ...] = ()

    def price(self, endpoint_id: str) -> ApiPrice | None:
        """Find an endpoint's price."""
        return next((one for one in self.prices if one.endpoint_id == endpoint_id), None)

    def is_of_today(self, now: datetime) -> bool:
        """Whether the answer came within the last day."""
        return now < self.asked_at + FRESH

    def asked_for(self) -> list[str]:
        """The ids of the requested endpoints."""
        return [*(price.endpoint_id for price in self.prices), *self.unknown]


@dataclass(frozen=True)
class Prices:
    """The known prices of all endpoints.

    Attributes:
        answer: fal's latest answer on record; None if there is none.
        why_not: Why there is no answer of today, in words; empty if that does not matter.
        others: The latest answer for the endpoints of ``fal`` steps. These are asked for
            separately: fal gives no prices at all if it does not know one of the endpoints.
        why_not_others: Why there is no such answer of today, in words.
        billed: The billed units of the latest jobs in the store, by endpoint, the newest first.
        dearest: By endpoint, the job of these that was billed the most times its estimate, if any
            was billed above it.
    """

    answer: ApiAnswer | None = None
    why_not: str = ""
    others: ApiAnswer | None = None
    why_not_others: str = ""
    billed: Mapping[str, Sequence[Decimal]] = field(default_factory=dict)
    dearest: Mapping[str, PastJob] = field(default_factory=dict)

    def is_of_today(self, now: datetime) -> bool:
        """Whether fal's answer came within the last day."""
        return self.answer is not None and self.answer.is_of_today(now)

    def lacking(self, endpoint_ids: Iterable[str], now: datetime) -> list[str]:
        """Name the endpoints for which fal was not asked within the last day."""
        of_today = self.others is not None and self.others.is_of_today(now)
        asked = self.others.asked_for() if self.others is not None and of_today else []
        return [name for name in dict.fromkeys(endpoint_ids) if name not in {*asked, *ENDPOINTS}]

    def but_not_today(self, why: str) -> "Prices":
        """Return a copy with the reason why there is no answer of today."""
        return replace(self, why_not=why, why_not_others=why)

    def with_bills(self, jobs: Iterable[PastJob]) -> "Prices":
        """Return a copy with the bills of jobs, given newest first."""
        billed: dict[str, list[Decimal]] = {}
        dearest: dict[str, PastJob] = {}
        for job in jobs:
            if job.billed_units is not None and job.billed_units > 0:
                billed.setdefault(job.endpoint_id, []).append(job.billed_units)
            before = dearest.get(job.endpoint_id)
            if job.times > (1 if before is None else before.times):
                dearest[job.endpoint_id] = job
        return replace(self, billed=billed, dearest=dearest)

    def known(self, endpoint_id: str) -> KnownPrice | None:
        """The known price of an endpoint of ``fal`` steps; None if none is known."""
        price = self.others.price(endpoint_id) if self.others is not None else None
        if price is None or price.unit_usd is None or self.others is None:
            return None
        dated, billed = f"{self.others.asked_at:%Y-%m-%d}", self.billed.get(endpoint_id, ())
        return KnownPrice(endpoint_id, price.unit_usd, price.unit, dated, billed)

    def rule(self, endpoint: Endpoint) -> PriceRule:
        """The price rule of an endpoint, at the latest known rate, with the highest bills."""
        rule, dearest = self._at_rate(endpoint), self.dearest.get(endpoint.id)
        return (
            rule
            if dearest is None or not endpoint.has_limits
            else replace(rule, times=dearest.times)
        )

    def _at_rate(self, endpoint: Endpoint) -> PriceRule:
        if isinstance(endpoint.price, FixedPrice):
            return reckoned(endpoint.price.usd_per_second, self.known(endpoint.id))
        rate = self._rate(endpoint)
        if rate is None or rate < endpoint.price.usd_per_second or self.answer is None:
            return endpoint.price
        dated = f"{self.answer.asked_at:%Y-%m-%d}"
        return endpoint.price.at(rate, dated=dated, source="fal's pricing API")

    def _rate(self, endpoint: Endpoint) -> Decimal | None:
        price = self.answer.price(endpoint.id) if self.answer is not None else None
        return price.usd_per_second if price is not None else None

    def priced(self, endpoint: Endpoint) -> Endpoint:
        """Return a copy of an endpoint with its `rule`."""
        rule = self.rule(endpoint)
        return endpoint if rule is endpoint.price else replace(endpoint, price=rule)

    def remarks(self, endpoints: Iterable[Endpoint]) -> list[str]:
        """Name the sources of the rates of these endpoints, except today's answer of the API."""
        used = [
            ENDPOINTS[name] for name in {one.id: None for one in endpoints} if name in ENDPOINTS
        ]
        by_table = [endpoint for endpoint in used if self._at_rate(endpoint) is endpoint.price]
        by_api = [endpoint for endpoint in used if endpoint not in by_table]
        found = [said for endpoint in by_api if (said := self._changed(endpoint))]
        found += [said for endpoint in by_table if (said := self._not_by_second(endpoint))]
        found += [said for endpoint in by_table if (said := self._not_believed(endpoint))]
        found += [said for endpoint in used if (said := self._billed_above(endpoint))]
        because = f", because {self.why_not}" if self.why_not else ""
        if by_api and because and self.answer is not None:
            asked = f"{self.answer.asked_at:%Y-%m-%d %H:%M} UTC"
            found.append(f"the prices are from fal's pricing API at {asked}{because}")
        if by_table:
            dates = " and ".join(sorted({endpoint.price.dated for endpoint in by_table}))
            first, *others = sorted({endpoint.price.source for endpoint in by_table})
            more = f" and {len(others)} more" if others else ""
            found.append(f"the prices are of {dates} ({first}{more}){because}")
        return found

    def _billed_above(self, endpoint: Endpoint) -> str:
        job = self.dearest.get(endpoint.id)
        if job is None or job.billed_units is None or job.expected_units is None:
            return ""
        return (
            f"fal billed {job.billed_units.normalize():f} s for a job of {endpoint.id} on "
            f"{job.ended_at:%Y-%m-%d}, and {job.expected_units.normalize():f} s were expected: "
            f"this plan counts {float(job.times):.4g} times the seconds of each such job"
        )

    def _not_believed(self, endpoint: Endpoint) -> str:
        rate, table = self._rate(endpoint), endpoint.price
        if rate is None or rate >= table.usd_per_second:
            return ""
        return (
            f"fal's pricing API says {dollars(rate)} a second for {endpoint.id}, but its page "
            f"said {dollars(table.usd_per_second)} in {table.dated}: shotgraph counts the higher "
            "price"
        )

    def _changed(self, endpoint: Endpoint) -> str:
        then, now = endpoint.price, self.rule(endpoint)
        if now.usd_per_second == then.usd_per_second:
            return ""
        return (
            f"fal takes ${now.usd_per_second} a second for {endpoint.id} (its pricing API, "
            f"{now.dated}); before, it took ${then.usd_per_second} in {then.dated}"
        )

    def _not_by_second(self, endpoint: Endpoint) -> str:
        price = self.answer.price(endpoint.id) if self.answer is not None else None
        if price is None or price.usd_per_second is not None:
            return ""
        return (
            f"fal's pricing API prices {endpoint.id} by the {price.unit!r} in {price.currency!r}; "
            "shotgraph has no rule for such a price"
        )


async def latest_prices(store: Store, backend: str) -> Prices:
    """Read fal's latest answers on record, of any age; no request is sent.

    Raises:
        Retryable: The store could not be read.
    """
    return Prices(
        await _latest(store, _folder(backend)), others=await _latest(store, _folder_others(backend))
    )


async def _latest(store: Store, folder: str) -> ApiAnswer | None:
    for name in reversed(await store.records.names(folder)):
        answer = read_or_none(ApiAnswer, await store.records.get(name))
        if answer is not None:
            return answer
    return None


async def keep_answer(
    store: Store, backend: str, answer: ApiAnswer, *, of_others: bool = False
) -> None:
    """Put an answer on record.

    Raises:
        Retryable: The store could not be written to.
    """
    folder = _folder_others(backend) if of_others else _folder(backend)
    name = f"{folder}/{answer.asked_at:%Y%m%dT%H%M%S%fZ}.json"
    await store.records.put_if_absent(name, answer.model_dump_json().encode())


def _folder(backend: str) -> str:
    """The folder of a backend's prices: a server in place of fal has its own."""
    return f"prices/{hashlib.sha256(backend.encode()).hexdigest()[:16]}"


def _folder_others(backend: str) -> str:
    return _folder(f"{backend} others")
