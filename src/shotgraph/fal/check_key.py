"""Does fal know this key? Asked of what costs nothing: the price of an endpoint."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import httpx

from shotgraph.endpoints import ENDPOINTS
from shotgraph.errors import ShotgraphError
from shotgraph.fal.connection import FalConnection
from shotgraph.fal.replies import Reply, ask

LONGEST_S = 15.0

KeyState: TypeAlias = Literal["known", "not_known", "refused", "not_reached"]


@dataclass(frozen=True)
class KeyCheck:
    """What fal says of a key.

    Attributes:
        state: known; not_known; refused: fal knows it, and turns it down; not_reached: fal could
            not be asked, or did not answer as fal does.
        said: The same in a sentence that says what to do; the key is not in it.
    """

    state: KeyState
    said: str

    @property
    def ok(self) -> bool:
        """Whether jobs can be sent with it."""
        return self.state == "known"


async def check_key(fal: FalConnection) -> KeyCheck:
    """Ask fal whether it knows a key; nothing is bought."""
    try:
        async with fal.client() as client:
            reply = await ask(
                client,
                "GET",
                f"{fal.bases.api_url}/v1/models/pricing",
                params={"endpoint_id": next(iter(ENDPOINTS))},
                deadline_s=LONGEST_S,
            )
    except ShotgraphError as error:
        return KeyCheck("not_reached", f"{fal.bases.api_url} can't be reached ({error.message})")
    return _read(reply, fal.bases.api_url)


def _read(reply: Reply, where: str) -> KeyCheck:
    code = reply.code
    if code == httpx.codes.OK:
        return KeyCheck("known", "fal knows the key")
    if code == httpx.codes.UNAUTHORIZED:
        return KeyCheck(
            "not_known",
            f"fal does not know the key (401: {reply.said}): copy it again from "
            "fal.ai/dashboard/keys, both halves with the colon between them",
        )
    if code == httpx.codes.FORBIDDEN:
        return KeyCheck(
            "refused",
            f"fal knows the key and turns it down (403: {reply.said}): see "
            "fal.ai/dashboard/billing and what the key may do",
        )
    return KeyCheck("not_reached", f"{where} answered with HTTP {code}, which says nothing of it")
