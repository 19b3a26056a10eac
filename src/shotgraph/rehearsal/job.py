"""One accepted job, from the queue to its end."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias

State: TypeAlias = Literal["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]


@dataclass(frozen=True)
class LogLine:
    """A line that a job wrote while it ran."""

    message: str
    at: datetime

    def as_json(self) -> dict[str, str]:
        """The line as fal sends it."""
        return {
            "message": self.message,
            "level": "INFO",
            "source": "USER",
            "timestamp": self.at.isoformat(),
        }


@dataclass(frozen=True)
class Outcome:
    """What the model answered: the result is the truth, the status only repeats it.

    Attributes:
        status_code: Of the result.
        body: Of the result.
        headers: Of the result, besides those that every reply has.
        error: What the status says, if it failed.
        error_type: The same in one word.
        units: Billed seconds.
        usd: What they cost.
    """

    status_code: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    error_type: str | None = None
    units: int = 0
    usd: Decimal = Decimal(0)


@dataclass
class Job:
    """A job that was accepted. It is never forgotten while the server runs.

    Attributes:
        headers: Of its submission, by their names in small letters, without the key.
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
    logs: list[LogLine] = field(default_factory=list)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    polls: int = 0
    fetches: int = 0
    webhooks: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def __post_init__(self) -> None:
        self.received_at = self.now()

    def log(self, message: str) -> None:
        """Add a line to the log."""
        self.logs.append(LogLine(message, self.now()))
        self._announce()

    def start(self) -> None:
        """Leave the queue."""
        self.state, self.started_at = "IN_PROGRESS", self.now()
        self._announce()

    def end(self, outcome: Outcome) -> None:
        """Complete, well or not."""
        self.outcome, self.ended_at = outcome, self.now()
        self.state = "COMPLETED"
        self._announce()

    async def change(self) -> None:
        """Wait until the state or the log changes."""
        await self._changed.wait()

    async def until_ended(self) -> Outcome:
        """Wait until it is completed."""
        while self.outcome is None:
            await self.change()
        return self.outcome

    @property
    def inference_s(self) -> float:
        """Seconds that it ran."""
        if self.started_at is None or self.ended_at is None:
            return 0.0
        return (self.ended_at - self.started_at).total_seconds()

    def _announce(self) -> None:
        # Whoever waits holds the old event; whoever comes later waits for the next change.
        self._changed.set()
        self._changed = asyncio.Event()
