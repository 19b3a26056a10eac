"""Small records: put once, never rewritten."""

import asyncio

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore

from shotgraph.errors import Retryable

MAX_RECORD_BYTES = 1024 * 1024


class RecordStore:
    """Records by name, such as ``results/9f3a….json``; what is put stays as it was put."""

    def __init__(self, backend: ObjectStore) -> None:
        self._backend = backend

    async def put_if_absent(self, name: str, data: bytes) -> bool:
        """Put a record; True if it is now there by this call, False if it was there before.

        Raises:
            Retryable: The store could not be written to.
        """
        try:
            await obstore.put_async(self._backend, name, data, mode="create")
        except AlreadyExistsError:
            return False
        except (BaseError, OSError) as error:
            raise Retryable(f"the store could not keep {name}: {_first_line(error)}") from None
        return True

    async def get(self, name: str) -> bytes | None:
        """Read a record; None if there is none.

        Raises:
            Retryable: The store could not be read.
        """
        try:
            result = await obstore.get_async(self._backend, name)
            return bytes(await result.bytes_async())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise Retryable(f"the store could not read {name}: {_first_line(error)}") from None

    def get_now(self, name: str) -> bytes | None:
        """Read a record without waiting for others; for callers that can't await."""
        try:
            return bytes(obstore.get(self._backend, name).bytes())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise Retryable(f"the store could not read {name}: {_first_line(error)}") from None

    async def names(self, prefix: str) -> list[str]:
        """List the records under a folder, by name.

        Raises:
            Retryable: The store could not be listed.
        """
        return await asyncio.to_thread(self.names_now, prefix)

    def names_now(self, prefix: str) -> list[str]:
        """List them, for callers that can't await."""
        try:
            chunks = obstore.list(self._backend, prefix=prefix)
            return sorted(meta["path"] for chunk in chunks for meta in chunk)
        except FileNotFoundError:
            return []
        except (BaseError, OSError) as error:
            raise Retryable(f"the store could not list {prefix}: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:300]
