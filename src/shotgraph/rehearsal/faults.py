"""Faults that can be switched on: what goes wrong, where, for whom and how often.

A fault is switched on with ``POST /_rehearsal/faults`` and off with ``DELETE``. The first that
fits is used; one with ``times`` is passed over when it is used up.

=======================  ==========================================================================
kind                     what happens
=======================  ==========================================================================
*replies, ``at`` one request; the request takes effect unless this says otherwise*
refuse                   ``status`` and nothing else happens: 401, 403, 404, 408, 409, 422, 429 …
reset                    the connection is reset before the request is read; nothing else happens
status                   the request takes effect, then the reply is ``status``
drop                     … then the connection closes without a byte
hang                     … then nothing for ``seconds`` (or for ever), then the reply
truncated                … half of the body, with a length to match: broken JSON, half a film
cut_short                … half of the body under the length of the whole, then the end
trickle                  … ``chunk_bytes`` every ``seconds``
redirect                 … 307 to ``target``
html                     … an HTML page, named as what it should have been
playlist                 … an HLS playlist that names a local file, named as a film
gzip_bomb                … 64 KiB of gzip that are 64 MiB
*jobs*
fail                     completed with ``error_type`` and ``status``, as the model says it
fail_request             the same, as fal says it when the model never answered
slow                     runs ``seconds`` longer
hold                     stays in the queue, or running, until the fault is taken away
stale_status             the status says IN_QUEUE once more, whatever the truth is
spoil                    its clip has the fault ``look``: black, frozen, flicker, cut, repeated,
                         jump, backwards, short, silent, mute (no sound at all) or clipped
*the bill*
reprice                  a unit costs ``usd``, in the list of prices and on the bill
bill                     ``units`` are billed, whatever was asked for
*webhooks*
webhook_never            is not called
webhook_twice            is called twice
*the list of requests*
listing_shows_running    running requests are listed (by default they are not: the worse answer)
listing_late             a request is listed only ``seconds`` later
listing_without_payloads no input and no output, as when payloads are not stored
=======================  ==========================================================================
"""

import asyncio
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, TypeAlias

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
]
REPLY_KINDS: frozenset[str] = frozenset(ReplyKind.__args__)  # type: ignore[attr-defined]


class Fault(BaseModel):
    """A fault: one kind of error, with its conditions.

    Attributes:
        kind: The kind of fault; see the table above.
        at: The request, for faults of a reply.
        times: How often it occurs; None until it is switched off.
        endpoint_id: Only for this endpoint.
        step: Only for this kind of step: edit, reference, …
        status: HTTP status of a reply, or of a failed job.
        body: Whose error body: fal's, or that of the nginx in front of it.
        with_request_id: Whether ``x-fal-request-id`` stays on a spoilt reply.
        retry_after_s: Value of ``Retry-After``.
        seconds: For hang, trickle, slow and listing_late.
        chunk_bytes: For trickle.
        target: For redirect.
        error_type: For fail and fail_request.
        message: For fail and fail_request.
        retryable: Value of ``X-Fal-Retryable``; None leaves it out.
        charged: Whether a failed job is charged; a 422 may be.
        state: For hold: where the job stays.
        usd: For reprice.
        look: For spoil; see `spoil`.
        unit: For reprice: what the list of prices calls the unit.
        units: For bill.
    """

    model_config = ConfigDict(extra="forbid")

    kind: ReplyKind | OtherKind
    at: RequestName = "submit"
    times: int | None = Field(default=None, ge=1)
    endpoint_id: str | None = None
    step: str | None = None
    status: int = Field(default=500, ge=100, le=599)
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
        """Whether the server carries the request out before it spoils the reply."""
        return self.kind not in ("refuse", "reset")

    def fits(self, endpoint_id: str | None) -> bool:
        """Whether it applies to an endpoint, and is not used up."""
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
        """Release the jobs that it holds."""
        self._lifted.set()


class Faults:
    """The faults that are on, in the order in which they were switched on."""

    def __init__(self) -> None:
        self._on: dict[str, Fault] = {}

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        self._on[fault.id] = fault

    def clear(self) -> None:
        """Switch all off."""
        for fault in list(self._on.values()):
            self.remove(fault.id)

    def remove(self, fault_id: str) -> bool:
        """Switch one off; False if it is not on."""
        fault = self._on.pop(fault_id, None)
        if fault is not None:
            fault.lift()
        return fault is not None

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._on.values())

    def take_reply(self, at: RequestName, endpoint_id: str | None) -> Fault | None:
        """Use the first fault for the reply to a request, if there is one."""
        for fault in self:
            if fault.kind in REPLY_KINDS and fault.at == at and fault.fits(endpoint_id):
                fault.used += 1
                return fault
        return None

    def take(self, *kinds: OtherKind, endpoint_id: str | None) -> Fault | None:
        """Use the first fault of one of these kinds, if there is one."""
        for fault in self:
            if fault.kind in kinds and fault.fits(endpoint_id):
                fault.used += 1
                return fault
        return None

    def take_hold(self, state: State, endpoint_id: str | None) -> Fault | None:
        """Use the first hold for a state, if there is one."""
        for fault in self:
            if fault.kind == "hold" and fault.state == state and fault.fits(endpoint_id):
                fault.used += 1
                return fault
        return None

    def is_on(self, kind: OtherKind, endpoint_id: str | None) -> Fault | None:
        """The first fault of a kind, if there is one; it is not used up."""
        return next(
            (fault for fault in self if fault.kind == kind and fault.fits(endpoint_id)), None
        )
