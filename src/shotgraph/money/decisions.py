"""Questions to people and their answers, kept in the store."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shotgraph.clock import Clock
from shotgraph.keys import Key, text_key
from shotgraph.model.references import Sha256
from shotgraph.money.events import unreadable
from shotgraph.store import RecordStore, Store


class BoughtBefore(BaseModel):
    """A step that the run had done before it waited, in a question that an older shotgraph put."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: str
    status: Literal["ran", "resumed"]
    cost_usd: Decimal
    request_id: str | None = None
    estimate_usd: Decimal | None = None
    why: str = ""


class Question(BaseModel):
    """One question of one run.

    Attributes:
        number: Which of the run's questions, from 1.
        gate: The step at which it waits.
        decision: The key of what is to be decided.
        bought: What the run had bought so far, in questions that were put before there were
            accounts.
    """

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    number: int
    gate: str
    decision: Key
    bought: Sequence[BoughtBefore] = ()

    @property
    def pause_key(self) -> str:
        """Names the suspension, in letters, digits and dashes; never used twice in a run."""
        return f"decision-{self.number}-{self.decision[:16]}"


class Questions:
    """The questions of a run, under ``questions/<run>/``: put once, and marked when answered."""

    def __init__(self, records: RecordStore, run_id: str) -> None:
        self._records = records
        self._folder = f"questions/{run_id}"

    async def latest(self) -> Question | None:
        """The last question; None if nothing was asked.

        Raises:
            Retryable: The store could not be read.
            Terminal: The record is damaged.
        """
        names = [name for name in await self._names() if name.endswith("-asked.json")]
        data = await self._records.get(names[-1]) if names else None
        try:
            return Question.model_validate_json(data) if data is not None else None
        except ValueError as error:
            raise unreadable(
                names[-1],
                error,
                unknown="it is not known what this run has asked",
                otherwise="another run is started, which finds what is there",
            ) from None

    async def is_done_with(self, question: Question) -> bool:
        """Whether its answer was read, or can't come any more."""
        return self._name(question.number, "done") in await self._names()

    async def ask(self, question: Question) -> None:
        """Record a question before anybody sees it."""
        data = question.model_dump_json().encode()
        await self._records.put_if_absent(self._name(question.number, "asked"), data)

    async def done_with(self, question: Question) -> None:
        """Note that its answer was read."""
        await self._records.put_if_absent(self._name(question.number, "done"), b"{}")

    async def _names(self) -> list[str]:
        return await self._records.names(self._folder)

    def _name(self, number: int, what: str) -> str:
        return f"{self._folder}/{number:06d}-{what}.json"


class Again(BaseModel):
    """The clip was rejected: a step is to be done again.

    Attributes:
        step: The step, or the step with the takes, which gets one more.
        take: Which take of its job, from 1.
        prompt: The new prompt; None keeps the present one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    take: int = Field(ge=1)
    prompt: str | None = None


class Decision(BaseModel):
    """A decision: either `chosen` or `again`.

    Attributes:
        chosen: The number of the chosen clip, from 1.
        again: The step that is done again before the run goes on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    chosen: int | None = None
    again: Again | None = None
    at: datetime

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.chosen is None) == (self.again is None):
            raise ValueError("a decision either chooses a clip, or has a step done again")
        return self


PERSON = "a person"
"""Who decides, where no name is set."""


class Decider(BaseModel):
    """Who has made a decision, and by what way, in words; beside it, because it came later."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    by: str


def decision_key(question: str, clips: Sequence[Sha256]) -> Key:
    """Name a decision by its question and its clips; the name of the step does not count."""
    return text_key("shotgraph decision 1", [question, *clips])


class Decisions:
    """Notes in a store, under ``decisions/<key>/<number>.json``: the last one holds."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._records = store.records
        self._clock = clock

    async def latest(self, key: Key) -> Decision | None:
        """The latest decision; None if there is none.

        Raises:
            Retryable: The store could not be read.
            Terminal: The record is damaged, or of a newer shotgraph.
        """
        names = await self._records.names(f"decisions/{key}")
        data = await self._records.get(names[-1]) if names else None
        try:
            return Decision.model_validate_json(data) if data is not None else None
        except ValueError as error:
            raise unreadable(
                names[-1],
                error,
                unknown="it is not known what was decided",
                otherwise="the record is removed, and the question is asked again",
            ) from None

    async def added_takes(self) -> Mapping[str, int]:
        """Count how often people had each step done again, in all films.

        Raises:
            Retryable: The store could not be read.
        """
        names = await self._records.names("decisions")
        counts: Counter[str] = Counter()
        for data in await asyncio.gather(*map(self._records.get, names)):
            try:
                decision = Decision.model_validate_json(data or b"")
            except ValueError:
                continue  # A run that needs this decision gets the error.
            if decision.again is not None:
                counts[decision.again.step] += 1
        return counts

    async def decider(self, key: Key) -> str:
        """Tell who has made the latest decision.

        Raises:
            Retryable: The store could not be read.
        """
        number = await self._last_number(key)
        data = await self._records.get(f"deciders/{key}/{number:06d}.json")
        try:
            return Decider.model_validate_json(data).by if data is not None else PERSON
        except ValueError:
            return PERSON

    async def _last_number(self, key: Key) -> int:
        return len(await self._records.names(f"decisions/{key}"))

    async def note(self, key: Key, decided: int | Again, by: str = "") -> None:
        """Note a decision; people may change their minds, so there can be many.

        Args:
            key: What was asked.
            decided: Which clip goes on, from 1; or what is done again.
            by: Who decides, and by what way, in words.

        Raises:
            Retryable: The store could not be written to.
        """
        number = await self._last_number(key) + 1
        at = self._clock.now()
        decision = (
            Decision(again=decided, at=at)
            if isinstance(decided, Again)
            else Decision(chosen=decided, at=at)
        )
        data = decision.model_dump_json(exclude_none=True).encode()
        while not await self._records.put_if_absent(f"decisions/{key}/{number:06d}.json", data):
            number += 1
        if by:
            data = Decider(by=by).model_dump_json().encode()
            await self._records.put_if_absent(f"deciders/{key}/{number:06d}.json", data)
