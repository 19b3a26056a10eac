"""The price of a ``fal`` step: the price in its file, and the known price of the endpoint.

The author of a file is not always the person who pays for it, so a price in a file is no limit. It
is compared with fal's pricing API and with the bills of earlier jobs in this store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from statistics import median
from typing import Any

from shotgraph.endpoints import FixedPrice

SECONDS = ("second", "seconds", "s")
_BY_COMPUTE = ("compute", "gpu")


@dataclass(frozen=True)
class KnownPrice:
    """The known price of an endpoint.

    Attributes:
        unit_usd: The price of one unit by fal's pricing API, in dollars; above 0.
        unit: The API's name of the unit.
        dated: The day of the API's answer.
        billed: The billed units of the latest jobs in this store, the newest first.
    """

    endpoint_id: str
    unit_usd: Decimal
    unit: str
    dated: str
    billed: Sequence[Decimal] = ()

    @property
    def is_by_compute(self) -> bool:
        """Whether the unit is machine time, which does not tell the price of a job.

        fal names such a unit also for endpoints that it bills by image or by token: bills were up
        to 98 times as high (github.com/openstory-so/openstory, issues 1069 and 1098).
        """
        return any(word in self.unit.casefold() for word in _BY_COMPUTE)

    @property
    def typical_usd(self) -> Decimal | None:
        """The median bill of the jobs, in dollars; None if no job was billed."""
        return self.unit_usd * median(self.billed) if self.billed else None

    @property
    def worst_usd(self) -> Decimal | None:
        """The highest bill of the jobs, in dollars; None if no job was billed."""
        return self.unit_usd * max(self.billed) if self.billed else None

    def least_usd(self, arguments: Mapping[str, Any]) -> Decimal:
        """The assumed lowest cost of a job before any was billed: one unit, in dollars.

        For an endpoint that is billed by the second: the seconds of the argument ``duration``.
        """
        units = Decimal(1)
        if self.unit.strip().casefold() in SECONDS:
            units = max(units, _number(arguments.get("duration")))
        return self.unit_usd * units

    @property
    def said(self) -> str:
        """The price, its source and the bills, in words."""
        unit = self.unit.strip() or "unit"
        said = (
            f'fal takes {dollars(self.unit_usd)} for each unit ("{unit}") of {self.endpoint_id} '
            f"(its pricing API, {self.dated})"
        )
        if self.typical_usd is None or self.worst_usd is None:
            return said
        jobs = "the last job here was" if len(self.billed) == 1 else "jobs here were"
        most = f", and {dollars(self.worst_usd)} at most" if len(set(self.billed)) > 1 else ""
        usual = "" if len(self.billed) == 1 else f" as the median of {len(self.billed)}"
        return f"{said}, and {jobs} billed {dollars(self.typical_usd)}{usual}{most}"


@dataclass(frozen=True)
class WrongPrice:
    """Why a price can't be the most that a job costs.

    Attributes:
        what: The given price and the known price, in words.
        allowed: The allowed prices, in words.
    """

    what: str
    allowed: str


def reckoned(price_usd: Decimal, known: KnownPrice | None) -> FixedPrice:
    """The price to count for a job: the step's price, or the highest bill if that is more."""
    said = FixedPrice(price_usd, "chosen", "", "the step's price_usd")
    if known is None:
        return said
    # If the unit is machine time, units times price may be far too low.
    unit_usd = None if known.is_by_compute else known.unit_usd
    worst_usd = known.worst_usd
    if worst_usd is None or worst_usd <= price_usd:
        return FixedPrice(price_usd, "chosen", "", said.source, unit_usd=unit_usd)
    source = "the bills in this store"
    return FixedPrice(worst_usd, "chosen", known.dated, source, unit_usd=unit_usd)


def wrong_price(
    price_usd: Decimal,
    known: KnownPrice | None,
    arguments: Mapping[str, Any],
    *,
    is_trusted: bool,
) -> WrongPrice | None:
    """Say why a step's price is wrong; None if no known price contradicts it.

    Args:
        price_usd: The most that one job costs, by the step, in dollars.
        known: The known price of the endpoint.
        arguments: The step's arguments.
        is_trusted: Whether the person who runs the file vouches for its prices. That counts only
            if the number of units of a job is unknown.
    """
    given = f"{dollars(price_usd)} is given"
    if price_usd <= 0:
        because = known.said if known is not None else "no job at fal is known to be free"
        least = "" if known is None else f", at least {_plain(_floor(known, arguments))}"
        return WrongPrice(f"{given}, and {because}", f"the most that one job costs{least}")
    if known is None:
        return None
    floor_usd = _floor(known, arguments)
    if price_usd >= floor_usd or (is_trusted and known.typical_usd is None):
        return None
    or_trust = "" if known.billed else "; or --trust-prices, if a job costs less"
    return WrongPrice(
        f"{given}, and {known.said}",
        f"the most that one job costs, at least {_plain(floor_usd)}{or_trust}",
    )


def _floor(known: KnownPrice, arguments: Mapping[str, Any]) -> Decimal:
    typical_usd = known.typical_usd
    return known.least_usd(arguments) if typical_usd is None else typical_usd


def dollars(usd: Decimal) -> str:
    """Write dollars with all decimal places: a price may be far below a cent."""
    return f"${_plain(usd)}"


def _plain(usd: Decimal) -> str:
    return f"{usd.normalize():f}"


def _number(value: Any) -> Decimal:
    """Read a duration as endpoints take it: 5, "5" or "5s"; 0 if the value is no duration."""
    try:
        number = Decimal(str(value).strip().removesuffix("s"))
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() and 0 < number <= 3600 else Decimal(0)
