"""Decisions of a person in the screening room.

A waiting run of a deployment is resumed with the answer, as by the form in Prefect's UI. Any other
decision is noted in the store, and the next run of the film finds it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from shotgraph.clock import Clock
from shotgraph.errors import InvalidInput
from shotgraph.money.decisions import PERSON, Again, Decision, Decisions, Question, Questions
from shotgraph.report import words
from shotgraph.report.gates_asked import GateAsked, Retake, gates_asked
from shotgraph.report.manifest import Manifest, StepEntry, manifests_of
from shotgraph.report.storyboard import RoomGate
from shotgraph.report.take_groups import base_name
from shotgraph.store import Store

MOST_CHARS = 2500
"""The most characters of a prompt; no known model takes more."""

Resume: TypeAlias = Callable[[str, Mapping[str, object]], Awaitable[None]]
"""Resumes a waiting flow run by its id, with the values of its form.

Raises:
    InvalidInput: There is no such run, it no longer waits, or Prefect can't be reached.
"""


class Answer(BaseModel):
    """The answer of a person at a gate.

    Attributes:
        gate: The gate's step.
        does: goes_on: the run continues with the clip `number`; again: `step` is made again, with
            `prompt`; stop: the waiting run ends.
        number: The number of the clip, from 1.
        prompt: A new prompt; empty keeps the present one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    film: str = Field(min_length=1, max_length=200)
    run: str = Field(min_length=1, max_length=200)
    gate: str = Field(min_length=1, max_length=300)
    does: Literal["goes_on", "again", "stop"]
    number: int = Field(default=1, ge=1, le=1000, strict=True)
    step: str = Field(default="", max_length=300)
    prompt: str = Field(default="", max_length=MOST_CHARS)


@dataclass(frozen=True)
class Deciding:
    """The store, and the rules for decisions.

    Attributes:
        resume: Resumes a flow run; None if Prefect is not available.
        person: The name of the person who decides here.
    """

    store: Store
    clock: Clock
    resume: Resume | None
    person: str = PERSON

    async def gates(self, manifest: Manifest) -> dict[str, RoomGate]:
        """The gates of a run, each with its decision.

        Raises:
            Retryable: The store could not be read.
            Terminal: A record can't be read.
        """
        decisions = Decisions(self.store, self.clock)
        waiting = await self._question(manifest)
        found = {}
        for gate in gates_asked(manifest):
            latest = await decisions.latest(gate.decision)
            found[gate.name] = RoomGate(
                gate,
                chosen=latest.chosen if latest is not None else None,
                again=_again_words(latest),
                resumes=waiting is not None and waiting.decision == gate.decision,
            )
        return found

    async def decide(self, manifest: Manifest, answer: Answer) -> str:
        """Carry out a decision; give the outcome in words.

        Raises:
            InvalidInput: It does not answer the question, or the run no longer waits.
            Retryable: The store could not be written to.
        """
        gate = next((one for one in gates_asked(manifest) if one.name == answer.gate), None)
        if gate is None:
            raise InvalidInput(f"this run has no gate {answer.gate}")
        if answer.does == "goes_on" and answer.number > len(gate.clips):
            raise InvalidInput(
                f"{gate.name}: there is no take {answer.number}; allowed: 1 to {len(gate.clips)}"
            )
        waiting = await self._question(manifest)
        if waiting is not None and waiting.decision == gate.decision:
            return await self._answered(manifest, gate, answer)
        if answer.does == "stop":
            raise InvalidInput("no run waits for this decision, so there is no run to stop")
        decisions, by = Decisions(self.store, self.clock), f"{self.person}, in the screening room"
        if answer.does == "goes_on":
            await decisions.note(gate.decision, answer.number, by)
            return f"{_chosen_words(gate, answer.number)} The next run uses it."
        retake = _retake(gate, answer.step)
        await decisions.note(gate.decision, await self._again(manifest, retake, answer.prompt), by)
        return f"The next run takes {retake.step} again{_price(retake)}, and asks again."

    async def _question(self, manifest: Manifest) -> Question | None:
        """The open question of a waiting run of a deployment; None if there is none."""
        questions = Questions(self.store.records, manifest.run_id)
        latest = await questions.latest()
        return latest if latest is not None and not await questions.is_done_with(latest) else None

    async def _answered(self, manifest: Manifest, gate: GateAsked, answer: Answer) -> str:
        if self.resume is None:
            raise InvalidInput(
                "this run waits in Prefect, and no Prefect server is known here: set "
                "PREFECT_API_URL and start shotgraph view again, or answer in Prefect's UI"
            )
        values: dict[str, object] = {"decision": "stop"}
        said = f"{gate.name}: the run ends here."
        if answer.does == "goes_on":
            one = len(gate.clips) == 1
            values = {"decision": "approve" if one else f"take {answer.number}"}
            said = f"{_chosen_words(gate, answer.number)} The run continues."
        elif answer.does == "again":
            retake = _retake(gate, answer.step)
            values = {"decision": "take again"}
            if len(gate.retakes) > 1:
                values["step"] = retake.step
            if answer.prompt.strip():
                values["prompt"] = answer.prompt.strip()
            said = f"The run takes {retake.step} again{_price(retake)}, and asks again."
        await self.resume(manifest.run_id, values)
        return said

    async def _again(self, manifest: Manifest, retake: Retake, prompt: str) -> Again:
        """The next take: the first one that no run has made with this prompt."""
        given = prompt.strip()
        changed = given if given and given != retake.prompt.strip() else None
        wanted = changed if changed is not None else retake.prompt
        runs = [manifest, *await manifests_of(self.store, manifest.film)]
        steps = [step for run in runs for step in run.steps if _is_take(step, retake.step, wanted)]
        take = max((step.take for step in steps), default=0) + 1
        return Again(step=retake.step, take=take, prompt=changed)


def _is_take(step: StepEntry, of: str, prompt: str) -> bool:
    is_one = step.is_paid and base_name(step.name) == base_name(of)
    return is_one and step.prompt.strip() == prompt.strip()


def _retake(gate: GateAsked, named: str) -> Retake:
    retakes: Sequence[Retake] = gate.retakes
    found = next((one for one in retakes if named in ("", one.step)), None)
    if found is None:
        raise InvalidInput(f"{gate.name}: there is no step {named} to take again")
    return found


def _price(retake: Retake) -> str:
    return f", for about {words.dollars(retake.cost_usd)}" if retake.cost_usd is not None else ""


def _chosen_words(gate: GateAsked, number: int) -> str:
    if len(gate.clips) == 1:
        return f"{gate.name} is approved."
    return f"Take {number} of {gate.name} is picked."


def _again_words(latest: Decision | None) -> str:
    if latest is None or latest.again is None:
        return ""
    prompt = latest.again.prompt
    return f"{latest.again.step} is taken again" + (f", by: {prompt}" if prompt else "")
