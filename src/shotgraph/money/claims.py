"""Claims: a request at fal belongs to one attempt only.

A found request is claimed first and recorded after that. If the claiming attempt gets another
outcome, its claim is void, and the next attempt may claim the request.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shotgraph.failpoints import Failpoint
from shotgraph.keys import Key
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.events import Accepted, unreadable
from shotgraph.store import RecordStore


class Claim(BaseModel):
    """The record that a request belongs to an attempt, with all data for following the request."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    key: Key
    number: int
    accepted: Accepted


class Claims:
    """Records under ``claims/<request id>.json``; a second claim's name ends with ``.2.json``."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._ledger = Ledger(records)

    async def take(self, attempt: Attempt, accepted: Accepted) -> bool:
        """Claim a request for an attempt; False if the request belongs to another attempt.

        Raises:
            Terminal: A claim can't be read.
        """
        claim = Claim(key=attempt.key, number=attempt.number, accepted=accepted)
        data = claim.model_dump_json().encode()
        for name in _names(accepted.request_id):
            if await self._records.put_if_absent(name, data, at=Failpoint.CLAIM_PUT):
                return True
            theirs = await self._read(name)
            if theirs is None or _is_of(theirs, attempt):
                return theirs is not None
            if await self._settled(theirs):
                return False
        raise AssertionError("names do not end")

    async def owner(self, request_id: str) -> Claim | None:
        """Find the claim of a request; None if nobody has claimed it."""
        for name in _names(request_id):
            claim = await self._read(name)
            if claim is None or _may_hold(claim, await self._attempt(claim)):
                return claim
        raise AssertionError("names do not end")

    async def of(self, attempt: Attempt, since: datetime) -> Accepted | None:
        """Find the request that an attempt claimed, if its run ended before recording it.

        Args:
            attempt: The attempt.
            since: When the attempt began; older claims are not read.
        """
        for name in await self._records.names("claims", since=since):
            claim = await self._read(name)
            if claim is not None and _is_of(claim, attempt):
                return claim.accepted
        return None

    async def _settled(self, claim: Claim) -> bool:
        """Record the request of a claim in the attempt that made it; True if the claim is valid."""
        attempt = await self._ledger.record(await self._attempt(claim), claim.accepted)
        return _may_hold(claim, attempt)

    async def _attempt(self, claim: Claim) -> Attempt:
        return await self._ledger.attempt(claim.key, claim.number)

    async def _read(self, name: str) -> Claim | None:
        data = await self._records.get(name)
        try:
            return None if data is None else Claim.model_validate_json(data)
        except ValueError as error:
            raise unreadable(
                name,
                error,
                unknown="shotgraph can't know which job that request belongs to",
                otherwise="the record is repaired",
            ) from None


def _may_hold(claim: Claim, attempt: Attempt) -> bool:
    """Whether an attempt has recorded the request that it claimed, or still can."""
    outcome = attempt.events.get(Accepted.slot)
    if outcome is None:
        return True
    return isinstance(outcome, Accepted) and outcome.request_id == claim.accepted.request_id


def _is_of(claim: Claim, attempt: Attempt) -> bool:
    return (claim.key, claim.number) == (attempt.key, attempt.number)


def _names(request_id: str) -> Iterator[str]:
    # fal's ids are UUIDs; anything else must not get into a path.
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", request_id)[:100]
    yield f"claims/{safe}.json"
    for turn in count(2):
        yield f"claims/{safe}.{turn}.json"
