"""A run that an older shotgraph had wait: what it says that it bought comes into its account."""

from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from shotgraph.clock import SystemClock
from shotgraph.errors import InvalidInput, OverBudget
from shotgraph.flows.asking import Asking
from shotgraph.flows.gates import Answers
from shotgraph.keys import Key
from shotgraph.media.probe import probe
from shotgraph.money.accounts import Account, Accounts, Money
from shotgraph.money.attempts import Ledger
from shotgraph.money.budget import Budget
from shotgraph.money.claims import Claims
from shotgraph.money.decisions import Again, BoughtBefore, Decisions, Question
from shotgraph.money.results import Result, Results
from shotgraph.plan import Plan, PlannedStep
from shotgraph.plan.budgets import Spending
from shotgraph.plan.inputs import PlannedGate
from shotgraph.plan.retakes import Followed, follow_retakes
from shotgraph.store import open_store
from tests.graph.films import graph_of
from tests.media.coded_clips import write_clip
from tests.money.ledger.records import AT, PRICE_USD, SUCCEEDED, accepted, key_of, put_attempt
from tests.plan.films import paid_job_of
from tests.plan.records import put_result

ACCOUNT = Account(film="harbour", run_id="0f3a")


async def held(_: Followed) -> OverBudget | None:
    """Whatever it is, the budgets hold it."""
    return None


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

    asking = Asking(store, ACCOUNT, Answers(), plan, held)
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


BEHIND_A_CHOICE = """
dawn:
  takes: 2
  pick: ask
  edit: {video: "https://example.com/a.mp4", prompt: dawn}
seen: {approve: {video: $dawn}}
film: {trim: {video: $seen, seconds: 1}}
"""


async def test_what_is_approved_after_a_choice_is_shown_whole(tmp_path: Path) -> None:
    store, graph = open_store(str(tmp_path / "store")), graph_of(BEHIND_A_CHOICE, tmp_path)
    takes = [name for name in graph.nodes if name.startswith("dawn take")]
    url = "https://v3.fal.media/files/dawn-2.mp4"
    clip = write_clip(tmp_path / "dawn.mp4", clip=1, frames=3, rate=24, size=(64, 64))
    made = Result(
        key=key_of(takes[1]),
        recipe="edit",
        asset=await store.assets.add(clip, "video"),
        info=await probe(clip),
        cost_usd=PRICE_USD,
        request_id="r-9",
        seconds=9,
        made_at=AT,
    )
    await Results(store).put(made)
    ended = SUCCEEDED.model_copy(update={"output": {"video": {"url": url}}})
    await put_attempt(Ledger(store.records), accepted("r-9"), ended, key=key_of(takes[1]))
    steps = [PlannedStep(one, "edit", "have", Decimal(0), 0, key=key_of(one)) for one in takes]
    gate = PlannedGate(graph.nodes["seen"], key_of("seen"), [made.asset], None)

    async def plan() -> Followed:
        return Followed(graph, Plan(steps))

    shown = await Asking(store, ACCOUNT, Answers(), plan, held)._shown(await plan(), gate, 0)
    assert (shown.name, shown.result, shown.url) == ("dawn", made, url)


DAWN = """
dawn: {edit: {video: clip.mp4, prompt: Dawn}}
film: {approve: {video: $dawn}}
"""


@pytest.mark.parametrize("short_usd", [Decimal(0), Decimal("0.001")])
async def test_a_take_that_does_not_fit_is_refused_at_the_answer(
    short_usd: Decimal, tmp_path: Path
) -> None:
    """It leaves nothing behind: the next run of the film would buy what is on record."""
    clip = write_clip(tmp_path / "clip.mp4", clip=1, frames=72, rate=24, size=(1280, 720))
    store, graph = open_store(str(tmp_path / "store")), graph_of(DAWN, tmp_path)
    await put_result(store, paid_job_of(DAWN, tmp_path, store, "dawn"), clip)
    plan = partial(follow_retakes, graph, store, backend="fal")
    first = await plan()
    price_usd = first.plan.steps[0].saved_usd
    spending = Spending([Budget(name="--max-usd", limit_usd=price_usd - short_usd)], None)

    async def refusal(followed: Followed) -> OverBudget | None:
        return await spending.refusal(followed.graph, followed.plan, store, ACCOUNT.run_id, None)

    asking = Asking(store, ACCOUNT, Answers(), plan, refusal)
    (gate,) = first.waiting
    question = Question(number=1, gate="film", decision=gate.key)
    said: dict[str, object] = {"decision": "take again", "prompt": "Before dawn"}
    decided = asking._decide(first, gate, question, said)
    noted = Decisions(store, SystemClock())
    if not short_usd:
        await decided
        found = await noted.latest(gate.key)
        assert found is not None
        assert found.again == Again(step="dawn", take=1, prompt="Before dawn")
        assert (await plan()).plan.cost_usd == price_usd
        return
    with pytest.raises(InvalidInput) as refused:
        await decided
    assert refused.value.message == (
        "dawn is not taken again, because its cost is over the budget: this run would cost $0.38 "
        "(dawn $0.38), and its --max-usd is $0.38: that is $0.001 too much. Nothing was sent. "
        "$0.377 is left, and "
        "$0.378 would be needed. No later run buys this take by itself. Decide with the clips "
        "that are there"
    )
    assert await noted.latest(gate.key) is None
    assert (await plan()).plan.cost_usd == 0
    assert [one.key for one in (await plan()).waiting] == [gate.key], "it is asked again"
