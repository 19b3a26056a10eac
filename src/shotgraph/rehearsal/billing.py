"""What a job is billed, where a fault says otherwise than the table."""

from dataclasses import replace
from decimal import Decimal

from shotgraph.endpoints import ENDPOINTS
from shotgraph.rehearsal.faults import Faults
from shotgraph.rehearsal.job import Outcome


def unit_price_usd(endpoint_id: str, faults: Faults) -> tuple[Decimal, str]:
    """Give the price of one unit of an endpoint in dollars, and the unit's name."""
    fault = faults.is_on("reprice", endpoint_id)
    if fault is not None:
        return fault.usd, fault.unit
    return ENDPOINTS[endpoint_id].price.usd_per_second, "seconds"


def billed(outcome: Outcome, endpoint_id: str, faults: Faults) -> Outcome:
    """Bill a job; one that costs nothing goes on to cost nothing."""
    if not outcome.units or endpoint_id not in ENDPOINTS:
        return outcome
    fault = faults.is_on("bill", endpoint_id)
    units = outcome.units if fault is None else fault.units
    usd, _ = unit_price_usd(endpoint_id, faults)
    return replace(outcome, units=units, usd=usd * units)
