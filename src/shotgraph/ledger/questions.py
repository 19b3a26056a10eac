"""What a run has asked a person."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shotgraph.keys import Key
from shotgraph.ledger.unreadable import unreadable
from shotgraph.store import RecordStore


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
        """Tell whether its answer has been taken up, or can't come any more."""
        return self._name(question.number, "done") in await self._names()

    async def ask(self, question: Question) -> None:
        """Put a question on record, before anybody sees it."""
        data = question.model_dump_json().encode()
        await self._records.put_if_absent(self._name(question.number, "asked"), data)

    async def done_with(self, question: Question) -> None:
        """Note that its answer has been taken up."""
        await self._records.put_if_absent(self._name(question.number, "done"), b"{}")

    async def _names(self) -> list[str]:
        return await self._records.names(self._folder)

    def _name(self, number: int, what: str) -> str:
        return f"{self._folder}/{number:06d}-{what}.json"
