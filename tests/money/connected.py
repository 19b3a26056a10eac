"""A connection to a rehearsal, as a run has one to fal."""

from pydantic import SecretStr

from shotgraph.inputs.hosts import FalBases, backend_of
from shotgraph.money.connection import FalConnection
from shotgraph.rehearsal import RehearsalServer
from tests.rehearsal.client import Client


def connected_to(server: RehearsalServer | Client) -> FalConnection:
    bases = FalBases.model_validate(server.bases.as_dict())
    return FalConnection(bases, SecretStr(server.key), backend_of(bases))
