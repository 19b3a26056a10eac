"""Where a store is: a folder, or a bucket behind a URL."""

from pathlib import Path

from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url
from platformdirs import user_data_path

from shotgraph.errors import InvalidInput
from shotgraph.store.access import access_to

SCHEMES = ("s3", "gs", "az")


def default_location() -> str:
    """Name the per-user data folder, where a store is unless the settings say otherwise."""
    return str(user_data_path("shotgraph", appauthor=False) / "store")


def open_location(location: str) -> tuple[ObjectStore, Path | None]:
    """Open a folder or a bucket.

    Returns:
        The object store, and the folder if it is one.

    Raises:
        InvalidInput: It is neither, or the folder can't be made.
    """
    if location.startswith(tuple(f"{scheme}://" for scheme in SCHEMES)):
        return _bucket(location), None
    if "://" in location:
        raise InvalidInput(
            f'the store "{location}" is of an unknown kind; '
            f"allowed: a folder, {', '.join(f'{known}://…' for known in SCHEMES)}"
        )
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
