"""The ledger: attempts by key, events by name, all put-if-absent."""

from shotgraph.errors import Retryable, Terminal
from shotgraph.keys import Key
from shotgraph.ledger.events import EVENTS, Event, Intent
from shotgraph.ledger.job import Attempt
from shotgraph.store import RecordStore


class Ledger:
    """Records under ``attempts/<key>/<number>/<event>.json``."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    async def latest(self, key: Key) -> Attempt:
        """Read the latest attempt to buy a job.

        Raises:
            Terminal: A record can't be read as one; it is named, and nothing is bought over it.
        """
        names = await self._records.names(f"attempts/{key}")
        if not names:
            return Attempt(key, 0)
        number = max(_number(name) for name in names)
        events = [await self._read(name) for name in names if _number(name) == number]
        return Attempt(key, number, events)

    async def begin(self, after: Attempt, intent: Intent) -> Attempt:
        """Claim the next attempt, before anything is sent.

        Raises:
            Retryable: Another run claimed it first; looking again will find that run's job.
        """
        attempt = Attempt(after.key, after.number + 1)
        if not await self._put(attempt, intent):
            raise Retryable(
                f"{intent.step}: another run is buying this very job at this moment; "
                "this one will take part in its result"
            )
        return Attempt(after.key, attempt.number, (intent,))

    async def record(self, attempt: Attempt, event: Event) -> Attempt:
        """Add an event to an attempt; an event of that kind that is there already stands."""
        await self._put(attempt, event)
        return Attempt(attempt.key, attempt.number, (*attempt.events, event))

    async def _put(self, attempt: Attempt, event: Event) -> bool:
        name = f"attempts/{attempt.key}/{attempt.number:06d}/{event.name}.json"
        return await self._records.put_if_absent(name, event.model_dump_json().encode())

    async def _read(self, name: str) -> Event:
        kind = EVENTS.get(name.rsplit("/", 1)[1].removesuffix(".json"))
        data = await self._records.get(name)
        try:
            if kind is None or data is None:
                raise ValueError("no such event")
            return kind.model_validate_json(data)
        except ValueError:
            raise Terminal(
                f"the ledger's record {name} can't be read, so it is not known whether its job "
                "was bought; nothing is bought until it is mended or moved away"
            ) from None


def _number(name: str) -> int:
    part = name.split("/")[2]
    return int(part) if part.isdecimal() else 0
