"""Suspend a deployment's run that waits for a person, and continue when the run is resumed.

Suspended, not paused: the process ends and holds no slot, and only a record waits, for any length
of time. When the run is resumed, Prefect runs the flow again from the start; every earlier purchase
is found, and the answer is in the store before anything is sent.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from httpx import HTTPError
from prefect import get_run_logger
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectHTTPStatusError
from prefect.flow_runs import asuspend_flow_run
from prefect.input.actions import aread_flow_run_input
from prefect.input.run_input import keyset_from_base_key
from prefect.settings import PREFECT_API_URL

from shotgraph.clock import SystemClock
from shotgraph.endpoints.endpoint import url_at
from shotgraph.errors import InvalidInput, OverBudget, Terminal
from shotgraph.flows.gates import (
    Answers,
    Choose,
    Retakable,
    Stop,
    TakeAgain,
    decision_form,
    read_answer,
)
from shotgraph.flows.this_run import is_called, this_run
from shotgraph.graph import Node
from shotgraph.graph.takes import prompt_of, to_retake
from shotgraph.making.quality_check import LookedAt
from shotgraph.media.quality.flaw import lines_of
from shotgraph.model.references import StepOutput
from shotgraph.money.accounts import Account, AccountEntry, Accounts
from shotgraph.money.attempts import Ledger
from shotgraph.money.claims import Claims
from shotgraph.money.decisions import Decisions, Question, Questions
from shotgraph.money.events import Ended
from shotgraph.money.results import Results
from shotgraph.plan.budgets import not_taken_again
from shotgraph.plan.inputs import PlannedGate, asked, is_gate
from shotgraph.plan.retakes import Followed
from shotgraph.report import FilmCosts
from shotgraph.report.question import Costs, Shown, question_text
from shotgraph.settings import Settings
from shotgraph.store import Store


class Stopped(Terminal):
    """A person stopped the run while it waited."""

    code = "stopped"


def asks_by_form() -> bool:
    """Whether the run can suspend: it belongs to a deployment, and no other flow called it."""
    run = this_run()
    return run is not None and run.deployment_id is not None and not is_called()


@dataclass(frozen=True)
class Asking:
    """The questions of one run.

    Attributes:
        account: The account of the run's purchases.
        plan: Plans the film again, with the retakes that people requested; `supposed` adds another.
        refusal: Returns the error if a plan is over one of the run's budgets; else None.
        answers: The answers that were given with the run; their questions are not asked.
    """

    store: Store
    account: Account
    answers: Answers
    plan: Callable[..., Awaitable[Followed]]
    refusal: Callable[[Followed], Awaitable[OverBudget | None]]

    @property
    def questions(self) -> Questions:
        """The questions that the run has asked so far."""
        return Questions(self.store.records, self.account.run_id)

    async def take_up(self) -> Followed:
        """Read the answer that the run was resumed with, if any.

        Then ask the other open questions, before anything more is bought, while the person is still
        there.

        Raises:
            Stopped: The answer was to stop.
            Pause: Another question is open; the run is suspended.
        """
        followed, question = await self.plan(), await self.questions.latest()
        if question is None:
            return followed
        await self._account_for(question, followed)
        if await self.questions.is_done_with(question):
            return followed
        said, remark = await self._said(question), ""
        gate = next((one for one in followed.waiting if one.key == question.decision), None)
        if said is not None and gate is not None:
            try:
                await self._decide(followed, gate, question, said)
            except InvalidInput as error:
                remark = error.message
            followed = await self.plan()
        await self.questions.done_with(question)
        if said is not None:
            await self.ask(followed, remark)
        return followed

    async def ask(self, followed: Followed, remark: str = "") -> None:
        """Suspend the run with the first open question; continue if there is none.

        Raises:
            Pause: The run is suspended; Prefect ends its process.
        """
        open_gates = [one for one in followed.waiting if self.answers.of(one.node) is None]
        if not open_gates:
            return
        gate, before = open_gates[0], await self.questions.latest()
        question = Question(
            number=before.number + 1 if before else 1,
            gate=gate.node.name,
            decision=gate.key,
        )
        form = decision_form(
            len(gate.clips),
            _retakable(followed, gate),
            await self._description(followed, gate, remark),
        )
        await self.questions.ask(question)
        get_run_logger().info(
            "%s waits for a person: %s The waiting run uses no process and has no time limit. To "
            "answer, choose Resume in Prefect's UI",
            gate.node.name,
            asked(gate.question, len(gate.clips)),
        )
        # no timeout: waiting loses nothing
        await asuspend_flow_run(wait_for_input=form, key=question.pause_key, timeout=None)

    async def _account_for(self, question: Question, followed: Followed) -> None:
        """Add the purchases in a question of an older version of shotgraph to the run's account."""
        claims, accounts = Claims(self.store.records), Accounts(self.store.records)
        planned = {step.name: step.key for step in followed.plan.steps}
        for step in question.bought:
            for request in (step.request_id or "").split(", "):
                claim = await claims.owner(request) if request else None
                if claim is None:
                    continue
                entry = AccountEntry(
                    at=claim.accepted.at,
                    account=self.account,
                    step=step.name,
                    kind=step.kind,
                    asked=planned.get(step.name) or claim.key,
                    how=step.status,
                    key=claim.key,
                    number=claim.number,
                )
                await accounts.note(entry)

    async def _said(self, question: Question) -> dict[str, object] | None:
        keys = keyset_from_base_key(f"suspended-{question.pause_key}")
        said = await aread_flow_run_input(keys["response"])
        return said if isinstance(said, dict) else None

    async def _decide(
        self, followed: Followed, gate: PlannedGate, question: Question, said: dict[str, object]
    ) -> None:
        answer = read_answer(said, len(gate.clips), _retakable(followed, gate))
        decisions = Decisions(self.store, SystemClock())
        by = f"{Settings().person}, in a form"
        match answer:
            case Stop():
                await self.questions.done_with(question)
                raise Stopped(
                    f"{gate.node.name}: a person stopped the run here. Nothing after it was "
                    "bought; the finished steps are in the store, and another run continues from "
                    "them"
                )
            case Choose(number):
                await decisions.note(gate.key, number, by)
            case TakeAgain(step, prompt):
                again = followed.again(followed.graph.nodes[step], prompt)
                # Check before recording: a recorded retake is bought by the next run too.
                refused = await self.refusal(await self.plan(supposed=(gate.key, again)))
                if refused is not None:
                    raise InvalidInput(not_taken_again(step, refused))
                await decisions.note(gate.key, again, by)

    async def _description(self, followed: Followed, gate: PlannedGate, remark: str) -> str:
        retakable = _retakable(followed, gate)
        costs = {step.name: step.saved_usd for step in followed.plan.steps}
        again_usd = costs.get(_maker(followed, retakable[0].step)) if retakable else None
        several = [(one.step, one.prompt or "") for one in retakable if len(retakable) > 1]
        return await question_text(
            f"{followed.graph.name}: {gate.node.name}",
            asked(gate.question, len(gate.clips)),
            [await self._shown(followed, gate, index) for index in range(len(gate.clips))],
            Costs(
                run=await Accounts(self.store.records).money_of(self.account),
                film=await FilmCosts(self.store).of(self.account.film),
                to_come_usd=followed.plan.cost_usd,
                is_most=any(step.upper_bound for step in followed.plan.steps),
                again_usd=again_usd,
            ),
            self.store,
            remark=remark,
            prompts=several,
        )

    async def _shown(self, followed: Followed, gate: PlannedGate, index: int) -> Shown:
        name, asset = _clips_of(gate.node)[index], gate.clips[index]
        keys = {one.name: one.key for one in followed.plan.steps}
        for maker in _makers(followed, name):
            key = keys.get(maker)
            result = await Results(self.store).get(key) if key is not None else None
            if key is None or result is None or result.asset != asset:
                continue
            ended = (await Ledger(self.store.records).latest(key)).find(Ended)
            url = url_at(ended.output, "video") if ended is not None else None
            faults = lines_of(await LookedAt(self.store).known(key) or ())
            return Shown(name, asset, result, url, faults)
        return Shown(name, asset)


def _clips_of(node: Node) -> list[str]:
    """Return the steps that make a gate's clips, in order."""
    return [ref.step for _, _, ref in node.media() if isinstance(ref, StepOutput)]


def _makers(followed: Followed, name: str) -> list[str]:
    """Return the steps that may have made a clip: a gate passes on a clip from an earlier step."""
    node = followed.graph.nodes[name]
    if not is_gate(node):
        return [name]
    return [maker for before in _clips_of(node) for maker in _makers(followed, before)]


def _retakable(followed: Followed, gate: PlannedGate) -> list[Retakable]:
    graph = followed.graph
    return [Retakable(node.name, prompt_of(graph, node)) for node in to_retake(graph, gate.node)]


def _maker(followed: Followed, name: str) -> str:
    """Return the paid step that a retake would run; for a pick, the step of its first take."""
    node = followed.graph.nodes[name]
    if node.endpoint is not None:
        return name
    return _clips_of(node)[0]


async def resume(run_id: str, values: Mapping[str, object]) -> None:
    """Resume a run with the values of its form.

    Args:
        run_id: Prefect's id of the run.
        values: The values of the form that the run waits with.

    Raises:
        InvalidInput: The run does not wait, Prefect refuses the values, or can't be reached.
    """
    if not PREFECT_API_URL.value():
        raise InvalidInput(
            "this run waits in Prefect, and PREFECT_API_URL does not say where: set it, and start "
            "shotgraph view again; or answer in Prefect's UI"
        )
    try:
        async with get_client() as client:
            said = await client.resume_flow_run(UUID(run_id), run_input=dict(values))
    except ValueError:
        raise InvalidInput(f"{run_id} is no run of Prefect's") from None
    except (HTTPError, PrefectHTTPStatusError) as error:
        raise InvalidInput(
            f"Prefect could not be asked ({type(error).__name__}). Nothing was decided: try again, "
            "or answer in Prefect's UI"
        ) from None
    if said.status.value != "ACCEPT":
        reason = getattr(said.details, "reason", None) or said.status.value
        raise InvalidInput(f"Prefect did not take the answer: {reason}. Nothing was decided")
