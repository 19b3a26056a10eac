"""What each attempt cost: billed, not known yet, or nothing."""

from decimal import Decimal

import pytest

from shotgraph.money.accounts import Money, money_of
from shotgraph.money.attempts import Attempt
from shotgraph.money.events import Event
from tests.money.ledger.records import (
    ACCEPTED,
    AT,
    CANCEL,
    DOUBT,
    FAILED,
    FORGOTTEN,
    GIVEN_UP,
    KEY,
    PRICE_USD,
    SUCCEEDED,
    TURNED,
    UNTIL_SAFE,
    intent,
)

NOTHING = Money()
UNKNOWN = Money(may_be_billed_usd=PRICE_USD)
GIVEN_UP_SAFELY = GIVEN_UP.model_copy(update={"at": AT + UNTIL_SAFE})
FAILED_FOR = FAILED.model_copy(update={"cost_usd": PRICE_USD})
FAILED_FREE = FAILED.model_copy(update={"billed_units": Decimal(0)})
FAILED_BILLED = FAILED_FOR.model_copy(update={"billed_units": Decimal(5)})


@pytest.mark.parametrize(("events", "money"), [
    ([], UNKNOWN),
    ([DOUBT], UNKNOWN),
    ([ACCEPTED], UNKNOWN),
    ([ACCEPTED, CANCEL], UNKNOWN),
    ([TURNED], NOTHING),
    ([DOUBT, GIVEN_UP], UNKNOWN),
    ([DOUBT, GIVEN_UP_SAFELY], NOTHING),
    ([ACCEPTED, SUCCEEDED], Money(PRICE_USD)),
    ([ACCEPTED, FAILED_BILLED], Money(PRICE_USD)),
    ([ACCEPTED, FAILED_FREE], NOTHING),
    # fal did not say what it billed for the failure.
    ([ACCEPTED, FAILED_FOR], UNKNOWN),
    ([ACCEPTED, FAILED], NOTHING),
    ([ACCEPTED, FORGOTTEN], UNKNOWN),
    ([ACCEPTED, SUCCEEDED, FORGOTTEN], Money(PRICE_USD)),
])  # fmt: skip
def test_an_attempt_is_billed_not_known_or_free(events: list[Event], money: Money) -> None:
    attempt = Attempt(KEY, 1).with_event(intent())
    for event in events:
        attempt = attempt.with_event(event)
    assert money_of(attempt) == money


def test_an_attempt_that_was_never_begun_is_free() -> None:
    assert money_of(Attempt(KEY, 1)) == NOTHING


def test_sums_keep_what_is_not_known_apart() -> None:
    both = Money(PRICE_USD, Decimal(1)) + Money(PRICE_USD, Decimal(2))
    assert both == Money(2 * PRICE_USD, Decimal(3))
    assert both.most_usd == 2 * PRICE_USD + 3
