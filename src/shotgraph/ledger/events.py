"""The events in the life of one attempt to buy a job, in the order in which they can come."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from shotgraph.keys import Key


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    at: datetime


class Intent(_Record):
    """Written before a byte leaves: from here on, the job may exist.

    Attributes:
        queue_url: The queue that it is sent to.
        owner: Host and process of who is about to send.
        arguments: Canonical; media by sha256.
        estimate_usd: What the plan says that it costs, in dollars.
    """

    name: ClassVar[str] = "intent"
    key: Key
    endpoint_id: str
    backend: str
    queue_url: str
    step: str
    take: int
    arguments: str
    estimate_usd: Decimal
    owner: str


class Accepted(_Record):
    """fal took it, under this id; the URLs are kept as they came."""

    name: ClassVar[str] = "accepted"
    request_id: str
    status_url: str
    response_url: str
    cancel_url: str


class Turned(_Record):
    """fal turned it down before taking it, or nothing was sent; nothing was bought."""

    name: ClassVar[str] = "turned"
    why: str


class Doubtful(_Record):
    """The answer was lost: it may have been taken. Never sent again, only looked for."""

    name: ClassVar[str] = "doubtful"
    why: str


class Ended(_Record):
    """fal is done with it.

    Attributes:
        succeeded: Whether there is a result.
        billed_units: What fal says that it billed, in the endpoint's units; None if it does not.
        cost_usd: The same in dollars, at the price rule's rate.
        why: What went wrong, where it failed.
        output: The endpoint's own answer, where it succeeded.
    """

    name: ClassVar[str] = "ended"
    succeeded: bool
    billed_units: Decimal | None = None
    cost_usd: Decimal = Decimal(0)
    why: str = ""
    output: dict[str, Any] | None = None


Event: TypeAlias = Intent | Accepted | Turned | Doubtful | Ended
EVENTS: dict[str, type[Event]] = {
    event.name: event for event in (Intent, Accepted, Turned, Doubtful, Ended)
}
