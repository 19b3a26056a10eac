"""Open a store: its location, its credentials, its media and its records."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url
from platformdirs import user_data_path
from pydantic import SecretStr

from shotgraph.errors import InvalidInput
from shotgraph.foreign_text import hide_all, hide_environment
from shotgraph.store.assets import AssetStore
from shotgraph.store.disk import scratch, sweep
from shotgraph.store.records import RecordStore


@dataclass(frozen=True)
class Access:
    """The settings that open one bucket.

    Attributes:
        secrets: obstore's settings that are secret, by their names there.
        settings: Those that are not.
    """

    secrets: Mapping[str, SecretStr] = field(default_factory=dict, repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for secret in self.secrets.values():
            hide_all(secret.get_secret_value())

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
    """Use these settings for every store of this location in this process."""
    _known[location] = access


def access_to(location: str) -> Access:
    """Find the settings of a location; without them, those of the environment are used."""
    return _known.get(location, Access())


SCHEMES = ("s3", "gs", "az")


def default_location() -> str:
    """Name the per-user data folder, where a store is unless the settings say otherwise."""
    return str(user_data_path("shotgraph", appauthor=False) / "store")


def checked_location(location: str) -> str:
    """Check that a location is a folder or a bucket of a kind that can be opened.

    Raises:
        InvalidInput: It is a URL of another kind.
    """
    known = tuple(f"{scheme}://" for scheme in SCHEMES)
    if "://" in location and not location.startswith(known):
        raise InvalidInput(
            f'the store "{location}" is of an unknown kind; '
            f"allowed: a folder, {', '.join(f'{one}…' for one in known)}"
        )
    return location


def open_location(location: str) -> tuple[ObjectStore, Path | None]:
    """Open a folder or a bucket.

    Returns:
        The object store, and the folder if it is one.

    Raises:
        InvalidInput: It is neither, or the folder can't be made.
    """
    if "://" in checked_location(location):
        return _bucket(location), None
    folder = Path(location).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"the store's folder {folder} can't be made: {error.strerror}; "
            "name another with SHOTGRAPH_STORE"
        ) from None
    return LocalStore(folder), folder


def _bucket(location: str) -> ObjectStore:
    hide_environment()
    access = access_to(location)
    try:
        return from_url(
            location,
            config=access.config() or None,  # type: ignore[arg-type]
            client_options={"allow_http": True} if access.allows_http else None,
        )
    except (BaseError, ValueError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise InvalidInput(
            f'the store "{location}" can\'t be opened: {reason}; name another with SHOTGRAPH_STORE'
        ) from None


@dataclass(frozen=True)
class Store:
    """Everything that outlives a run.

    Attributes:
        location: A folder or a bucket's URL, as it was named.
        folder: The folder, where it is one.
    """

    location: str
    folder: Path | None
    assets: AssetStore
    records: RecordStore

    def scratch(self) -> AbstractContextManager[Path]:
        """Give room for what is being made."""
        return scratch(self.folder)


def open_store(location: str) -> Store:
    """Open a store; a folder is made if it is not there.

    Raises:
        InvalidInput: It is neither a folder nor a bucket that can be opened.
    """
    backend, folder = open_location(location)
    if folder is not None:
        sweep(folder)
    records = RecordStore(backend, folder, str(folder or location))
    return Store(location, folder, AssetStore(backend, folder), records)
