"""Whose a request at fal is: one claim per request id, so that two jobs can't share one."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shotgraph.failpoints import Failpoint
from shotgraph.keys import Key
from shotgraph.ledger.events import Accepted
from shotgraph.ledger.job import Attempt
from shotgraph.store import RecordStore


class Claim(BaseModel):
    """That a request belongs to an attempt; holds all that is needed to follow it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    key: Key
    number: int
    accepted: Accepted


class Claims:
    """Records under ``claims/<request id>.json``."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    async def take(self, attempt: Attempt, accepted: Accepted) -> bool:
        """Claim a request for an attempt; False if it belongs to another one."""
        claim = Claim(key=attempt.key, number=attempt.number, accepted=accepted)
        data = claim.model_dump_json().encode()
        if await self._records.put_if_absent(
            _name(accepted.request_id), data, at=Failpoint.CLAIM_PUT
        ):
            return True
        return _is_of(await self.owner(accepted.request_id), attempt)

    async def owner(self, request_id: str) -> Claim | None:
        """Find whose a request is; None if it is nobody's."""
        data = await self._records.get(_name(request_id))
        return Claim.model_validate_json(data) if data else None

    async def of(self, attempt: Attempt, since: datetime) -> Accepted | None:
        """Find the request that an attempt claimed, where its run ended before saying so.

        Args:
            attempt: The attempt.
            since: When it began; older claims are not looked at.
        """
        for name in await self._records.names("claims", since=since):
            claim = Claim.model_validate_json(await self._records.get(name) or b"")
            if _is_of(claim, attempt):
                return claim.accepted
        return None


def _is_of(claim: Claim | None, attempt: Attempt) -> bool:
    return claim is not None and (claim.key, claim.number) == (attempt.key, attempt.number)


def _name(request_id: str) -> str:
    # An id of fal's is a UUID; whatever else comes is not let into a path.
    safe = "".join(char if char.isalnum() or char in "-_" else "_" for char in request_id)
    return f"claims/{safe[:128]}.json"
