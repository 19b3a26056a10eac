"""What a job costs, as a rule over seconds."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Literal


@dataclass(frozen=True)
class PriceRule:
    """Dollars per second, of the input or of the chosen duration.

    Whether fal bills part seconds is not documented, so a part counts as a whole one here; what
    was really billed comes back with the result and replaces the estimate.
    """

    usd_per_second: Decimal
    billed_on: Literal["input", "chosen"]
    dated: str
    source: str

    def cost_usd(self, seconds: Fraction, *, usd_per_second: Decimal | None = None) -> Decimal:
        """Price this many seconds, at the dated rate or at one that fal has just named."""
        rate = self.usd_per_second if usd_per_second is None else usd_per_second
        return rate * ceil(seconds)
