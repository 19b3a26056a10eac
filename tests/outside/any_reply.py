"""Replies of any status, headers and body, at every one of fal's addresses, in any order.

Unlike the tests from outside, this buys in one process and on a clock that is wound, so that it
tries hundreds of replies a second. Everything is made from one number: a seed that went wrong goes
wrong again. ``python -m tests.outside.any_reply SECONDS [SEED]`` prints the figures.
"""

import asyncio
import gzip
import json
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from PIL import Image
from pydantic import SecretStr

from shotgraph.errors import ShotgraphError
from shotgraph.money.buy import buy
from shotgraph.money.connection import FalConnection
from shotgraph.money.job import Job, fal_job
from shotgraph.money.session import Session
from shotgraph.money.windows import Windows
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.store import open_store
from tests.money.clocks import SteppingClock
from tests.money.scripted import Heard, ScriptedServer, bases_at, reply

Place: TypeAlias = Literal[
    "token", "upload", "submit", "status", "stream", "result", "listing", "file"
]
PLACES: tuple[Place, ...] = Place.__args__  # type: ignore[attr-defined]
MANY: tuple[Place, ...] = ("status", "result")
"""Where a run asks more than once."""
TRIES = 25
"""Runs of one job: each uses up at least one of the wrong replies."""
PATIENT = Windows(look_s=0, reply_s=20, run_s=1e7)
"""Nothing is ever given up: whatever is sent twice was sent twice for another reason."""

STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 5, 1.5, 10**400, "", "x", "\ud800", "a\0b", "x" * 70_000, [], {},
    [[]], [None], {"": None}, "http://[::1", "http://127.0.0.1:99999/x", "http://ex\u2100mple.com/",
    "https://xn--/", "https://.../", "\x1b[2J\r\nforged\u202e", ["COMPLETED"], {"url": 5},
    "COMPLETED", "IN_QUEUE", "client_cancelled", [{"loc": None}], [{"type": {}, "msg": 5}],
)  # fmt: skip
"""What stands where something else should."""
TEXTS = (
    b"", b"null", b"5", b"[]", b"{", b'"x"', b"NaN", b"[" * 200_000, b'{"a":' * 100_000,
    b"9" * 5000,
    b"<html>502 Bad Gateway, nginx</html>", b"\xff\xfe\x00", b"data: {}\n\n", b"\x00" * 999,
    b'{"queue_position": 1e400, "status": "IN_QUEUE"}', b" " * (9 << 20),
    b"[" + b"[]," * 300_000 + b"[]]",
)  # fmt: skip
FOUND = {"loc": ["body"], "msg": "no", "type": "content_policy_violation"}
DOCUMENTS: tuple[Any, ...] = (
    {"detail": "Request is still in progress"}, {"detail": [FOUND]}, {"detail": [{"loc": None}]},
    {"detail": "no", "error_type": "runner_disconnected"}, {"status": "NOT_FOUND"}, {"detail": 5},
    {"detail": "no", "error_type": "client_cancelled"}, {"detail": [], "error_type": {}},
    {"status": "COMPLETED", "logs": 5}, {"status": "IN_PROGRESS", "queue_position": {}},
    {"status": "COMPLETED", "error": "no", "error_type": "value_error"}, {"items": [None]},
    {"request_id": "other", "status_url": "http://[::1"}, {"video": {"url": "https://xn--/"}},
    {"video": {"url": "http://127.0.0.1:1/x"}}, {"error": {"type": "not_found"}},
)  # fmt: skip
CODES = (
    200, 201, 202, 204, 206, 299, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405,
    406, 407, 408, 409, 410, 413, 418, 422, 423, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502,
    503, 504, 505, 507, 511, 520, 524, 529, 599, 600, 999,
)  # fmt: skip
HEADERS: tuple[tuple[str, str], ...] = (
    ("X_Fal_Error_Type", "internal_error"), ("X_Fal_Error_Type", "\x1b[2J"),
    ("X_Fal_Error_Type", ""), ("X_Fal_Retryable", "1"), ("X_Fal_Needs_Retry", "perhaps"),
    ("X_Fal_Billable_Units", "1e999999"), ("X_Fal_Billable_Units", "9" * 4000),
    ("X_Fal_Billable_Units", "NaN"), ("Retry_After", "1e400"), ("Retry_After", "5"),
    ("x_fal_request_id", "\xff"), ("location", "https://xn--/"), ("location", "http://[::1"),
    ("location", "//"), ("content_encoding", "gzip"), ("content_encoding", "br"),
    ("content_type", ";;;="), ("set_cookie", "a=b; Domain=."), ("transfer_encoding", "gzip"),
    ("content_length", "5"), ("content_length", "999999"), ("content_length", "9" * 5000),
    ("content_length", "-1"), ("date", "yesterday"), ("x", "y" * 200_000),
)  # fmt: skip

WORDS: tuple[tuple[int, Any, dict[str, str]], ...] = (
    (401, {"detail": "No user found for Key ID and Secret"}, {}), (422, {"detail": [FOUND]}, {}),
    (403, {"detail": "User is locked."}, {}), (429, {"detail": "Too many requests"}, {}),
    (400, {"detail": "no"}, {}), (404, {"status": "NOT_FOUND"}, {}), (404, {"detail": "no"}, {}),
    (500, {"detail": "no"}, {"X_Fal_Error_Type": "internal_error"}),
    (503, {"detail": "no", "error_type": "runner_disconnected"}, {}),
    (499, {"detail": "no", "error_type": "client_cancelled"}, {}),
    (200, {"status": "COMPLETED", "error": "no", "error_type": "value_error"}, {}),
)  # fmt: skip
"""What fal does say, where it should not be said."""


@dataclass
class Figures:
    """What was tried, and what went wrong.

    Attributes:
        examples: Jobs that were bought.
        replies: Wrong replies that they met.
        submits: Submissions that were heard.
        heard: Requests.
        wrong: What went wrong, by its kind: an exception that is none of ours, a job that was
            bought twice, an id that was lost, a job that was not delivered.
        told: The first of each, with its seed.
    """

    examples: int = 0
    replies: int = 0
    submits: int = 0
    heard: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    told: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, said: str) -> None:
        self.wrong[kind] += 1
        self.told.setdefault(kind, said)

    def __str__(self) -> str:
        said = (
            ", ".join(f"{kind}: {count}" for kind, count in self.wrong.items()) or "nothing wrong"
        )
        return (
            f"{self.examples} jobs, {self.replies} wrong replies, {self.heard} requests, "
            f"{self.submits} submits; {said}"
        )


class AnyFal:
    """A fal that says what it should, when it has said what it should not."""

    def __init__(self, rng: random.Random, picture: bytes) -> None:
        self._rng = rng
        self._picture = picture
        self.root = ""
        self.wrong: dict[Place, int] = {
            place: rng.choice((0, 1, 2, 3) if place not in MANY else (0, 2, 5, 12))
            for place in rng.sample(PLACES, rng.choice((1, 2, 2, 3, 8)))
        }
        self.sold: list[str] = []
        self.told: set[str] = set()
        self.bodies: list[Any] = []
        self.submits = self.heard = self.replies = 0
        self.may_buy = 1
        self.may_lie = False

    def __call__(self, heard: Heard) -> bytes:
        self.heard += 1
        place = place_of(heard)
        if place == "submit":
            self.submits += 1
        if not self.wrong.get(place):
            return reply(200, self._truth(place, heard))
        self.wrong[place] -= 1
        self.replies += 1
        sells = place != "submit" or self._rng.random() < 0.7
        said = (
            self._truth(place, heard) if sells else {"request_id": "unsold", "status": "IN_QUEUE"}
        )
        data = self._spoilt(said)
        self._note(place, data, said)
        return data

    def _truth(self, place: Place, heard: Heard) -> Any:
        url = f"{self.root}/queue/other/app/requests/{self.sold[-1] if self.sold else ''}"
        match place:
            case "token":
                said = {"token": "t", "token_type": "Bearer", "base_url": f"{self.root}/cdn"}
                return {**said, "expires_at": "2099-01-01T00:00:00Z"}
            case "upload":
                return {"access_url": f"{self.root}/cdn/x.png"}
            case "submit":
                self.sold.append(f"sold-{self._rng.randrange(1 << 40):010x}")
                self.bodies.append(json.loads(heard.body))
                url = f"{self.root}/queue/other/app/requests/{self.sold[-1]}"
                urls = {"status_url": f"{url}/status", "response_url": url}
                return {"request_id": self.sold[-1], "status": "IN_QUEUE", **urls}
            case "status":
                return {"status": "COMPLETED", "logs": [{"message": "Drawn 5 %"}], "metrics": {}}
            case "stream":
                return b'data: {"status": "COMPLETED"}\n\n'
            case "result":
                return {"images": [{"url": f"{self.root}/cdn/y.png"}]}
            case "listing":
                jobs = zip(self.sold, self.bodies, strict=True)
                items = [{"request_id": one, "json_input": body} for one, body in jobs]
                return {"items": items, "next_cursor": None}
            case "file":
                return self._picture

    def _spoilt(self, said: Any) -> bytes:
        rng = self._rng
        if rng.random() < 0.15:
            word, document, named = rng.choice(WORDS)
            return reply(word, document, **named)
        text = said if isinstance(said, bytes) else json.dumps(said).encode()
        made: list[Callable[[], Any]] = [
            lambda: said if isinstance(said, bytes) else mutated(rng, json.loads(text)),
            lambda: said if isinstance(said, bytes) else mutated(rng, json.loads(text)),
            lambda: rng.choice(DOCUMENTS),
            lambda: rng.choice(TEXTS if rng.random() < 0.1 else TEXTS[:-3]),
            lambda: text,
            lambda: text[: rng.randrange(len(text) + 1)],
            lambda: gzip.compress(text),
            lambda: gzip.compress(bytes(20 << 20)),
        ]
        body = rng.choice(made)()
        code = 200 if rng.random() < 0.3 else rng.choice(CODES)
        headers = dict(rng.sample(HEADERS, rng.choice((0, 0, 1, 1, 2, 3))))
        data = reply(code, body, **headers)
        if rng.random() < 0.15:
            return data[: rng.randrange(len(data) + 1)]
        return data

    def _note(self, place: Place, data: bytes, said: Any) -> None:
        """Judge a wrong reply by its bytes, as a reader of fal's documents would."""
        head, _, body = data.partition(b"\r\n\r\n")
        first = re.match(rb"HTTP/1.1 (\d+) ", head)
        code = int(first[1]) if first else 0
        head = head.lower()
        if place == "submit" and b"content-length: %d\r" % len(body) in head + b"\r":
            broken = (b"-encoding", b"location", b"\x1b", b"\r\nx: ")
            if not any(word in head for word in broken):
                self.told |= {one for one in self.sold if f'"request_id": "{one}"'.encode() in body}
        if place == "submit" and code in (400, 401, 403, 404, 422, 429):
            # fal's own refusals; what it refuses is not sold, and may be sent again.
            self.may_buy += b'"detail"' in body or b"retry-after" in head
        if place == "result" and code in (400, 422, 499, 500, 502, 503, 504):
            typed = b"x-fal-error-type: i" in head or b"x-fal-error-type: \x1b" in head
            self.may_buy += typed or b'"type"' in body or b'"error_type"' in body
        if place == "status" and b'"error' in body:
            self.may_buy += 1
        # A whole answer that says what is not so: nobody could know better.
        self.may_lie |= (
            place in ("submit", "result", "upload", "token", "listing", "file")
            and 200 <= code < 300
            and body != (said if isinstance(said, bytes) else json.dumps(said).encode())
        )


def place_of(heard: Heard) -> Place:
    """Tell which of fal's addresses a request went to."""
    path = heard.path.partition("?")[0]
    ends: tuple[tuple[str, Place], ...] = (
        ("/auth/token", "token"),
        ("/files/upload", "upload"),
        ("/status/stream", "stream"),
        ("/status", "status"),
        ("/by-endpoint", "listing"),
    )
    for end, place in ends:
        if path.endswith(end):
            return place
    if path.startswith("/queue/"):
        return "submit" if heard.method == "POST" else "result"
    return "file"


def mutated(rng: random.Random, body: Any) -> Any:
    """Replace or remove something anywhere in a document, or add to it."""
    holder: Any = body
    key: Any = rng.choice(list(holder))
    while rng.random() < 0.6 and isinstance(holder[key], dict | list) and holder[key]:
        holder = holder[key]
        key = rng.choice(list(holder)) if isinstance(holder, dict) else rng.randrange(len(holder))
    if isinstance(holder, dict) and rng.random() < 0.2:
        del holder[key]
    elif rng.random() < 0.2:
        body[rng.choice(["error", "error_type", "detail", "logs", "queue_position", "x"])] = (
            rng.choice(STRANGE)
        )
    else:
        holder[key] = rng.choice(STRANGE)
    return body


async def try_replies(
    *, seed: int, examples: int | None = None, seconds: float | None = None
) -> Figures:
    """Buy one job after the other, each from a fal of its own.

    Args:
        seed: Of the first; each has one of its own, which is named where it goes wrong.
        examples: How many.
        seconds: How long, where that is not said.
    """
    figures, until = Figures(), time.monotonic() + (seconds or 0)
    memory = Path("/dev/shm")  # noqa: S108  thousands of small records that nobody keeps
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        while figures.examples < examples if examples is not None else time.monotonic() < until:
            here = Path(folder) / str(seed)
            here.mkdir()
            await _example(random.Random(seed), seed, here, figures)  # noqa: S311
            shutil.rmtree(here)
            figures.examples += 1
            seed += 1
    return figures


async def _example(rng: random.Random, seed: int, folder: Path, figures: Figures) -> None:
    picture = folder / "picture.png"
    Image.new("RGB", (16, 16), (rng.randrange(256), rng.randrange(256), 9)).save(picture)
    fal, said = AnyFal(rng, picture.read_bytes()), list[str]()
    async with ScriptedServer(fal) as listening:
        fal.root = listening.root
        store = open_store(str(folder / "store"))
        asset = await store.assets.add(picture, "image")
        session = Session(
            fal=FalConnection(bases_at(fal.root), SecretStr("an-id:a-secret"), "any"),
            store=store,
            clock=SteppingClock(),
            say=said.append,
            windows=PATIENT,
        )
        given = {"prompt": "a sea", "image_url": asset}
        body = FalArguments.model_validate(
            {"endpoint": "other/app/x", "arguments": given, "output": "images[0]", "price_usd": "1"}
        )
        delivered = await _buy(session, fal_job("sea", body, 1, "any"), said, seed, figures)
    figures.replies += fal.replies
    figures.submits += fal.submits
    figures.heard += fal.heard
    if fal.submits > fal.may_buy:
        figures.add("bought twice", f"seed {seed}: {fal.submits} submits, {_once(said)}")
    kept = b"".join(path.read_bytes() for path in folder.rglob("*.json"))
    for one in fal.told:
        if one.encode() not in kept and not any(one in line for line in said):
            figures.add("id lost", f"seed {seed}: {one}, {_once(said)}")
    if fal.sold and not delivered and not fal.may_lie:
        figures.add("not delivered", f"seed {seed}: {_once(said)}")


def _once(said: list[str]) -> list[str]:
    return list(dict.fromkeys(said))


async def _buy(session: Session, job: Job, said: list[str], seed: int, figures: Figures) -> bool:
    """Buy a job, again and again as people do; tells whether there is a result in the end."""
    for _ in range(TRIES):
        try:
            await buy(session, job)
        except ShotgraphError as error:
            said.append(f"{type(error).__name__}: {error}")
        except Exception as error:  # whatever it is, it is a finding
            last = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} in {Path(last.filename).name}:{last.name}"
            figures.add(f"exception {kind}", f"seed {seed}: {traceback.format_exc()[-1500:]}")
        else:
            return True
        session.clock.pass_by(60)  # type: ignore[attr-defined]
    return False


if __name__ == "__main__":
    first_seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns()
    found = asyncio.run(try_replies(seconds=float(sys.argv[1]), seed=first_seed))
    print(found)
    for kind, what in found.told.items():
        print(f"{kind}: {what}")
