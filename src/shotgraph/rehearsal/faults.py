"""Faults that can be switched on: wrong replies, failing jobs, bad clips, wrong bills.

A fault is switched on with ``POST /_rehearsal/faults`` and off with ``DELETE``. For each request or
job, the server uses the first fault that fits; a fault fits at most ``times`` times.

=======================  ==========================================================================
kind                     effect
=======================  ==========================================================================
*replies, to the request named in ``at``*
refuse                   the reply is ``status`` (401, 403, 404, 408, 409, 422, 429 …); the request
                         has no effect
reset                    the connection is reset before the request is read; no effect
status                   the request takes effect, then the reply is ``status``
drop                     … then the connection closes without a byte
hang                     … then the reply comes ``seconds`` later, or never
truncated                … then half of the body, with that length: broken JSON, half a film
cut_short                … then half of the body, with the length of the whole body, then the end
trickle                  … then ``chunk_bytes`` every ``seconds``
redirect                 … then 307 to ``target``
html                     … then an HTML page, with the content type of the right reply
playlist                 … then an HLS playlist that names a local file, with the same content type
gzip_bomb                … then 64 KiB of gzip that unpack to 64 MiB
answer                   … then ``status`` with the JSON ``answer``
other_file               … then another file, which plays as well: one more box at its end
*jobs*
fail                     the job completes with ``error_type`` and ``status``, in the model's form
fail_request             the same, in fal's form for a job without an answer of the model
slow                     the job runs ``seconds`` longer
hold                     the job stays in the queue, or running, until the fault is switched off
stale_status             the status is IN_QUEUE once more, whatever the state of the job
spoil                    the clip has the fault ``look``: black, frozen, flicker, cut, repeated,
                         jump, backwards, short, silent, mute (no sound at all) or clipped
*the bill*
reprice                  a unit costs ``usd``, in the list of prices and on the bill
bill                     ``units`` are billed, whatever the job's length
*webhooks*
webhook_never            the webhook is not called
webhook_twice            the webhook is called twice
*the list of requests*
listing_shows_running    running requests are listed (by default they are not: the worse answer)
listing_late             a request is listed ``seconds`` later
listing_without_payloads no input and no output, as if payloads were not stored
listing_changed          inputs are shown in another form: ``change`` is host (files are at another
                         host), query (their URLs have a query), space or case (texts are spelt
                         otherwise), wrapped (below one more name), cut (texts end after 60
                         characters) or bare (only texts are shown)
=======================  ==========================================================================
"""

import asyncio
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from shotgraph.endpoints import ENDPOINTS
from shotgraph.rehearsal.accepted_job import State
from shotgraph.rehearsal.spoil import Spoilt

RequestName: TypeAlias = Literal[
    "submit",
    "run",
    "status",
    "stream",
    "result",
    "cancel",
    "token",
    "upload",
    "media",
    "pricing",
    "listing",
]
ReplyKind: TypeAlias = Literal[
    "refuse",
    "reset",
    "status",
    "drop",
    "hang",
    "truncated",
    "cut_short",
    "trickle",
    "redirect",
    "html",
    "playlist",
    "gzip_bomb",
    "answer",
    "other_file",
]
OtherKind: TypeAlias = Literal[
    "fail",
    "fail_request",
    "slow",
    "hold",
    "stale_status",
    "spoil",
    "reprice",
    "bill",
    "webhook_never",
    "webhook_twice",
    "listing_shows_running",
    "listing_late",
    "listing_without_payloads",
    "listing_changed",
]
Change: TypeAlias = Literal["host", "query", "space", "case", "wrapped", "cut", "bare"]
REPLY_KINDS: frozenset[str] = frozenset(ReplyKind.__args__)  # type: ignore[attr-defined]


class Fault(BaseModel):
    """A fault: one kind of error, with its conditions.

    Attributes:
        kind: The kind of fault; see the table above.
        at: For faults of a reply: the kind of request.
        times: The most uses of the fault; None for no limit.
        endpoint_id: The only endpoint that the fault applies to; None for all.
        step: The only kind of step that the fault applies to, such as edit; None for all.
        status: The HTTP status of a reply, or of a failed job.
        answer: For answer: the body of the reply.
        change: For listing_changed: the form in which inputs are shown.
        body: The form of the error body: fal's, or the form of the nginx in front of fal.
        with_request_id: Whether the changed reply keeps ``x-fal-request-id``.
        retry_after_s: The value of ``Retry-After``; None for no such header.
        seconds: For hang, trickle, slow and listing_late: a time in seconds.
        chunk_bytes: For trickle: the bytes in one part.
        target: For redirect: the URL.
        error_type: For fail and fail_request: fal's name of the error.
        message: For fail and fail_request: the error text.
        retryable: For fail: the value of ``X-Fal-Retryable``; None for no such header.
        charged: Whether a failed job is charged; fal may charge a 422.
        state: For hold: the state in which the job stays.
        usd: For reprice: the price of one unit, in dollars.
        look: For spoil: the fault of the clip; see `spoil`.
        unit: For reprice: the name of the unit in the list of prices.
        units: For bill: the billed units.
    """

    model_config = ConfigDict(extra="forbid")

    kind: ReplyKind | OtherKind
    at: RequestName = "submit"
    times: int | None = Field(default=None, ge=1)
    endpoint_id: str | None = None
    step: str | None = None
    status: int = Field(default=500, ge=100, le=599)
    answer: Any = None
    change: Change = "host"
    body: Literal["fal", "nginx"] = "fal"
    with_request_id: bool = True
    retry_after_s: float | None = None
    seconds: float | None = Field(default=None, ge=0)
    chunk_bytes: int = Field(default=1, ge=1)
    target: str = ""
    error_type: str = "internal_server_error"
    message: str = "The rehearsal was asked to fail here."
    retryable: bool | None = None
    charged: bool = False
    state: State = "IN_PROGRESS"
    usd: Decimal = Field(default=Decimal(0), ge=0)
    look: Spoilt = "black"
    unit: str = "seconds"
    units: int = Field(default=1, ge=1)

    id: str = Field(default_factory=lambda: uuid.uuid4().hex[:12])
    used: int = 0
    _lifted: asyncio.Event = PrivateAttr(default_factory=asyncio.Event)

    @property
    def takes_effect(self) -> bool:
        """Whether the server carries out the request before it changes the reply."""
        return self.kind not in ("refuse", "reset")

    def fits(self, endpoint_id: str | None) -> bool:
        """Whether the fault applies to an endpoint, and is not used up."""
        if self.times is not None and self.used >= self.times:
            return False
        if self.endpoint_id is not None and self.endpoint_id != endpoint_id:
            return False
        if self.step is None:
            return True
        endpoint = ENDPOINTS.get(endpoint_id or "")
        return endpoint is not None and endpoint.kind == self.step

    async def until_lifted(self) -> None:
        """Wait until the fault is switched off."""
        await self._lifted.wait()

    def lift(self) -> None:
        """Release the jobs that this fault holds."""
        self._lifted.set()


class Faults:
    """The faults that are on, in the order in which they were switched on."""

    def __init__(self) -> None:
        self._on: dict[str, Fault] = {}

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        self._on[fault.id] = fault

    def clear(self) -> None:
        """Switch all faults off."""
        for fault in list(self._on.values()):
            self.remove(fault.id)

    def remove(self, fault_id: str) -> bool:
        """Switch one fault off; returns False if it is not on."""
        fault = self._on.pop(fault_id, None)
        if fault is not None:
            fault.lift()
        return fault is not None

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._on.values())

    def take_reply(self, at: RequestName, endpoint_id: str | None) -> Fault | None:
        """Return the first fault for a reply, and count its use; None if there is none."""
        for fault in self:
            if fault.kind in REPLY_KINDS and fault.at == at and fault.fits(endpoint_id):
                fault.used += 1
                return fault
        return None

    def take(self, *kinds: OtherKind, endpoint_id: str | None) -> Fault | None:
        """Return the first fault of these kinds, and count its use; None if there is none."""
        for fault in self:
            if fault.kind in kinds and fault.fits(endpoint_id):
                fault.used += 1
                return fault
        return None

    def take_hold(self, state: State, endpoint_id: str | None) -> Fault | None:
        """Return the first hold for a state, and count its use; None if there is none."""
        for fault in self:
            if fault.kind == "hold" and fault.state == state and fault.fits(endpoint_id):
                fault.used += 1
                return fault
        return None

    def is_on(self, kind: OtherKind, endpoint_id: str | None) -> Fault | None:
        """Return the first fault of a kind, without counting a use; None if there is none."""
        return next(
            (fault for fault in self if fault.kind == kind and fault.fits(endpoint_id)), None
        )
