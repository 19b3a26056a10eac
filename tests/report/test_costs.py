"""What a run says that its steps cost: out of the ledger, whatever the steps returned."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest

from shotgraph.errors import Ambiguous, Terminal
from shotgraph.money.accounts import Account, AccountEntry, Accounts, Money
from shotgraph.money.attempts import Ledger
from shotgraph.money.claims import Claims
from shotgraph.money.events import Event
from shotgraph.plan import Plan, PlannedStep
from shotgraph.report import Report, StepReport, accounted, billing_lines, cost_lines
from shotgraph.store import Store, open_store
from tests.money.ledger.records import (
    ACCEPTED,
    AT,
    DOUBT,
    FAILED,
    PRICE_USD,
    SUCCEEDED,
    TURNED,
    accepted,
    key_of,
    put_attempt,
)

ACCOUNT = Account(film="harbour", run_id="0f3a")
RATE_USD = Decimal("0.126")
BILLED_USD = Decimal("0.504")
CHEAPER = SUCCEEDED.model_copy(update={"cost_usd": BILLED_USD, "billed_units": Decimal(4)})
FAILED_FREE = FAILED.model_copy(update={"billed_units": Decimal(0)})
FAILED_BILLED = FAILED.model_copy(update={"billed_units": Decimal(5), "cost_usd": PRICE_USD})
FAILED_SILENTLY = FAILED.model_copy(update={"cost_usd": PRICE_USD})
BUY = PlannedStep("dusk", "edit", "buy", PRICE_USD, 90)
HAVE = PlannedStep("dusk", "edit", "have", Decimal(0), 0, key=key_of("dusk"))
ZERO = Decimal(0)
RAN = StepReport("dusk", "edit", "ran", PRICE_USD, "0a1b2c")


@dataclass
class Told:
    """A store with the account of one run, and what its steps are said to have cost."""

    store: Store

    async def bought(
        self,
        words: str,
        *events: Event,
        step: str = "dusk",
        asked: str = "",
        how: Literal["ran", "resumed"] = "ran",
    ) -> None:
        """Put an attempt on record, and have it count in the account."""
        attempt = await put_attempt(Ledger(self.store.records), *events, key=key_of(words))
        number = len(await Accounts(self.store.records).of_run(ACCOUNT))
        entry = AccountEntry(
            at=AT + timedelta(seconds=number),
            account=ACCOUNT,
            step=step,
            kind="edit",
            asked=key_of(asked or words),
            how=how,
            key=attempt.key,
            number=attempt.number,
        )
        await Accounts(self.store.records).note(entry)

    async def steps(
        self, *steps: StepReport, plan: PlannedStep = BUY, rate: Decimal | None = RATE_USD
    ) -> list[StepReport]:
        """Say what steps cost; those that were made have their names as keys."""
        made = ("ran", "cached", "resumed")
        return await accounted(
            steps,
            Plan([replace(plan, name=step.name) for step in steps]),
            ACCOUNT,
            keys={step.name: key_of(step.name) for step in steps if step.status in made},
            rates={step.name: rate for step in steps} | {"dusk": rate},
            records=self.store.records,
        )


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(open_store(str(tmp_path / "store")))


def failed(message: str = "no") -> StepReport:
    return StepReport("dusk", "edit", "failed", error=Terminal(message))


async def test_what_was_billed_is_said_as_billed(told: Told) -> None:
    await told.bought("dusk", ACCEPTED, CHEAPER)
    (step,) = await told.steps(RAN)
    assert (step.status, step.cost_usd, step.may_be_billed_usd) == ("ran", BILLED_USD, ZERO)
    assert (step.request_id, step.estimate_usd) == ("0a1b2c", PRICE_USD)
    assert step.why == "fal billed 4 s, and 5 were expected"


@pytest.mark.parametrize(("events", "money", "request_id", "why"), [
    # A clip that can't be used was paid for.
    (
        [ACCEPTED, SUCCEEDED], Money(PRICE_USD), "0a1b2c",
        "the job was billed, but the run could not fetch or use its result",
    ),
    (
        [ACCEPTED, FAILED_BILLED], Money(PRICE_USD), "0a1b2c",
        "the job failed, but fal billed it",
    ),
    ([ACCEPTED, FAILED_FREE], Money(), "0a1b2c", "the step failed, and nothing was billed"),
    (
        [ACCEPTED, FAILED_SILENTLY], Money(Decimal(0), PRICE_USD), "0a1b2c",
        "the job failed, and fal did not say whether it was billed",
    ),
    (
        [DOUBT], Money(Decimal(0), PRICE_USD), None,
        'it is not known yet whether the job was billed; "shotgraph jobs" shows the records',
    ),
    (
        [ACCEPTED], Money(Decimal(0), PRICE_USD), "0a1b2c",
        'it is not known yet whether the job was billed; "shotgraph jobs" shows the records',
    ),
    ([TURNED], Money(), None, "the step failed, and nothing was billed"),
])  # fmt: skip
async def test_what_failed_is_said_as_the_ledger_has_it(
    told: Told, events: list[Event], money: Money, request_id: str | None, why: str
) -> None:
    await told.bought("dusk", *events)
    (step,) = await told.steps(failed())
    assert Money(step.cost_usd, step.may_be_billed_usd) == money
    assert (step.status, step.request_id, step.why) == ("failed", request_id, why)
    lines = billing_lines(Report("0f3a", [step]).as_json())
    if why.startswith("the job was billed, but"):
        assert lines == [], "its error says so, and it cost what was estimated"
        return
    if events == [TURNED]:
        assert lines == [], "fal accepted no job: nothing is said of a bill"
        return
    (line,) = lines
    assert line.endswith(f": {why}")
    assert ("nothing was billed" in line) == (money == Money())
    assert ("was estimated" in line) == (money != Money(PRICE_USD))


async def test_what_was_never_sent_cost_nothing(told: Told) -> None:
    (step,) = await told.steps(failed())
    assert (step.cost_usd, step.request_id) == (ZERO, None)
    assert step.why == "the step failed, and nothing was sent"
    assert billing_lines(Report("0f3a", [step]).as_json()) == []


async def test_a_clip_of_an_earlier_run_that_finds_no_room_is_paid_for(told: Told) -> None:
    bought = replace(BUY, state="in_flight", cost_usd=ZERO)
    (step,) = await told.steps(failed("no space left"), plan=bought)
    assert step.why == "an earlier run bought and paid for the job, and it is on record"
    assert billing_lines(Report("0f3a", [step]).as_json()) == []


async def test_a_request_that_only_its_claim_names_is_named(told: Told) -> None:
    await told.bought("dusk", DOUBT)
    attempt = await Ledger(told.store.records).latest(key_of("dusk"))
    assert await Claims(told.store.records).take(attempt, accepted("claimed"))
    (step,) = await told.steps(failed())
    assert step.request_id == "claimed"


async def test_what_was_there_costs_this_run_nothing(told: Told) -> None:
    cached = StepReport("dusk", "edit", "cached", request_id="0a1b2c")
    (step,) = await told.steps(cached, plan=HAVE)
    assert (step.status, step.cost_usd, step.why) == ("cached", ZERO, "")


async def test_a_job_that_had_ended_before_was_billed_before(told: Told) -> None:
    resumed = replace(RAN, status="resumed")
    in_flight = replace(BUY, state="in_flight", cost_usd=Decimal(0))
    (step,) = await told.steps(resumed, plan=in_flight)
    assert (step.status, step.cost_usd, step.estimate_usd, step.why) == ("resumed", ZERO, ZERO, "")


async def test_nobody_expected_no_seconds(told: Told) -> None:
    await told.bought("dusk", ACCEPTED, SUCCEEDED.model_copy(update={"billed_units": Decimal(5)}))
    (step,) = await told.steps(RAN, plan=replace(BUY, state="in_flight", cost_usd=ZERO))
    assert (
        step.why == "the plan expected its result or a job in flight, but the step had to be bought"
    )


async def test_an_earlier_part_of_the_run_is_part_of_its_sum(told: Told) -> None:
    """A run that was answered at a terminal, or resumed, finds what it bought before."""
    await told.bought("dusk", ACCEPTED, SUCCEEDED)
    await told.bought("old words", accepted("first"), CHEAPER)
    cached = StepReport("dusk", "edit", "cached", request_id="0a1b2c")
    now, before = await told.steps(cached, plan=HAVE)
    assert (now.status, now.cost_usd, now.estimate_usd, now.why) == (
        "ran",
        PRICE_USD,
        PRICE_USD,
        "",
    )
    assert (before.name, before.status) == ("dusk (taken again)", "ran")
    assert (before.cost_usd, before.request_id) == (BILLED_USD, "first")
    assert Report("0f3a", [now, before]).cost_usd == PRICE_USD + BILLED_USD


async def test_what_the_account_has_is_in_a_report_without_steps(told: Told) -> None:
    """A run that goes on after a question, and is then over its budget."""
    await told.bought("dusk", ACCEPTED, SUCCEEDED)
    (step,) = await told.steps()
    assert (step.name, step.status, step.cost_usd) == ("dusk", "ran", PRICE_USD)


async def test_pieces_are_said_only_where_there_are_some(told: Told) -> None:
    for piece in ("1", "2"):
        await told.bought(piece, accepted(f"r-{piece}"), CHEAPER, asked="dusk")
    (step,) = await told.steps(replace(RAN, request_id="r-1, r-2"))
    assert step.cost_usd == 2 * BILLED_USD
    assert "bought in pieces" in step.why
    one = Told(open_store(str(told.store.folder) + "-of-one"))
    await one.bought("dusk", ACCEPTED, SUCCEEDED.model_copy(update={"cost_usd": BILLED_USD}))
    (step,) = await one.steps(RAN)
    assert step.why == "its price or its length had changed when the job was sent"


async def test_of_pieces_that_were_lost_all_is_counted(told: Told) -> None:
    await told.bought("1", accepted("r-1"), CHEAPER, asked="dusk")
    await told.bought("2", accepted("r-2"), FAILED_BILLED, asked="dusk")
    await told.bought("3", DOUBT, asked="dusk")
    step = replace(failed(), error=Ambiguous("lost"))
    (step,) = await told.steps(step, plan=replace(BUY, key=key_of("dusk")))
    assert Money(step.cost_usd, step.may_be_billed_usd) == Money(BILLED_USD + PRICE_USD, PRICE_USD)
    assert step.request_id == "r-1, r-2"


async def test_what_failed_before_it_was_bought_again_is_counted(told: Told) -> None:
    await told.bought("dusk", accepted("first"), FAILED_BILLED)
    await told.bought("dusk", accepted("second"), SUCCEEDED)
    (step,) = await told.steps(replace(RAN, request_id="second"))
    assert (step.cost_usd, step.request_id) == (2 * PRICE_USD, "second")
    assert "sent again" in step.why


async def test_the_words_for_what_is_not_known(told: Told) -> None:
    await told.bought("dusk", DOUBT)
    report = Report(
        "0f3a", await told.steps(failed()), film_money=Money(Decimal("5.67"), PRICE_USD)
    )
    assert cost_lines(report.as_json(), is_rehearsal=False) == [
        "This run cost $0.00.",
        "Up to $0.63 more may be billed for it; that is not known yet.",
        "The film has cost $5.67 in all its runs, and up to $0.63 more is not known yet.",
    ]
    (line,) = billing_lines(report.as_json())
    assert line.startswith(
        "dusk: $0.630 was estimated, and $0.000 was billed, and $0.630 more may be: it is "
    )


def test_a_film_that_cost_what_its_run_cost_is_not_said_twice() -> None:
    report = Report("0f3a", [RAN], film_money=Money(PRICE_USD))
    assert cost_lines(report.as_json(), is_rehearsal=False) == ["This run cost $0.63."]
    rehearsed = replace(report, film_money=Money()).as_json()
    assert cost_lines(rehearsed, is_rehearsal=True) == ["This run would have cost $0.63."]
    assert cost_lines(report.as_json(), is_rehearsal=True)[1:] == [
        "The film has cost $0.63 in all its runs."
    ]
