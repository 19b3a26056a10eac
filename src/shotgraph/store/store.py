"""Open a store: its location, its credentials, its media and its records."""

import atexit
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url
from pydantic import SecretStr

from shotgraph.errors import InvalidInput
from shotgraph.foreign_text import hide_all, hide_environment
from shotgraph.model.file_memory import at_home, data_folder
from shotgraph.store.assets import AssetStore
from shotgraph.store.disk import open_folder, scratch, sweep
from shotgraph.store.records import RecordStore

_AT_THE_END_S = 1.0
_LOOK_EVERY_S = 0.001


def _let_obstore_finish() -> None:
    """Wait until no thread of obstore runs Python code, at most for a second.

    Such a thread wakes the event loop with a result. If Python ends before that call has returned,
    Python 3.13 and older end the thread inside Rust code, and the process aborts (exit code -6):
    https://github.com/PyO3/pyo3/pull/4874
    """
    deadline_s = time.monotonic() + _AT_THE_END_S
    while time.monotonic() < deadline_s:
        ours = {thread.ident for thread in threading.enumerate()}
        if ours.issuperset(sys._current_frames()):
            return
        time.sleep(_LOOK_EVERY_S)


atexit.register(_let_obstore_finish)


@dataclass(frozen=True)
class Access:
    """The settings that open one bucket.

    Attributes:
        secrets: The secret settings, by obstore's names.
        settings: The other settings, by obstore's names.
    """

    secrets: Mapping[str, SecretStr] = field(default_factory=dict, repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for secret in self.secrets.values():
            hide_all(secret.get_secret_value())

    def config(self) -> dict[str, Any]:
        """All settings, as obstore takes them."""
        opened = {name: secret.get_secret_value() for name, secret in self.secrets.items()}
        return {**self.settings, **opened}

    @property
    def allows_http(self) -> bool:
        """Whether the bucket is reached by plain http, such as a bucket on this machine."""
        return self.settings.get("endpoint", "").startswith("http://")

    def __reduce__(self) -> Any:
        raise TypeError("what opens a store is a secret, and is never pickled")


_known: dict[str, Access] = {}


def remember_access(location: str, access: Access) -> None:
    """Use these settings for every store of this location in this process."""
    _known[location] = access


def access_to(location: str) -> Access:
    """The settings of a location; if there are none, obstore uses the environment's."""
    return _known.get(location, Access())


SCHEMES = ("s3", "gs", "az")


def default_location() -> str:
    """The store's folder if no setting names one: in the user's data folder."""
    return str(data_folder() / "store")


def checked_location(location: str) -> str:
    """Check that a location is a folder, or a bucket of a known kind.

    Raises:
        InvalidInput: The location is a URL of another kind.
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
        The object store; and the folder, or None for a bucket.

    Raises:
        InvalidInput: The location is neither, or the folder can't be made.
        StoreGone: The folder was there when this process opened it first.
    """
    if "://" in checked_location(location):
        return _bucket(location), None
    folder = at_home(location, "the store").absolute()
    try:
        open_folder(folder)
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
    """The media and records that outlive a run.

    Attributes:
        location: A folder or a bucket's URL, as the settings name it.
        folder: The folder; None for a bucket.
    """

    location: str
    folder: Path | None
    assets: AssetStore
    records: RecordStore

    def scratch(self) -> AbstractContextManager[Path]:
        """Give a temporary folder for unfinished files."""
        return scratch(self.folder)


def open_store(location: str) -> Store:
    """Open a store; a folder that is missing when the process opens it first is made.

    Raises:
        InvalidInput: The location is neither a folder nor a bucket that can be opened.
        StoreGone: The folder was there when this process opened it first.
    """
    backend, folder = open_location(location)
    if folder is not None:
        sweep(folder)
    records = RecordStore(backend, folder, str(folder or location))
    return Store(location, folder, AssetStore(backend, folder), records)
