"""The events in the life of one attempt to buy a job.

Each kind of event has a slot of its own under the attempt, and is put there once. fal's answer and
giving up share one slot: if one process gives the attempt up while another hears that it was
accepted, only one of them can be right, and the store decides.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shotgraph.errors import Terminal
from shotgraph.foreign_text import unsigned
from shotgraph.keys import Key


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    at: datetime


class Intent(_Record):
    """Recorded before a byte is sent: from here on, the job may exist.

    Attributes:
        send_before: The end of the lease: its owner sends nothing after it, and nobody else decides
            anything about the attempt before it.
        safe_from: From this moment on, a job that fal does not list does not exist and never will.
        backend: Who draws, as content keys name it.
        queue_url: The queue that it is sent to.
        arguments: Canonical; media by sha256.
        body: The JSON that is sent; by it the job is recognised in fal's list. A record has it,
            and the arguments, without what opens a signed URL.
        estimate_usd: What the plan says that it costs, in dollars.
        owner: Host and process of who is about to send.
        boot_id: The start of the sender's machine; empty where it has no name.
        uptime_s: The sender's monotonic clock at that moment, in seconds; it counts on through
            every change of the wall clock. None in records from before it was noted.
    """

    slot: ClassVar[str] = "intent"
    what: Literal["intent"] = "intent"
    key: Key
    send_before: datetime
    safe_from: datetime
    endpoint_id: str
    backend: str
    queue_url: str
    step: str
    take: int
    arguments: str
    body: dict[str, Any]
    estimate_usd: Decimal
    owner: str
    boot_id: str = ""
    uptime_s: float | None = None


class Doubt(_Record):
    """The reply was lost: fal may have accepted the job. It is never sent again."""

    slot: ClassVar[str] = "doubt"
    what: Literal["doubt"] = "doubt"
    why: str


class Accepted(_Record):
    """fal accepted it under this id; the URLs are kept as they came.

    Attributes:
        found: Whether it was found in fal's list after the reply was lost.
    """

    slot: ClassVar[str] = "outcome"
    what: Literal["accepted"] = "accepted"
    request_id: str
    status_url: str
    response_url: str
    cancel_url: str
    found: bool = False


class Turned(_Record):
    """fal refused it, or nothing was sent; nothing was bought."""

    slot: ClassVar[str] = "outcome"
    what: Literal["turned"] = "turned"
    why: str


class GivenUp(_Record):
    """fal does not list it and can't have it any more; or a person gave it up.

    Attributes:
        is_sure: Whether it can't exist any more; None in old records, where the time decides.
    """

    slot: ClassVar[str] = "outcome"
    what: Literal["given_up"] = "given_up"
    why: str
    is_sure: bool | None = None


class CancelAsked(_Record):
    """A person has cancelled the run, and fal is asked to cancel the job.

    Attributes:
        reply: What fal answered, where an older shotgraph wrote it down; the log has it now,
            because this record is put before fal is asked.
    """

    slot: ClassVar[str] = "cancel"
    what: Literal["cancel"] = "cancel"
    reply: str

    @property
    def came_too_late(self) -> bool:
        """Whether fal said that the job had already ended, so that there is a result.

        https://docs.fal.ai/model-apis/model-endpoints/queue#cancel-a-request
        """
        return "ALREADY_COMPLETED" in self.reply


class Ended(_Record):
    """fal has ended the job.

    Attributes:
        succeeded: Whether there is a result.
        billed_units: What fal says that it billed, in the endpoint's units; None if it does not.
        cost_usd: The same in dollars, at the price rule's rate.
        why: What went wrong, where it failed.
        output: The endpoint's own answer, where it succeeded; in a record without what opens a
            signed URL.
    """

    slot: ClassVar[str] = "ended"
    what: Literal["ended"] = "ended"
    succeeded: bool
    billed_units: Decimal | None = None
    cost_usd: Decimal = Decimal(0)
    why: str = ""
    output: dict[str, Any] | None = None


class Forgotten(_Record):
    """A person decided to buy it again, because its result can't be had any more."""

    slot: ClassVar[str] = "forgotten"
    what: Literal["forgotten"] = "forgotten"
    why: str


Event: TypeAlias = Intent | Doubt | Accepted | Turned | GivenUp | CancelAsked | Ended | Forgotten
AnyEvent: TypeAlias = Annotated[Event, Field(discriminator="what")]
SLOTS = ("intent", "doubt", "outcome", "cancel", "ended", "forgotten")
"""In the order in which they are read."""


def as_recorded(event: Event) -> Event:
    """Give an event as it is put on record: whoever reads the store can open no signed URL."""
    match event:
        case Intent():
            kept = {"arguments": unsigned(event.arguments), "body": unsigned(event.body)}
        case Ended():
            kept = {"output": unsigned(event.output)}
        case _:
            return event
    return event.model_copy(update=kept)


def is_newer(error: ValueError) -> bool:
    """Tell whether a newer shotgraph wrote a record, from the error that reading it raised.

    A newer record has a higher version, fields that are not known here, or an event of a kind
    that is not known here. Damage does not look like that.
    """
    if not isinstance(error, ValidationError):
        return False
    found = error.errors(include_url=False, include_context=False)
    if any(
        one["loc"][-1:] == ("version",) and isinstance(one["input"], int) and one["input"] > 1
        for one in found
    ):
        return True
    return all(one["type"] in ("extra_forbidden", "union_tag_invalid") for one in found)


def unreadable(name: str, error: ValueError, *, unknown: str, otherwise: str) -> Terminal:
    """Make the error of an unreadable record that a purchase depends on.

    Args:
        name: The record's.
        error: What reading it raised.
        unknown: What is not known because of that.
        otherwise: What ends the wait where the record is damaged.
    """
    if is_newer(error):
        return Terminal(
            f"the ledger's record {name} was written by a newer shotgraph, and can't be read by "
            f"this one, so {unknown}; nothing is bought until shotgraph is updated here"
        )
    return Terminal(
        f"the ledger's record {name} can't be read, so {unknown}; nothing is bought until "
        f"{otherwise}"
    )
