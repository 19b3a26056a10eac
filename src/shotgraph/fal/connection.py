"""How fal is reached: where, with which key, and as whom results are kept."""

import logging
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr

from shotgraph.errors import Terminal
from shotgraph.fal.bases import FalBases
from shotgraph.fal.tls import trusted

# httpx logs whole URLs, and a signed URL is a secret.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


@dataclass(frozen=True)
class FalConnection:
    """Where fal is, and the key that is shown to it.

    Attributes:
        backend: Who draws, as far as keys are concerned: ``fal``, ``rehearsal``, or the queue's
            URL where another server stands in for fal. What one draws never passes for
            another's.
    """

    bases: FalBases
    key: SecretStr = field(repr=False)
    backend: str

    def __reduce__(self) -> Any:
        raise TypeError("a connection holds a key, and is never pickled")

    def client(self) -> httpx.AsyncClient:
        """Open a client that shows the key, and goes only to the bases that may see it."""
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
