"""A connection to a rehearsal, as a run has one to fal."""

from pydantic import SecretStr

from shotgraph.fal.backend import backend_of
from shotgraph.fal.bases import FalBases
from shotgraph.fal.connection import FalConnection
from shotgraph.rehearsal import RehearsalServer
from tests.rehearsal.client import Client


def connected_to(server: RehearsalServer | Client) -> FalConnection:
    bases = FalBases.model_validate(server.bases.as_dict())
    return FalConnection(bases, SecretStr(server.key), backend_of(bases))
