"""The connection to fal, and a check that fal knows the key."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import httpx
from pydantic import SecretStr

from shotgraph.endpoints import ENDPOINTS
from shotgraph.errors import BadKey, InvalidInput, ShotgraphError, Terminal
from shotgraph.foreign_text import hide
from shotgraph.inputs.guard import trusted
from shotgraph.inputs.hosts import FalBases
from shotgraph.money.replies import Reply, ask

_COPY_IT = (
    "Nothing was sent. Copy it again from fal.ai/dashboard/keys, with both parts and the colon "
    "between them"
)

# httpx logs whole URLs, and a signed URL is a secret.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


def checked_key(key: SecretStr) -> SecretStr:
    """Check that a header can hold a key, and strip the white space around it.

    A key that was read from a file often ends with a line break, and a key that was copied from a
    page may contain a typographic quote. No HTTP client sends these; some notice only after they
    have begun to send.

    Raises:
        BadKey: The key is empty, or contains a character that a header can't hold. The message
            does not show the key.
    """
    text = key.get_secret_value().strip(" \t\r\n\v\f")
    if not text:
        raise BadKey(f"the key for fal is empty. {_COPY_IT}")
    if not (text.isascii() and text.isprintable()):
        position, char = next(
            (position, char)
            for position, char in enumerate(text, start=1)
            if not (char.isascii() and char.isprintable())
        )
        raise BadKey(
            f"the key for fal has a character that no key has: U+{ord(char):04X}, as "
            f"character {position} of {len(text)}. {_COPY_IT}"
        )
    return SecretStr(text)


@dataclass(frozen=True)
class FalConnection:
    """The addresses of fal, and the key.

    Attributes:
        backend: The server's name in content keys: ``fal``, ``rehearsal``, or the queue's URL of
            another server. A clip of one server never counts as a clip of another.

    Raises:
        BadKey: The key can't be sent.
    """

    bases: FalBases
    key: SecretStr = field(repr=False)
    backend: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", checked_key(self.key))
        hide(self.key.get_secret_value())

    def __reduce__(self) -> Any:
        raise TypeError("a connection holds a key, and is never pickled")

    def client(self) -> httpx.AsyncClient:
        """Open a client that sends the key, only to the addresses of fal."""
        return httpx.AsyncClient(
            headers={"Authorization": f"Key {self.key.get_secret_value()}"},
            verify=trusted(),
            timeout=httpx.Timeout(60, connect=15),
            follow_redirects=False,
            event_hooks={"request": [self._stay_at_fal]},
        )

    async def _stay_at_fal(self, request: httpx.Request) -> None:
        # URLs come from fal's replies, and from records in a store that others may write to.
        if not self.bases.of_fal(str(request.url)):
            raise Terminal(
                f"a request to {request.url.host} was not sent: the key is shown only to "
                f"fal, which is at {self.bases.queue_url}"
            )


LONGEST_S = 15.0

KeyState: TypeAlias = Literal["known", "not_known", "refused", "not_reached"]


@dataclass(frozen=True)
class KeyCheck:
    """fal's answer about a key.

    Attributes:
        state: known; not_known; refused: fal knows the key and refuses it; not_reached: fal could
            not be asked, or the answer is not one of fal's.
        said: The state in words, with advice; without the key.
    """

    state: KeyState
    said: str

    @property
    def ok(self) -> bool:
        """Whether jobs can be sent with the key."""
        return self.state == "known"


async def check_key(fal: FalConnection) -> KeyCheck:
    """Ask fal whether it knows a key; nothing is bought."""
    try:
        async with fal.client() as client:
            reply = await ask(
                client,
                "GET",
                f"{fal.bases.api_url}/v1/models/pricing",
                params={"endpoint_id": next(iter(ENDPOINTS))},
                deadline_s=LONGEST_S,
            )
    except ShotgraphError as error:
        return KeyCheck("not_reached", f"{fal.bases.api_url} can't be reached ({error.message})")
    return _read(reply, fal.bases.api_url)


def _read(reply: Reply, where: str) -> KeyCheck:
    code = reply.code
    if code == httpx.codes.OK:
        return KeyCheck("known", "fal knows the key")
    if code == httpx.codes.UNAUTHORIZED:
        return KeyCheck(
            "not_known",
            f"fal does not know the key (401: {reply.said}): copy it again from "
            "fal.ai/dashboard/keys, with both parts and the colon between them",
        )
    if code == httpx.codes.FORBIDDEN:
        return KeyCheck(
            "refused",
            f"fal knows the key but refuses it (403: {reply.said}): check "
            "fal.ai/dashboard/billing and the permissions of the key",
        )
    return KeyCheck(
        "not_reached",
        f"{where} answered with HTTP {code}, so shotgraph can't tell whether fal knows the key",
    )


# The command plans a run and tells its user what it will buy, before the run begins. The run then
# reads the FalCredentials block again: if the block names another fal by then, other clips are
# there, and another account pays.
_told: ContextVar[str | None] = ContextVar("told_fal", default=None)


@contextmanager
def only_at(backend: str | None) -> Iterator[None]:
    """Let every run in the block buy only at one fal.

    Args:
        backend: The name of the fal in content keys; None if the user was told of no fal.
    """
    token = _told.set(backend)
    try:
        yield
    finally:
        _told.reset(token)


def check_fal(backend: str) -> None:
    """Check that a run is about to buy at the fal that its user was told of.

    Args:
        backend: The name of the run's fal in content keys.

    Raises:
        InvalidInput: It is another fal; nothing was sent.
    """
    told = _told.get()
    if told is not None and backend != told:
        raise InvalidInput(
            f"this run was planned for the fal {told}, and now its FalCredentials block or the "
            f"environment names the fal {backend}, where other clips are there. Nothing was sent. "
            "Run again: then you see what a run buys there"
        )
