"""What people have decided: which of several clips goes on."""

import json
from collections.abc import Sequence

from shotgraph.clock import Clock
from shotgraph.keys import Key, text_key
from shotgraph.media_ref import Sha256
from shotgraph.store import Store


def decision_key(question: str, clips: Sequence[Sha256]) -> Key:
    """Name a decision by what is asked and what is seen, whatever the step is called."""
    return text_key("shotgraph decision 1", [question, *clips])


class Decisions:
    """Notes in a store, under ``decisions/<key>/<number>.json``: the last one holds."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._records = store.records
        self._clock = clock

    async def latest(self, key: Key) -> int | None:
        """Which clip was chosen, from 1; None if nobody has decided.

        Raises:
            Retryable: The store could not be read.
        """
        names = await self._records.names(f"decisions/{key}")
        data = await self._records.get(names[-1]) if names else None
        return int(json.loads(data)["chosen"]) if data is not None else None

    async def note(self, key: Key, chosen: int) -> None:
        """Note a decision; people may change their minds, so there can be many.

        Raises:
            Retryable: The store could not be written to.
        """
        number = len(await self._records.names(f"decisions/{key}")) + 1
        record = {"chosen": chosen, "at": self._clock.now().isoformat()}
        while not await self._records.put_if_absent(
            f"decisions/{key}/{number:06d}.json", json.dumps(record).encode()
        ):
            number += 1
