"""One accepted job, from the queue to its end, and the errors that its model returns."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias

State: TypeAlias = Literal["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]


@dataclass(frozen=True)
class JobLogLine:
    """A line that a job wrote while it ran."""

    message: str
    at: datetime

    def as_json(self) -> dict[str, str]:
        """Return the line in fal's form."""
        return {
            "message": self.message,
            "level": "INFO",
            "source": "USER",
            "timestamp": self.at.isoformat(),
        }


@dataclass(frozen=True)
class JobOutcome:
    """The end of a job: the result reply, the error in the status, and the bill.

    Attributes:
        status_code: The HTTP status of the result reply.
        body: The body of the result reply.
        headers: The headers of the result reply, without the headers that every reply has.
        error: The error text in the status, if the job failed.
        error_type: The type of the error, in one word.
        units: Billed seconds.
        usd: The price of the units, in dollars.
    """

    status_code: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    error_type: str | None = None
    units: int = 0
    usd: Decimal = Decimal(0)


@dataclass
class AcceptedJob:
    """An accepted job. The server keeps it until the book is cleared or the server stops.

    Attributes:
        headers: The headers of the submission, without the key; names in lower case.
    """

    request_id: str
    endpoint_id: str
    input: Any
    now: Callable[[], datetime]
    host: Literal["queue", "run"] = "queue"
    webhook_url: str | None = None
    start_timeout_s: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime = field(init=False)
    state: State = "IN_QUEUE"
    cancelled: bool = False
    logs: list[JobLogLine] = field(default_factory=list)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: JobOutcome | None = None
    polls: int = 0
    fetches: int = 0
    webhooks: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def __post_init__(self) -> None:
        self.received_at = self.now()

    def log(self, message: str) -> None:
        """Add a line to the log."""
        self.logs.append(JobLogLine(message, self.now()))
        self._announce()

    def start(self) -> None:
        """Leave the queue."""
        self.state, self.started_at = "IN_PROGRESS", self.now()
        self._announce()

    def end(self, outcome: JobOutcome) -> None:
        """Complete the job, with a result or an error."""
        self.outcome, self.ended_at = outcome, self.now()
        self.state = "COMPLETED"
        self._announce()

    async def change(self) -> None:
        """Wait until the state or the log changes."""
        await self._changed.wait()

    async def until_ended(self) -> JobOutcome:
        """Wait until the job is completed."""
        while self.outcome is None:
            await self.change()
        return self.outcome

    @property
    def inference_s(self) -> float:
        """The seconds that the job ran; 0 before its end."""
        if self.started_at is None or self.ended_at is None:
            return 0.0
        return (self.ended_at - self.started_at).total_seconds()

    def _announce(self) -> None:
        # Present waiters hold the old event; later waiters get the next change.
        self._changed.set()
        self._changed = asyncio.Event()


_PAGE = "https://docs.fal.ai/errors#"


@dataclass(frozen=True)
class Complaint:
    """One entry of ``detail``, fal's list of errors.

    Attributes:
        loc: The path of the field, such as ``("body", "video_url")``.
        type: fal's name of the error.
        msg: The text for people.
        ctx: The exceeded limits, by fal's names.
        input: The wrong value.
    """

    loc: tuple[str | int, ...]
    type: str
    msg: str
    ctx: Mapping[str, Any] | None = None
    input: Any = None

    def as_json(self) -> dict[str, Any]:
        """Return the entry in fal's form."""
        entry: dict[str, Any] = {
            "loc": list(self.loc),
            "msg": self.msg,
            "type": self.type,
            "url": _PAGE + self.type,
            "input": self.input,
        }
        return entry if self.ctx is None else {**entry, "ctx": dict(self.ctx)}


class ModelError(Exception):
    """The model returns an error; the job is COMPLETED nevertheless."""

    def __init__(
        self, *complaints: Complaint, status_code: int = 422, retryable: bool | None = None
    ) -> None:
        super().__init__("; ".join(complaint.msg for complaint in complaints))
        self.complaints = complaints
        self.status_code = status_code
        self.retryable = retryable

    def outcome(self) -> JobOutcome:
        """Return the outcome of this error; nothing is charged."""
        kind = self.complaints[0].type
        headers = {"X-Fal-Error-Type": kind}
        if self.retryable is not None:
            headers["X-Fal-Retryable"] = str(self.retryable).lower()
        return JobOutcome(
            status_code=self.status_code,
            body={"detail": [complaint.as_json() for complaint in self.complaints]},
            headers=headers,
            error=str(self),
            error_type=kind,
        )


def request_error(
    status_code: int, error_type: str, detail: str, *, timeout_type: str | None = None
) -> JobOutcome:
    """Return the outcome that fal itself sets for a request without an answer of the model."""
    headers = {"X-Fal-Error-Type": error_type}
    if timeout_type is not None:
        headers["X-Fal-Request-Timeout-Type"] = timeout_type
    return JobOutcome(
        status_code=status_code,
        body={"detail": detail, "error_type": error_type},
        headers=headers,
        error=detail,
        error_type=error_type,
    )
