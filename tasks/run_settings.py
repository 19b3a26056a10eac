"""Where the tasks of one run find the store and fal."""

from pydantic import BaseModel, ConfigDict, SecretStr

from shotgraph.blocks.fal_credentials import fal_connection
from shotgraph.fal.bases import FalBases
from shotgraph.fal.connection import REHEARSAL, FalConnection
from shotgraph.settings import Settings
from shotgraph.store import Store, open_store


class RehearsalAt(BaseModel):
    """A rehearsal that is being served. Its key opens nothing else, and is no secret."""

    model_config = ConfigDict(frozen=True)

    bases: FalBases
    key: str


class RunSettings(BaseModel):
    """What the tasks of a run have in common; plain JSON, and without a secret.

    Attributes:
        store: A folder or bucket; the environment's where it is None.
        credentials: The name of the FalCredentials block.
        rehearsal: The rehearsal that draws, instead of fal.
        backend: Who draws, as content keys name it; None where the run has not looked yet.
    """

    model_config = ConfigDict(frozen=True)

    store: str | None = None
    credentials: str = "default"
    rehearsal: RehearsalAt | None = None
    backend: str | None = None

    def open_store(self) -> Store:
        """Open the run's store."""
        return open_store(self.store or Settings().store)

    def bases(self) -> FalBases:
        """Where files that fal holds are, as far as that is known without the key."""
        return self.rehearsal.bases if self.rehearsal else Settings().bases

    async def connect(self) -> FalConnection:
        """Connect to fal, or to the rehearsal.

        Raises:
            MissingKey: There is no key for fal.
        """
        if self.rehearsal is not None:
            key = SecretStr(self.rehearsal.key)
            return FalConnection(self.rehearsal.bases, key, REHEARSAL)
        return await fal_connection(self.credentials)
