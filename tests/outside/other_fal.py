"""A second server that stands in for fal, written from fal's documents and not from the rehearsal.

It keeps every request, counts what it sells, and can be given any answer at any of fal's addresses:
what is written here is sent as it is.
"""

import itertools
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal, TypeAlias

from .sockets import BareServer, Heard, Line

KEY = "other-id:other-secret"
TYPE = "Content-Type"
END = b"\r\n\r\n"

Reply: TypeAlias = tuple[int, Any, dict[str, str]]
"""Code, body (bytes, or what is sent as JSON) and headers."""

Place: TypeAlias = Literal[
    "submit", "status", "stream", "result", "cancel", "listing", "pricing", "schema", "token",
    "upload", "file",
]  # fmt: skip
PLACES: tuple[Place, ...] = Place.__args__  # type: ignore[attr-defined]


@dataclass
class Job:
    """A job that was sold.

    Attributes:
        body: What was sent.
        number: Which of the jobs it is, from 0.
        error: What its last status says of it besides.
        runs_for: How many questions about it are answered before it is done.
        units: What it is billed; None where no header says so.
        output: What the model makes; replaced by `refusal` where the model says no.
    """

    request_id: str
    endpoint_id: str
    body: dict[str, Any]
    heard: Heard
    number: int
    output: dict[str, Any]
    runs_for: int = 0
    units: str | None = None
    asked: int = 0
    refusal: Reply | None = None
    error: dict[str, str] = field(default_factory=dict)
    cancels: list[float] = field(default_factory=list)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def is_done(self) -> bool:
        return self.asked >= self.runs_for


@dataclass(frozen=True)
class Asked:
    """One request, where it was heard, and the job that it is about."""

    place: Place
    heard: Heard
    job: Job | None
    line: Line


Answer: TypeAlias = Callable[[Asked], Awaitable[None]]
Mood: TypeAlias = Callable[[Asked], Answer | None]
"""Looks at a request; None where it leaves it to the next mood, or to the usual answer."""


def reply(status: int, body: Any = b"", headers: dict[str, str] | None = None) -> bytes:
    """Write a whole reply; `body` is bytes, or is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Said"]
    named = {TYPE: "application/json", "Connection": "close", **(headers or {})}
    named.setdefault("Content-Length", str(len(content)))
    lines += [f"{name}: {value}" for name, value in named.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def says(status: int, body: Any = b"", headers: dict[str, str] | None = None) -> Answer:
    """Give an answer that is always the same."""
    return sends(reply(status, body, headers))


def sends(data: bytes) -> Answer:
    """Give these bytes as an answer, and close."""

    async def answer(asked: Asked) -> None:
        await asked.line.send(data)

    return answer


async def hangs_up(asked: Asked) -> None:
    """Close the connection without a word."""
    asked.line.reset()


class OtherFal:
    """fal, as its documents describe it; each of `moods` may answer in its place.

    Attributes:
        jobs: What was sold, in order. A submission that a mood answers sells nothing unless the
            mood says so by `sell`.
        prices: By endpoint, for the pricing API: a price, its unit, and its currency.
        files: What the file host has, by path: content type and bytes.
        new_job: Sets a new job up.
        ahead: How far fal's clock is before this machine's; None where it tells no time.
        lists: Whether the list of past requests shows jobs, and their input.
    """

    def __init__(self, clip: bytes) -> None:
        self._server = BareServer(self._serve)
        self._lock, self._numbers = threading.Lock(), itertools.count()
        self.clip = clip
        self.forget()

    def forget(self) -> None:
        """Begin a new book, without moods."""
        self.jobs: list[Job] = []
        self.moods: list[Mood] = []
        self.prices: dict[str, tuple[str, str, str]] = {}
        self.schemas: dict[str, Any] = {}
        self.files: dict[str, tuple[str, bytes]] = {"/clip.mp4": ("video/mp4", self.clip)}
        self.new_job: Callable[[Job], None] = lambda job: None
        self.ahead: timedelta | None = timedelta()
        self.lists: Literal["all", "without input", "none"] = "all"
        self._server.heard.clear()
        self._server.connections = 0

    @contextmanager
    def running(self) -> Iterator["OtherFal"]:
        with self._server.running():
            yield self

    @property
    def root(self) -> str:
        return self._server.root

    @property
    def env(self) -> dict[str, str]:
        """The environment of a user whose fal is here."""
        names = ("queue", "run", "rest", "cdn", "api")
        where = {f"SHOTGRAPH_FAL_{name.upper()}_URL": f"{self.root}/{name}" for name in names}
        return {**where, "FAL_KEY": KEY}

    @property
    def connections(self) -> int:
        return self._server.connections

    def heard(self, *places: Place) -> list[Heard]:
        """Every request at some places, in order; at all of them where none is named."""
        return [one for one in self._server.heard if not places or place_of(one) in places]

    @property
    def submits(self) -> int:
        """How many submissions were heard, whatever became of them."""
        return len(self.heard("submit"))

    @property
    def cancelled(self) -> list[Job]:
        return [job for job in self.jobs if job.cancels]

    def usually(self, place: Place, answer: Answer, times: int | None = None) -> None:
        """Answer so at a place from now on, or for some times."""
        left = itertools.repeat(None) if times is None else itertools.repeat(None, times)
        lock = threading.Lock()

        def mood(asked: Asked) -> Answer | None:
            if asked.place != place:
                return None
            with lock:
                return answer if next(left, False) is None else None

        self.moods.append(mood)

    def sell(self, heard: Heard) -> Job:
        """Take a job."""
        with self._lock:
            endpoint_id = heard.path.removeprefix("/queue/")
            body = json.loads(heard.body)
            output = {"video": {"url": f"{self.root}/cdn/clip.mp4", "content_type": "video/mp4"}}
            request_id = f"other-{next(self._numbers):05}"
            job = Job(request_id, endpoint_id, body, heard, len(self.jobs), output)
            self.new_job(job)
            self.jobs.append(job)
            return job

    def urls(self, job: Job) -> dict[str, str]:
        owner, app, *_ = job.endpoint_id.split("/")
        url = f"{self.root}/queue/{owner}/{app}/requests/{job.request_id}"
        return {"response_url": url, "status_url": f"{url}/status", "cancel_url": f"{url}/cancel"}

    def accepted(self, job: Job) -> dict[str, Any]:
        """The body of the answer to a submission."""
        named = {"status": "IN_QUEUE", "request_id": job.request_id, "queue_position": 0}
        return {**named, **self.urls(job)}

    async def _serve(self, heard: Heard, line: Line) -> None:
        asked = Asked(place_of(heard), heard, self._job(heard), line)
        for mood in self.moods:
            answer = mood(asked)
            if answer is not None:
                await answer(asked)
                return
        whole = reply(*self.truth(asked))
        # The answer to a HEAD is that to a GET without its body.
        await line.send(whole if heard.method != "HEAD" else whole.partition(END)[0] + END)

    def _job(self, heard: Heard) -> Job | None:
        words = set(heard.path.split("/"))
        return next((job for job in self.jobs if job.request_id in words), None)

    def truth(self, asked: Asked) -> Reply:
        """Answer as fal does; a submission is sold by that."""
        code, body, headers = self._truth(asked)
        if self.ahead is None:
            return code, body, headers
        return code, body, {"Date": format_datetime(self.now(), usegmt=True), **headers}

    def now(self) -> datetime:
        """The time by fal's clock."""
        return datetime.now(UTC) + (self.ahead or timedelta())

    def _truth(self, asked: Asked) -> Reply:
        job = asked.job
        shown = asked.heard.header("authorization")
        if asked.place not in ("file", "upload", "schema") and shown != f"Key {KEY}":
            return 401, {"detail": "No user found for Key ID and Secret"}, {}
        if asked.place in ("status", "result", "cancel"):
            return self._of_job(asked) if job is not None else (404, {"status": "NOT_FOUND"}, {})
        match asked.place:
            case "submit":
                return 200, self.accepted(self.sell(asked.heard)), {}
            case "listing":
                return 200, self._listing(asked.heard), {}
            case "pricing":
                return self._pricing(asked.heard)
            case "schema":
                found = self.schemas.get(asked.heard.query.get("endpoint_id", ""))
                return (404, b"null", {}) if found is None else (200, found, {})
            case "token":
                given = {"token": "t", "token_type": "Bearer", "base_url": f"{self.root}/cdn"}
                return 200, {**given, "expires_at": "2099-01-01T00:00:00Z"}, {}
            case "upload":
                return self._upload(asked.heard)
            case "file" if held := self.files.get(asked.heard.path.removeprefix("/cdn")):
                return 200, held[1], {TYPE: held[0]}
        return 404, {"detail": "Not Found"}, {}

    def _of_job(self, asked: Asked) -> Reply:
        assert asked.job is not None
        if asked.place == "status":
            return self._status(asked.job)
        if asked.place == "result":
            return self._result(asked.job)
        # The worse answer: what is asked to be cancelled is drawn to its end, and billed.
        asked.job.cancels.append(asked.heard.at_s)
        return 202, {"status": "CANCELLATION_REQUESTED"}, {}

    def _status(self, job: Job) -> Reply:
        job.asked += 1
        body = {"request_id": job.request_id, **self.urls(job), "logs": None}
        if job.is_done:
            return 200, {"status": "COMPLETED", **body, **job.error}, {}
        return 202, {"status": "IN_PROGRESS", **body}, {}

    def _result(self, job: Job) -> Reply:
        job.asked += 1
        if not job.is_done:
            return 400, {"detail": "Request is still in progress"}, {}
        units = {} if job.units is None else {"X-Fal-Billable-Units": job.units}
        code, body, more = job.refusal or (200, job.output, {})
        return code, body, {**units, **more}

    def _listing(self, heard: Heard) -> dict[str, Any]:
        ids = heard.query.get("endpoint_id", "").split(",")
        shown = self.jobs if self.lists != "none" else []
        items = [self._item(job) for job in shown if job.endpoint_id in ids]
        return {"items": items, "next_cursor": None, "has_more": False}

    def _item(self, job: Job) -> dict[str, Any]:
        item = {
            "request_id": job.request_id,
            "endpoint_id": job.endpoint_id,
            "sent_at": job.at.isoformat(),
            "ended_at": self.now().isoformat() if job.is_done else None,
            "status_code": 200 if job.is_done else None,
        }
        return {**item, "json_input": job.body} if self.lists == "all" else item

    def _pricing(self, heard: Heard) -> Reply:
        ids = heard.query.get("endpoint_id", "").split(",")
        known = [one for one in ids if one in self.prices]
        if self.prices and not known:
            return 404, {"error": {"type": "not_found", "message": "not found"}}, {}
        prices = [
            {
                "endpoint_id": one,
                "unit_price": float(self.prices[one][0]),
                "unit": self.prices[one][1],
                "currency": self.prices[one][2],
            }
            for one in known
        ]
        return 200, {"prices": prices, "next_cursor": None, "has_more": False}, {}

    def _upload(self, heard: Heard) -> Reply:
        path = f"/up/{next(self._numbers)}.bin"
        self.files[path] = (heard.header("content-type") or "", heard.body)
        return 200, {"access_url": f"{self.root}/cdn{path}"}, {}


def place_of(heard: Heard) -> Place:
    """Tell which of fal's addresses a request went to."""
    path = heard.path
    if path.startswith("/queue/"):
        if heard.method == "POST":
            return "submit"
        ends: tuple[tuple[str, Place], ...] = (
            ("/status/stream", "stream"),
            ("/status", "status"),
            ("/cancel", "cancel"),
        )
        return next((place for end, place in ends if path.endswith(end)), "result")
    if path.startswith("/rest/"):
        return "token"
    if path.startswith("/cdn/"):
        return "upload" if heard.method == "POST" else "file"
    if "openapi" in path:
        return "schema"
    return "pricing" if "pricing" in path else "listing"
