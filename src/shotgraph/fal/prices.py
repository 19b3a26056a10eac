"""What endpoints cost: fal's own word where it can be had, else the table's.

https://docs.fal.ai/platform-apis/v1/models/pricing names a rate; which seconds it counts is the
endpoint's rule, which fal has on its pages only.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from shotgraph.endpoints import ENDPOINTS, Endpoint, PriceRule
from shotgraph.store import Store

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
        """The rate; None where it is one for something else than seconds, or in other money."""
        by_second = self.unit.casefold() in ("second", "seconds", "s")
        is_rate = self.unit_price.is_finite() and self.unit_price >= 0
        return self.unit_price if by_second and is_rate and self.currency == "USD" else None


class ApiAnswer(BaseModel):
    """What fal's API said, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    asked_at: datetime
    prices: tuple[ApiPrice, ...]


@dataclass(frozen=True)
class Prices:
    """What every endpoint costs.

    Attributes:
        answer: fal's latest answer that is on record; None if there is none.
        why_not: Why there is none of today, where that matters.
    """

    answer: ApiAnswer | None = None
    why_not: str = ""
    _by_id: Mapping[str, ApiPrice] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = self.answer.prices if self.answer is not None else ()
        object.__setattr__(self, "_by_id", {price.endpoint_id: price for price in found})

    def is_of_today(self, now: datetime) -> bool:
        """Tell whether fal said so within the last day."""
        return self.answer is not None and now < self.answer.asked_at + FRESH

    def but_not_today(self, why: str) -> "Prices":
        """Copy them, with the reason why fal has not said so today."""
        return Prices(self.answer, why)

    def rule(self, endpoint: Endpoint) -> PriceRule:
        """Give an endpoint's rule, at the latest rate that is known."""
        price = self._by_id.get(endpoint.id)
        rate = price.usd_per_second if price is not None else None
        if rate is None or self.answer is None:
            return endpoint.price
        dated = f"{self.answer.asked_at:%Y-%m-%d}"
        return endpoint.price.at(rate, dated=dated, source="fal's pricing API")

    def priced(self, endpoint: Endpoint) -> Endpoint:
        """Copy an endpoint, with that rule."""
        rule = self.rule(endpoint)
        return endpoint if rule is endpoint.price else replace(endpoint, price=rule)

    def remarks(self, endpoints: Iterable[Endpoint]) -> list[str]:
        """Say where the rates of these are from, as far as it is not the API's of today."""
        used = [
            ENDPOINTS[name] for name in {one.id: None for one in endpoints} if name in ENDPOINTS
        ]
        by_table = [endpoint for endpoint in used if self.rule(endpoint) is endpoint.price]
        by_api = [endpoint for endpoint in used if endpoint not in by_table]
        found = [said for endpoint in by_api if (said := self._changed(endpoint))]
        found += [said for endpoint in by_table if (said := self._not_by_second(endpoint))]
        because = f", because {self.why_not}" if self.why_not else ""
        if by_api and because and self.answer is not None:
            asked = f"{self.answer.asked_at:%Y-%m-%d %H:%M} UTC"
            found.append(f"prices are those of fal's pricing API at {asked}{because}")
        if by_table:
            dates = " and ".join(sorted({endpoint.price.dated for endpoint in by_table}))
            first, *others = sorted({endpoint.price.source for endpoint in by_table})
            more = f" and {len(others)} more" if others else ""
            found.append(f"prices are those of {dates} ({first}{more}){because}")
        return found

    def _changed(self, endpoint: Endpoint) -> str:
        then, now = endpoint.price, self.rule(endpoint)
        if now.usd_per_second == then.usd_per_second:
            return ""
        return (
            f"fal takes ${now.usd_per_second} a second for {endpoint.id} (its pricing API, "
            f"{now.dated}), where it took ${then.usd_per_second} in {then.dated}"
        )

    def _not_by_second(self, endpoint: Endpoint) -> str:
        price = self._by_id.get(endpoint.id)
        if price is None:
            return ""
        return (
            f"fal's pricing API prices {endpoint.id} by the {price.unit!r} in {price.currency!r}, "
            "for which there is no rule here"
        )


async def latest_prices(store: Store, backend: str) -> Prices:
    """Read what fal last said, of whatever age; nothing is asked.

    Raises:
        Retryable: The store could not be read.
    """
    for name in reversed(await store.records.names(_folder(backend))):
        answer = _read(await store.records.get(name))
        if answer is not None:
            return Prices(answer)
    return Prices()


async def keep_answer(store: Store, backend: str, answer: ApiAnswer) -> None:
    """Put an answer on record.

    Raises:
        Retryable: The store could not be written to.
    """
    name = f"{_folder(backend)}/{answer.asked_at:%Y%m%dT%H%M%S%fZ}.json"
    await store.records.put_if_absent(name, answer.model_dump_json().encode())


def _folder(backend: str) -> str:
    """Keep the prices of one that stands in for fal apart."""
    return f"prices/{hashlib.sha256(backend.encode()).hexdigest()[:16]}"


def _read(data: bytes | None) -> ApiAnswer | None:
    """Read a record; one that is damaged counts as none, for it can be asked again."""
    try:
        return ApiAnswer.model_validate_json(data) if data else None
    except ValidationError:
        return None
