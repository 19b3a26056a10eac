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
    """A step that the run had done before it waited, in a question of an older shotgraph."""

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
        number: The number of the question in the run, from 1.
        gate: The step at which the run waits.
        decision: The key of the decision.
        bought: The run's purchases so far, in questions from before accounts existed.
    """

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    number: int
    gate: str
    decision: Key
    bought: Sequence[BoughtBefore] = ()

    @property
    def pause_key(self) -> str:
        """The name of the suspension: letters, digits and dashes; unique in a run."""
        return f"decision-{self.number}-{self.decision[:16]}"


class Questions:
    """The questions of a run, under ``questions/<run>/``: each has a mark when it is answered."""

    def __init__(self, records: RecordStore, run_id: str) -> None:
        self._records = records
        self._folder = f"questions/{run_id}"

    async def latest(self) -> Question | None:
        """The last question; None if the run has asked nothing.

        Raises:
            Retryable: The store could not be read.
            Terminal: The record can't be read.
        """
        names = [name for name in await self._names() if name.endswith("-asked.json")]
        data = await self._records.get(names[-1]) if names else None
        try:
            return Question.model_validate_json(data) if data is not None else None
        except ValueError as error:
            raise unreadable(
                names[-1],
                error,
                unknown="the question of this run is not known",
                otherwise="another run is started; it takes every finished step from the store",
            ) from None

    async def is_done_with(self, question: Question) -> bool:
        """Whether the run has read the answer, or no answer can come any more."""
        return self._name(question.number, "done") in await self._names()

    async def ask(self, question: Question) -> None:
        """Record a question before a person sees it."""
        data = question.model_dump_json().encode()
        await self._records.put_if_absent(self._name(question.number, "asked"), data)

    async def done_with(self, question: Question) -> None:
        """Record that the run has read the answer."""
        await self._records.put_if_absent(self._name(question.number, "done"), b"{}")

    async def _names(self) -> list[str]:
        return await self._records.names(self._folder)

    def _name(self, number: int, what: str) -> str:
        return f"{self._folder}/{number:06d}-{what}.json"


class Again(BaseModel):
    """The clip was rejected: a step must be done again.

    Attributes:
        step: The step to do again, or the step with the takes, which gets one more take.
        take: The number of the take, from 1.
        prompt: The new prompt; None keeps the present prompt.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    take: int = Field(ge=1)
    prompt: str | None = None


class Decision(BaseModel):
    """A decision: either `chosen` or `again`.

    Attributes:
        chosen: The number of the chosen clip, from 1.
        again: The step that is done again before the run continues.
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
"""The name of the person who decides, if no name is set."""


class Decider(BaseModel):
    """The person who made a decision, and where, in words; a record of its own, as it is newer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    by: str


def decision_key(question: str, clips: Sequence[Sha256]) -> Key:
    """Make the key of a decision from its question and clips; the step's name is no part of it."""
    return text_key("shotgraph decision 1", [question, *clips])


class Decisions:
    """Decisions in a store, under ``decisions/<key>/<number>.json``: the last one is valid."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._records = store.records
        self._clock = clock

    async def latest(self, key: Key) -> Decision | None:
        """The latest decision; None if nobody has decided yet.

        Raises:
            Retryable: The store could not be read.
            Terminal: The record is damaged, or a newer shotgraph wrote it.
        """
        names = await self._records.names(f"decisions/{key}")
        data = await self._records.get(names[-1]) if names else None
        try:
            return Decision.model_validate_json(data) if data is not None else None
        except ValueError as error:
            raise unreadable(
                names[-1],
                error,
                unknown="the decision is not known",
                otherwise="the record is removed, and the question is asked again",
            ) from None

    async def added_takes(self) -> Mapping[str, int]:
        """Count, for each step, how often people asked to do it again, in all films.

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
        """Name the person who made the latest decision.

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
        """Record a decision; people may change their minds, so a question can have several.

        Args:
            key: The decision's key.
            decided: The number of the chosen clip, from 1; or the step to do again.
            by: The person who decides, and where, in words.

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
