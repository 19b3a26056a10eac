"""The events in the life of one attempt to buy a job.

Each kind of event has its own slot under the attempt, which is written once. fal's answer and
giving up share one slot: if one process gives the attempt up while another learns that fal accepted
it, only the first record is kept.
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
        send_before: The end of the lease: the owner sends nothing after it, and nobody else decides
            anything about the attempt before it.
        safe_from: From this moment on, a job that fal does not list does not exist and never will.
        backend: The server's name in content keys.
        queue_url: The URL of the queue that the job is sent to.
        arguments: The arguments as canonical JSON; media by sha256.
        body: The JSON that is sent; it identifies the job in fal's list. On record, the body and
            the arguments have no signatures of URLs.
        estimate_usd: The estimated cost, in dollars.
        owner: Host and process id of the sender, and random digits: no other intent has the same.
            Older versions wrote no digits.
        boot_id: An id of the last start of the sender's machine; empty if the system has no such
            id.
        uptime_s: The sender's monotonic clock at that moment, in seconds; changes of the wall
            clock don't affect it. None in records of older versions.
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
    """fal accepted the job under this id; the URLs are fal's.

    Attributes:
        found: Whether the request was found in fal's list after the reply was lost.
    """

    slot: ClassVar[str] = "outcome"
    what: Literal["accepted"] = "accepted"
    request_id: str
    status_url: str
    response_url: str
    cancel_url: str
    found: bool = False


class Turned(_Record):
    """fal refused the job, or nothing was sent; nothing was bought."""

    slot: ClassVar[str] = "outcome"
    what: Literal["turned"] = "turned"
    why: str


class GivenUp(_Record):
    """fal does not list the job and can't have it any more; or a person gave it up.

    Attributes:
        is_sure: Whether the job surely does not exist; None in old records, where the time decides.
    """

    slot: ClassVar[str] = "outcome"
    what: Literal["given_up"] = "given_up"
    why: str
    is_sure: bool | None = None


class CancelAsked(_Record):
    """A person has cancelled the run, and fal is asked to cancel the job.

    Attributes:
        reply: fal's answer, in records of an older shotgraph; empty now, because this record is
            written before fal is asked. The log has the answer.
    """

    slot: ClassVar[str] = "cancel"
    what: Literal["cancel"] = "cancel"
    reply: str

    @property
    def came_too_late(self) -> bool:
        """Whether fal answered that the job had already ended, so that it has a result.

        https://docs.fal.ai/model-apis/model-endpoints/queue#cancel-a-request
        """
        return "ALREADY_COMPLETED" in self.reply


class Ended(_Record):
    """fal has ended the job.

    Attributes:
        succeeded: Whether the job has a result.
        billed_units: The units that fal billed, in the endpoint's unit; None if fal did not say.
        cost_usd: The cost in dollars, at the price rule's rate; if fal named no units, the most
            that the job may have cost.
        why: The reason, if the job failed.
        output: The endpoint's answer, if the job succeeded; on record, without the signatures of
            URLs.
    """

    slot: ClassVar[str] = "ended"
    what: Literal["ended"] = "ended"
    succeeded: bool
    billed_units: Decimal | None = None
    cost_usd: Decimal = Decimal(0)
    why: str = ""
    output: dict[str, Any] | None = None


class Forgotten(_Record):
    """A person decided to buy the job again, because its result is no longer available."""

    slot: ClassVar[str] = "forgotten"
    what: Literal["forgotten"] = "forgotten"
    why: str


Event: TypeAlias = Intent | Doubt | Accepted | Turned | GivenUp | CancelAsked | Ended | Forgotten
AnyEvent: TypeAlias = Annotated[Event, Field(discriminator="what")]
SLOTS = ("intent", "doubt", "outcome", "cancel", "ended", "forgotten")
"""The slots in the order in which they are read."""


def as_recorded(event: Event) -> Event:
    """Copy an event for the record, without the signatures of URLs: readers can't open them."""
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

    A newer record has a higher version, or fields or kinds of events that this version does not
    know. A damaged record has none of these.
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
        name: The record's name.
        error: The error that reading the record raised.
        unknown: The fact that is unknown without the record, in words.
        otherwise: The event until which nothing is bought if the record is damaged, in words.
    """
    if is_newer(error):
        return Terminal(
            f"the ledger's record {name} was written by a newer version of shotgraph, and this "
            f"version can't read it, so {unknown}; nothing is bought until shotgraph is updated "
            "on this machine"
        )
    return Terminal(
        f"the ledger's record {name} can't be read, so {unknown}; nothing is bought until "
        f"{otherwise}"
    )
