"""What a job costs, as a rule over seconds."""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Literal, TypeAlias

BilledOn: TypeAlias = Literal["input", "chosen", "both"]
"""The seconds of the videos that a job takes, those that it is told to make, or their sum."""


@dataclass(frozen=True)
class PriceRule:
    """Dollars per second, of the input, of the chosen duration, or of both.

    Whether fal bills part seconds is not documented, so a part counts as a whole one here; what
    was really billed comes back with the result and replaces the estimate.

    Attributes:
        usd_per_second: The rate.
        billed_on: Which seconds count.
        dated: When the rate was read, as a date.
        source: Where the rate was read.
        least_seconds: What is billed at the least.
    """

    usd_per_second: Decimal
    billed_on: BilledOn
    dated: str
    source: str
    least_seconds: int = 0

    @property
    def counts_input(self) -> bool:
        """Whether it has to be known how long the input is."""
        return self.billed_on != "chosen"

    def seconds(self, *, input_seconds: Fraction, chosen_seconds: Fraction) -> Fraction:
        """Tell which seconds of a job count."""
        counted = {
            "input": input_seconds,
            "chosen": chosen_seconds,
            "both": input_seconds + chosen_seconds,
        }
        return counted[self.billed_on]

    def cost_usd(self, seconds: Fraction, *, usd_per_second: Decimal | None = None) -> Decimal:
        """Price this many seconds, at the dated rate or at one that fal has just named."""
        rate = self.usd_per_second if usd_per_second is None else usd_per_second
        return rate * max(ceil(seconds), self.least_seconds)

    def at(self, usd_per_second: Decimal, *, dated: str, source: str) -> "PriceRule":
        """Copy the rule, with a rate that was read later."""
        return replace(self, usd_per_second=usd_per_second, dated=dated, source=source)
