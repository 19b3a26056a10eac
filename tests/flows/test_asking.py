"""A run that an older shotgraph had wait: what it says that it bought comes into its account."""

from decimal import Decimal
from pathlib import Path

from shotgraph.flows.asking import Asking
from shotgraph.flows.gates import Answers
from shotgraph.keys import Key
from shotgraph.money.accounts import Account, Accounts, Money
from shotgraph.money.attempts import Ledger
from shotgraph.money.claims import Claims
from shotgraph.money.decisions import BoughtBefore, Question
from shotgraph.plan import Plan, PlannedStep
from shotgraph.plan.retakes import Followed
from shotgraph.store import open_store
from tests.graph.films import graph_of
from tests.money.ledger.records import PRICE_USD, SUCCEEDED, accepted, key_of, put_attempt

ACCOUNT = Account(film="harbour", run_id="0f3a")


async def test_what_its_question_names_is_put_into_the_account(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    for request in ("r-1", "r-2", "r-3"):
        taken = accepted(request)
        attempt = await put_attempt(Ledger(store.records), taken, SUCCEEDED, key=key_of(request))
        assert await Claims(store.records).take(attempt, taken)
    bought = [
        BoughtBefore(name=name, kind="edit", status="ran", cost_usd=Decimal(9), request_id=request)
        for name, request in (("dusk", "r-1, r-2"), ("dusk", "r-3"), ("lost", "r-4"))
    ]
    question = Question(number=1, gate="seen", decision=key_of("seen"), bought=bought)

    async def plan() -> Followed:
        dusk = PlannedStep("dusk", "edit", "have", Decimal(0), 0, key=key_of("dusk"))
        return Followed(
            graph_of("film: {trim: {video: 'https://example.com/a.mp4', seconds: 1}}", tmp_path),
            Plan([dusk]),
        )

    asking = Asking(store, ACCOUNT, Answers(), plan)
    await asking.questions.ask(question)
    await asking.questions.done_with(question)
    for _ in range(2):
        await asking.take_up()
    accounts = Accounts(store.records)
    assert {one.key for one in await accounts.of_run(ACCOUNT)} == {
        key_of(request) for request in ("r-1", "r-2", "r-3")
    }
    assert {one.asked for one in await accounts.of_run(ACCOUNT)} == {Key(key_of("dusk"))}
    assert await accounts.money_of(ACCOUNT) == Money(3 * PRICE_USD)
