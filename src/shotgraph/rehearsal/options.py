"""The addresses and the options of a rehearsal."""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Bases:
    """The addresses of the parts of fal: URLs without a slash at the end."""

    queue_url: str
    run_url: str
    rest_url: str
    cdn_url: str
    api_url: str

    @classmethod
    def below(cls, root: str) -> "Bases":
        """The five bases below an address such as ``http://127.0.0.1:8765``."""
        names = ("queue", "run", "rest", "cdn", "api")
        return cls(**{f"{name}_url": f"{root}/{name}" for name in names})

    def as_dict(self) -> dict[str, str]:
        """The bases by name."""
        return asdict(self)


def _new_key() -> str:
    return f"rehearsal-{secrets.token_hex(4)}:{secrets.token_hex(16)}"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Options:
    """Times, numbers and limits of a rehearsal server.

    Attributes:
        key: The one key it accepts; a new one each time unless it is given.
        queue_s: Seconds that a job waits in the queue, at least.
        run_s: Seconds that a job runs, at least.
        at_once: How many jobs run at the same time; the others wait.
        max_upload_bytes: The largest file it keeps.
        max_body_bytes: The largest JSON body it reads; data URIs make them large.
        quick: Whether jobs of one shape share one drawing, each with a mark of its own; for tests.
        now: The wall clock, in UTC, that jobs are dated by; how long they take is real time.
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
    """Whether an http(s) URL names this machine, by address or as ``localhost``."""
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
