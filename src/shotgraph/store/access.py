"""What opens a bucket besides its URL, where that is not the environment's: in memory only.

A run names its store by a location, which goes into flow parameters, task inputs and messages. What
opens it goes into none of them, nor into the environment of the processes that are started: who
has it, such as a block, says it here once, and every store of that location is opened with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr


@dataclass(frozen=True)
class Access:
    """What opens one bucket.

    Attributes:
        secrets: obstore's settings that are secret, by their names there.
        settings: Those that are not.
    """

    secrets: Mapping[str, SecretStr] = field(default_factory=dict, repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)

    def config(self) -> dict[str, Any]:
        """All of them, as obstore takes them."""
        opened = {name: secret.get_secret_value() for name, secret in self.secrets.items()}
        return {**self.settings, **opened}

    @property
    def allows_http(self) -> bool:
        """Whether the bucket is behind plain http, as one on this machine is."""
        return self.settings.get("endpoint", "").startswith("http://")

    def __reduce__(self) -> Any:
        raise TypeError("what opens a store is a secret, and is never pickled")


_known: dict[str, Access] = {}


def remember_access(location: str, access: Access) -> None:
    """Open every store of this location with this, in this process and as long as it runs."""
    _known[location] = access


def access_to(location: str) -> Access:
    """Find what opens a location; the environment's own settings hold where nothing is said."""
    return _known.get(location, Access())
