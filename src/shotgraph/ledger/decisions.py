"""What people have decided: which of several clips goes on, or what is made anew."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shotgraph.clock import Clock
from shotgraph.errors import Terminal
from shotgraph.keys import Key, text_key
from shotgraph.model.references import Sha256
from shotgraph.store import Store


class Again(BaseModel):
    """What was seen is not it: a step is to be done once more.

    Attributes:
        step: The step, or the one whose takes are picked from: that gets one more of them.
        take: Which take of its job, from 1.
        prompt: Its words; None for those that it has.
    """

    model_config = ConfigDict(frozen=True)

    step: str
    take: int = Field(ge=1)
    prompt: str | None = None


class Decision(BaseModel):
    """What was decided: one of the two.

    Attributes:
        chosen: Which clip goes on, from 1.
        again: What is done once more, before anything goes on.
    """

    model_config = ConfigDict(frozen=True)

    chosen: int | None = None
    again: Again | None = None
    at: datetime

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.chosen is None) == (self.again is None):
            raise ValueError("a decision either chooses a clip, or has a step done again")
        return self


def decision_key(question: str, clips: Sequence[Sha256]) -> Key:
    """Name a decision by what is asked and what is seen, whatever the step is called."""
    return text_key("shotgraph decision 1", [question, *clips])


class Decisions:
    """Notes in a store, under ``decisions/<key>/<number>.json``: the last one holds."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._records = store.records
        self._clock = clock

    async def latest(self, key: Key) -> Decision | None:
        """What was decided; None if nobody has.

        Raises:
            Retryable: The store could not be read.
            Terminal: The record is damaged.
        """
        names = await self._records.names(f"decisions/{key}")
        data = await self._records.get(names[-1]) if names else None
        try:
            return Decision.model_validate_json(data) if data is not None else None
        except ValueError:
            raise Terminal(
                f"the store's record {names[-1]} is damaged: what was decided can't be read. "
                "Nothing more is bought before that; remove the record to be asked again"
            ) from None

    async def added_takes(self) -> Mapping[str, int]:
        """Count how often people wanted each step to be done again, in all films.

        Raises:
            Retryable: The store could not be read.
        """
        names = await self._records.names("decisions")
        counts: Counter[str] = Counter()
        for data in await asyncio.gather(*map(self._records.get, names)):
            try:
                decision = Decision.model_validate_json(data or b"")
            except ValueError:
                continue  # Whoever needs this one hears of it.
            if decision.again is not None:
                counts[decision.again.step] += 1
        return counts

    async def note(self, key: Key, decided: int | Again) -> None:
        """Note a decision; people may change their minds, so there can be many.

        Args:
            key: What was asked.
            decided: Which clip goes on, from 1; or what is done again.

        Raises:
            Retryable: The store could not be written to.
        """
        number = len(await self._records.names(f"decisions/{key}")) + 1
        at = self._clock.now()
        decision = (
            Decision(again=decided, at=at)
            if isinstance(decided, Again)
            else Decision(chosen=decided, at=at)
        )
        data = decision.model_dump_json(exclude_none=True).encode()
        while not await self._records.put_if_absent(f"decisions/{key}/{number:06d}.json", data):
            number += 1
