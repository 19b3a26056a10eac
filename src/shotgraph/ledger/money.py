"""What an attempt to buy a job cost: what was billed, and what may have been."""

from dataclasses import dataclass
from decimal import Decimal

from shotgraph.ledger.events import Ended, GivenUp, Intent
from shotgraph.ledger.job import Attempt


@dataclass(frozen=True)
class Money:
    """Dollars, as the ledger has them.

    Attributes:
        billed_usd: What was billed. Where a job succeeded and fal did not say how much, this is
            the estimate.
        may_be_billed_usd: What may have been billed besides, at most: for jobs that have not ended
            yet, whose answer was lost, or that failed without a word from fal about the bill.
    """

    billed_usd: Decimal = Decimal(0)
    may_be_billed_usd: Decimal = Decimal(0)

    @property
    def most_usd(self) -> Decimal:
        """The most that it can come to, in dollars."""
        return self.billed_usd + self.may_be_billed_usd

    def __add__(self, other: "Money") -> "Money":
        return Money(
            self.billed_usd + other.billed_usd, self.may_be_billed_usd + other.may_be_billed_usd
        )


NOTHING = Money()


def money_of(attempt: Attempt) -> Money:
    """Tell what an attempt cost."""
    intent, ended = attempt.find(Intent), attempt.find(Ended)
    if ended is not None:
        is_known = ended.succeeded or ended.billed_units is not None
        return Money(ended.cost_usd) if is_known else Money(may_be_billed_usd=ended.cost_usd)
    if intent is None or attempt.state == "turned" or _is_sure_not_to_exist(attempt):
        return NOTHING
    return Money(may_be_billed_usd=intent.estimate_usd)


def _is_sure_not_to_exist(attempt: Attempt) -> bool:
    """Tell whether it was given up when that was safe; before, it may be billed all the same."""
    intent, given_up = attempt.find(Intent), attempt.find(GivenUp)
    if intent is None or given_up is None:
        return False
    return given_up.at >= intent.safe_from if given_up.is_sure is None else given_up.is_sure
