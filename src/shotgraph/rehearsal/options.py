"""The addresses and the options of a rehearsal."""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Bases:
    """The base URLs of fal's hosts, without a slash at the end."""

    queue_url: str
    run_url: str
    rest_url: str
    cdn_url: str
    api_url: str

    @classmethod
    def below(cls, root: str) -> "Bases":
        """Return the five base URLs below an address such as ``http://127.0.0.1:8765``."""
        names = ("queue", "run", "rest", "cdn", "api")
        return cls(**{f"{name}_url": f"{root}/{name}" for name in names})

    def as_dict(self) -> dict[str, str]:
        """Return the base URLs by name."""
        return asdict(self)


def _new_key() -> str:
    return f"rehearsal-{secrets.token_hex(4)}:{secrets.token_hex(16)}"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Options:
    """Times, numbers and limits of a rehearsal server.

    Attributes:
        key: The only key that the server accepts; by default a new key for each server.
        queue_s: The least seconds that a job waits in the queue.
        run_s: The least seconds that a job runs.
        at_once: The most jobs that run at the same time; other jobs wait.
        max_upload_bytes: The most bytes of a file.
        max_body_bytes: The most bytes of a JSON body; data URIs make bodies large.
        quick: Whether jobs of the same kind, length and size share one drawing, each copy with
            its own mark; for tests.
        now: The clock, in UTC, for the dates of jobs; their durations are real time.
    """

    key: str = field(default_factory=_new_key, repr=False)
    queue_s: float = 0.3
    run_s: float = 0.4
    at_once: int = 2
    max_upload_bytes: int = 1 << 30
    max_body_bytes: int = 64 << 20
    quick: bool = False
    now: Callable[[], datetime] = _now


def is_loopback(url: str) -> bool:
    """Whether an http(s) URL points to this machine, by address or as ``localhost``."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname).is_loopback
    except ValueError:
        return False
